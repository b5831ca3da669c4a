import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { type Draw, drawFrom } from "@finance/core/demo/Draw"
import { carryOutTogether } from "@finance/core/event-store/Decider"
import { EventStore } from "@finance/core/event-store/EventStore"
import { ReadFence } from "@finance/core/event-store/ReadFence"
import type { LedgerEvent } from "@finance/core/event-store/LedgerEvent"
import { addDays, noonOf } from "@finance/core/ledger/Day"
import { newId } from "@finance/core/ledger/Id"
import * as Transaction from "@finance/core/ledger/Transaction"
import { byHand } from "@finance/core/transfers/Reason"
import { arrive, complete } from "../anomalies/TestImports.ts"
import { categorization } from "../categorization/Categorization.ts"
import * as Rebuild from "../Rebuild.ts"
import { reconcile } from "../reconciliation/Reconciliation.ts"
import { rebuiltRecurring, recurring } from "../recurring/Recurring.ts"
import * as TestLedger from "../TestLedger.ts"
import {
  atOnce,
  type Delivery,
  handOver,
  kr,
  type Line,
  logOf,
  oneByOne,
  opens,
  orders,
  type Person,
  receives,
  workThrough
} from "../TestLedger.ts"
import { rebuiltTransfers, transfers } from "./Transfers.ts"

const texts = [
  "Overføring til Sparekonto",
  "Overføring til egen konto",
  "Overføring mellom egne kontoer",
  "Overføring",
  "Overføring fra Brukskonto",
  "Innbetaling",
  "SPOTIFY STOCKHOLM",
  "Vipps til Kari Nordmann",
  "Til: Utleie AS"
] as const

const drawnLine = (draw: Draw): Line => ({
  day: addDays("2025-03-10", draw.chance(80) ? draw.below(5) : 30 * draw.below(6)),
  amount: kr(draw.pick([500, -500, 500, -500, 500, -500, 1_000, -1_000, -129, 46, -46])),
  description: draw.pick(texts)
})

const subscription = (): ReadonlyArray<Line> =>
  [0, 1, 2, 3].map((month) => ({ day: `2025-0${3 + month}-04`, amount: -kr(129), description: "SPOTIFY STOCKHOLM" }))

interface Life {
  readonly owner_id: string
  /** The person at each of their accounts. */
  readonly at: ReadonlyArray<Person>
  readonly ids: Array<{ readonly id: string; readonly person: Person }>
  /** Imports on their way. */
  readonly open: Map<string, Person>
}

const changeOf = (draw: Draw, user_id: string): Transaction.TransactionCommand => {
  const day = addDays("2025-03-10", draw.below(6))
  return draw.pick<Transaction.TransactionCommand>([
    { command: "Delete" },
    { command: "Delete" },
    { command: "Restore" },
    { command: "Restore" },
    { command: "Override", category: draw.pick(["other", "transfer", "transfer"]), user_id },
    { command: "Update", occurred_at: { at: noonOf(day).toISOString(), day } },
    { command: "Update", description: draw.pick(texts) },
    { command: "Update", merchant_name: draw.pick(["Spotify", null]) }
  ])
}

const lifeOf = Effect.fnUntraced(function* () {
  const first = yield* opens()
  const second = yield* opens({ owner_id: first.owner_id })
  const euro = yield* opens({ owner_id: first.owner_id, currency: "EUR" })
  return { owner_id: first.owner_id, at: [first, second, euro], ids: [], open: new Map() } satisfies Life as Life
})

/** The person links two lines, or parts one from what it was linked to, where that can be done. */
const byHandOf = Effect.fnUntraced(function* (draw: Draw, { owner_id, ids }: Life) {
  const [one, other] = [draw.pick(ids), draw.pick(ids)]
  const command = (counterpart: typeof one): Transaction.TransactionCommand =>
    draw.chance(50)
      ? { command: "Unlink", counterpart_id: counterpart.id, for_good: true }
      : {
          command: "Link",
          transfer_id: newId(),
          counterpart_id: counterpart.id,
          counterpart_account_id: counterpart.person.account.id,
          by: "user",
          confidence: 1,
          explanation: byHand
        }
  const said = command(other)
  yield* carryOutTogether(Transaction.decider, { owner_id, metadata: { actor: owner_id } }, [
    { stream_id: one.id, command: said },
    {
      stream_id: other.id,
      command:
        said.command === "Link"
          ? { ...said, counterpart_id: one.id, counterpart_account_id: one.person.account.id }
          : { command: "Unlink", counterpart_id: one.id, for_good: true }
    }
  ])
})

const happens = Effect.fnUntraced(function* (draw: Draw, life: Life, start: bigint) {
  const { at, ids, open, owner_id } = life
  const person = draw.pick(at)
  const kind = draw.below(100)
  if (kind < 40) {
    ids.push({ id: yield* receives(person, drawnLine(draw), "bank_sync"), person })
    return yield* handOver(categorization, atOnce, start)
  }
  if (kind < 52) {
    const import_id = newId()
    open.set(import_id, person)
    const lines = [...Array.from({ length: draw.between(1, 5) }, () => drawnLine(draw)), ...subscription()]
    for (const id of yield* arrive(person, import_id, lines)) ids.push({ id, person })
    return yield* handOver(categorization, atOnce, start)
  }
  if (kind < 62) {
    const [next] = open
    if (next === undefined) return
    open.delete(next[0])
    return yield* complete(next[1], next[0])
  }
  if (kind < 70) return yield* handOver(transfers, atOnce, start)
  if (ids.length === 0) return
  if (kind < 78) return yield* Effect.ignore(byHandOf(draw, life))
  const { id, person: whose } = draw.pick(draw.chance(80) ? ids.slice(-6) : ids)
  yield* Effect.ignore(orders(whose, id, changeOf(draw, owner_id)))
})

