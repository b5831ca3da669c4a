import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { type Draw, drawFrom } from "@finance/core/demo/Draw"
import * as Account from "@finance/core/ledger/Account"
import { addDays } from "@finance/core/ledger/Day"
import { newId } from "@finance/core/ledger/Id"
import { carryOut } from "@finance/core/event-store/Decider"
import * as Transfers from "@finance/core/transfers/Transfers"
import { byHand } from "@finance/core/transfers/Sentences"
import { brings } from "../anomalies/TestImports.ts"
import { categorization } from "../categorization/Categorization.ts"
import { projections } from "../projections/Projections.ts"
import * as TestLedger from "../TestLedger.ts"
import { atOnce, type Delivery, files, handOver, kr, oneByOne, orders, type Person, receives } from "../TestLedger.ts"
import { transferWatch } from "./TransferWatch.ts"

/** One more account of the person, by this name. */
const opens = Effect.fnUntraced(function* (name: string, owner_id: string = newId()) {
  const id = newId()
  yield* carryOut(
    Account.decider,
    { stream_id: id, owner_id, metadata: { actor: owner_id } },
    {
      command: "Open",
      account_id: id,
      name,
      bank_name: "SpareBank 1",
      account_type: "checking",
      currency: "NOK",
      opening_balance: 0n,
      opened_on: null
    }
  )
  return { owner_id, account: { id, currency: "NOK" } } satisfies Person
})

const household = Effect.gen(function* () {
  const checking = yield* opens("Brukskonto")
  const savings = yield* opens("Sparekonto", checking.owner_id)
  return { checking, savings }
})

/** Everybody works through the log, until nothing new comes of it. */
const work = Effect.fnUntraced(function* (delivery: Delivery = atOnce) {
  yield* handOver(categorization, delivery)
  yield* handOver(transferWatch, delivery)
  yield* handOver(transferWatch, delivery)
  yield* handOver(projections, delivery)
})

interface Row {
  readonly id: string
  readonly category: string
  readonly transfer_id: string | null
}

const shown = Effect.fnUntraced(function* ({ owner_id }: Person) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<Row>`SELECT id, category, transfer_id FROM transactions WHERE owner_id = ${owner_id} AND NOT deleted`
  return new Map(rows.map((row) => [row.id, row]))
})

const moved = (person: Person, day: string, kroner: number, description: string) =>
  receives(person, { day, amount: kr(kroner), description }, "bank_sync")

const pair = Effect.fnUntraced(function* ({ checking, savings }: Effect.Success<typeof household>, day = "2026-05-12") {
  const out = yield* moved(checking, day, -4_000, "Overføring til Sparekonto")
  const into = yield* moved(savings, addDays(day as never, 1), 4_000, "Overføring fra Brukskonto")
  return { out, into }
})