const tables = ["recurring", "recurring_lines", "recurring_imports", "transfer_lines", "transfer_accounts", "transfer_imports"]

/** Everything that the two programs keep, to the letter. */
const remembered = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  return yield* Effect.forEach(tables, (table) => sql.unsafe(`SELECT t::text FROM ${table} t ORDER BY 1`))
})

const forget = Effect.fnUntraced(function* (start: bigint) {
  const sql = yield* SqlClient.SqlClient
  yield* sql.unsafe(`TRUNCATE ${tables.join(", ")}`)
  yield* sql`UPDATE checkpoints SET position = ${start} WHERE processor IN ('transfers', 'recurring')`
})

/** A transfer's id is drawn anew each time. */
const plain = (event: LedgerEvent) => ({ ...event, ...("transfer_id" in event && { transfer_id: "" }) })

/** What the programs tell when they go through the log in these batches, by stream. */
const tells = Effect.fnUntraced(function* (delivery: Delivery, start: bigint) {
  const store = yield* EventStore
  const told = new Map<string, Array<unknown>>()
  const listening = EventStore.of({
    ...store,
    append: (commands) =>
      Effect.sync(() =>
        commands.map(({ stream_id, events, expected }) => {
          told.set(stream_id, [...(told.get(stream_id) ?? []), ...events.map(plain)])
          return Result.succeed({ stream_id, version: Number(expected) + events.length, position: 1n, event_ids: [] })
        })
      )
  })
  yield* forget(start)
  for (const { errors } of [
    yield* Effect.provideService(handOver(transfers, delivery, start), EventStore, listening),
    yield* handOver(recurring, delivery, start)
  ]) {
    assert.deepStrictEqual(errors, [])
  }
  return Object.fromEntries([...told].toSorted(([one], [other]) => (one < other ? -1 : 1)))
})

const head = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ position: bigint }>`SELECT coalesce(max(position), 0) AS position FROM events`
  return row!.position
})

const inBatches =
  (seed: string, most: number): Delivery =>
  (messages) => {
    const draw = drawFrom(seed)
    const batches = []
    for (let next = 0; next < messages.length;) {
      const length = draw.between(1, most)
      batches.push(messages.slice(Math.max(0, next - draw.below(3)), next + length))
      next += length
    }
    return batches
  }

const states = Effect.fnUntraced(function* (people: ReadonlyArray<Person>) {
  const transactions = new Map<string, Transaction.Transaction>()
  for (const { stream_id, event } of yield* logOf(people)) {
    if (Transaction.isTransactionEvent(event)) {
      transactions.set(stream_id, Transaction.evolve(transactions.get(stream_id) ?? null, event))
    }
  }
  return transactions
})

const seed = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 }))

const still = Layer.provideMerge(ReadFence.layer, TestLedger.still)

layer(TestLedger.still, { excludeTestServices: true })("what is made of a person's lines", (it) => {
  it.effect.prop(
    "is the same however the log is split into batches, and whatever comes twice",
    [seed],
    ([seed]) =>
      Effect.gen(function* () {
        const start = yield* head
        const draw = drawFrom(seed)
        const lives = [yield* lifeOf(), yield* lifeOf()]
        for (let step = 0; step < 60; step++) yield* happens(draw, draw.pick(lives), start)
        const whole = yield* tells(atOnce, start)
        const wanted = yield* remembered
        for (const delivery of [oneByOne, inBatches(`${seed}`, 7), inBatches(`${seed}/`, 120)]) {
          assert.deepStrictEqual(yield* tells(delivery, start), whole)
          assert.deepStrictEqual(yield* remembered, wanted)
        }
      }),
    { arbitrary: { runs: 8 } }
  )
})

layer(still, { excludeTestServices: true })("what becomes of a person's lines", (it) => {
  it.effect.prop(
    "leaves no line in two transfers, every sum as the log has it, and nothing that a rebuild would have otherwise",
    [seed],
    ([seed]) =>
      Effect.gen(function* () {
        const start = yield* head
        const draw = drawFrom(`settled ${seed}`)
        const life = yield* lifeOf()
        for (let step = 0; step < 50; step++) yield* happens(draw, life, start)
        // Twice: what the first round unlinks, the second sees.
        for (let round = 0; round < 3; round++) yield* workThrough()
        const live = yield* remembered
        yield* Rebuild.run(rebuiltTransfers)
        yield* Rebuild.run(rebuiltRecurring)
        assert.deepStrictEqual(yield* remembered, live)
        const transactions = yield* states(life.at)
        for (const { id, account_id, deleted, transfer } of transactions.values()) {
          if (transfer === null) continue
          const counterpart = transactions.get(transfer.counterpart_id)!
          assert.isFalse(deleted)
          assert.strictEqual(counterpart.transfer?.counterpart_id, id)
          assert.strictEqual(counterpart.transfer?.id, transfer.id)
          assert.notStrictEqual(counterpart.account_id, account_id)
        }
        // Every sum as a fold of the log has it, to the øre.
        yield* reconcile()
      }),
    { arbitrary: { runs: 6 } }
  )
})