layer(TestLedger.still, { excludeTestServices: true, timeout: 90_000 })("Transfers", (it) => {
  it.effect(
    "link the two legs of what Kari put aside, and it is no spending",
    Effect.fnUntraced(function* () {
      const home = yield* household
      const { out, into } = yield* pair(home)
      const shop = yield* moved(home.checking, "2026-05-12", -348.56, "REMA 1000 SAGENE")
      yield* work()
      const rows = yield* shown(home.checking)
      assert.strictEqual(rows.get(out)!.category, "transfer")
      assert.strictEqual(rows.get(into)!.category, "transfer")
      assert.isNotNull(rows.get(out)!.transfer_id)
      assert.strictEqual(rows.get(out)!.transfer_id, rows.get(into)!.transfer_id)
      assert.isNull(rows.get(shop)!.transfer_id)
    })
  )

  it.effect(
    "are found when the second file comes months later, whichever comes first and however it is sorted",
    Effect.fnUntraced(function* () {
      const home = yield* household
      const lines = (sign: 1 | -1, text: string) =>
        Array.from({ length: 6 }, (_, month) => ({
          day: addDays("2026-01-12", 30 * month),
          amount: kr(4_000) * BigInt(sign),
          description: text
        }))
      const into = yield* brings(home.savings, lines(1, "Overføring fra Brukskonto").toReversed())
      yield* work()
      assert.isTrue([...(yield* shown(home.checking)).values()].every(({ transfer_id }) => transfer_id === null))
      const out = yield* brings(home.checking, lines(-1, "Overføring til Sparekonto"))
      yield* work()
      const rows = yield* shown(home.checking)
      assert.deepStrictEqual(
        out.map((id) => rows.get(id)!.transfer_id),
        into.toReversed().map((id) => rows.get(id)!.transfer_id)
      )
      assert.strictEqual(new Set(out.map((id) => rows.get(id)!.transfer_id)).size, 6)
    })
  )

  it.effect(
    "stay apart once Kari has taken them apart, and each is what it was before",
    Effect.fnUntraced(function* () {
      const home = yield* household
      const { owner_id } = home.checking
      const { out, into } = yield* pair(home)
      yield* work()
      const move = { owner_id, one: into, other: out, by: "user" as const, metadata: { actor: owner_id } }
      yield* Effect.flatMap(Transfers.unlinking(move), Transfers.carryOut)
      yield* orders(home.checking, out, { command: "Update", notes: "til ferien" })
      yield* work()
      const rows = yield* shown(home.checking)
      for (const id of [out, into]) assert.isNull(rows.get(id)!.transfer_id)
      yield* Effect.flatMap(
        Transfers.linking(move, () => byHand),
        Transfers.carryOut
      )
      yield* work()
      assert.isNotNull((yield* shown(home.checking)).get(out)!.transfer_id)
    })
  )

  it.effect(
    "let go of the other leg when one is deleted, and take it again when that is restored",
    Effect.fnUntraced(function* () {
      const home = yield* household
      const { out, into } = yield* pair(home)
      yield* work()
      yield* orders(home.checking, out, { command: "Delete" })
      yield* work()
      assert.isNull((yield* shown(home.checking)).get(into)!.transfer_id)
      yield* orders(home.checking, out, { command: "Restore" })
      yield* work()
      const rows = yield* shown(home.checking)
      assert.isNotNull(rows.get(into)!.transfer_id)
      assert.strictEqual(rows.get(into)!.transfer_id, rows.get(out)!.transfer_id)
    })
  )

  it.effect(
    "leave a category that Kari chose as it is",
    Effect.fnUntraced(function* () {
      const home = yield* household
      const { out, into } = yield* pair(home)
      yield* work()
      yield* files(home.checking, out, "travel")
      yield* work()
      const rows = yield* shown(home.checking)
      assert.strictEqual(rows.get(out)!.category, "travel")
      assert.strictEqual(rows.get(out)!.transfer_id, rows.get(into)!.transfer_id)
    })
  )

  const texts = [
    "Overføring",
    "Overføring til Sparekonto",
    "Overføring fra Brukskonto",
    "REMA 1000 SAGENE",
    "Vipps til Ola Nordmann"
  ]

  const happens = Effect.fnUntraced(function* (draw: Draw, home: Effect.Success<typeof household>, ids: Array<string>) {
    const person = draw.chance(50) ? home.checking : home.savings
    const line = () => ({
      day: addDays("2026-01-01", draw.below(20)),
      amount: kr(draw.pick([200, 500, 500, 1_000])) * (draw.chance(50) ? 1n : -1n),
      description: draw.pick(texts)
    })
    if (draw.chance(30)) return void ids.push(...(yield* brings(person, Array.from({ length: draw.between(1, 12) }, line))))
    if (draw.chance(60) || ids.length === 0) return void ids.push(yield* receives(person, line(), "bank_sync"))
    const id = draw.pick(ids)
    yield* Effect.ignore(
      orders(person, id, draw.pick([{ command: "Delete" }, { command: "Restore" }, { command: "Unlink", by: "user" }] as const))
    )
  })

  const everySplit: ReadonlyArray<readonly [string, Delivery]> = [
    ["at once", atOnce],
    ["one by one", oneByOne],
    [
      "by sevens, each twice",
      (messages) => messages.flatMap((_, at) => (at % 7 === 0 ? [messages.slice(at, at + 7), messages.slice(at, at + 7)] : []))
    ]
  ]

  /** A life that the seed tells, worked through in such batches: how each line stands in the end, and with which it is one move. */
  const lives = Effect.fnUntraced(function* (seed: number, delivery: Delivery) {
    const draw = drawFrom(`transfers ${seed}`)
    const home = yield* household
    const ids: Array<string> = []
    for (let step = 0; step < 25; step++) {
      yield* happens(draw, home, ids)
      if (draw.chance(20)) yield* work(delivery)
    }
    yield* work(delivery)
    const rows = yield* shown(home.checking)
    const moves = Map.groupBy(
      [...rows.values()].filter(({ transfer_id }) => transfer_id !== null),
      ({ transfer_id }) => transfer_id
    )
    for (const [, legs] of moves) assert.strictEqual(legs.length, 2)
    const otherOf = ({ id, transfer_id }: Row) => moves.get(transfer_id)?.find((leg) => leg.id !== id)?.id
    return ids.map((id) => {
      const row = rows.get(id)
      return row === undefined ? "deleted" : `${row.category}, with ${ids.indexOf(otherOf(row) ?? "")}`
    })
  })

  it.effect.each([1, 2, 3, 4])(
    "invariants 1 and 2: a line is in one move at most, both legs know it, and it does not matter in which batches events came (seed %i)",
    (seed) =>
      Effect.gen(function* () {
        const outcomes = yield* Effect.forEach(everySplit, ([, delivery]) => lives(seed, delivery))
        assert.isAbove(outcomes[0]!.filter((outcome) => outcome.startsWith("transfer") && !outcome.endsWith("-1")).length, 1)
        for (const [index, [how]] of everySplit.entries()) assert.deepStrictEqual(outcomes[index], outcomes[0], how)
      })
  )
})
