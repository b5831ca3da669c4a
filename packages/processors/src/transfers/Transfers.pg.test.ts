import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { carryOut, carryOutTogether } from "@finance/core/event-store/Decider"
import * as Account from "@finance/core/ledger/Account"
import { newId } from "@finance/core/ledger/Id"
import * as Transaction from "@finance/core/ledger/Transaction"
import { byHand } from "@finance/core/transfers/Reason"
import { arrive, brings, complete } from "../anomalies/TestImports.ts"
import { categorization } from "../categorization/Categorization.ts"
import * as TestLedger from "../TestLedger.ts"
import {
  atOnce,
  budgets,
  files,
  handOver,
  kr,
  logOf,
  oneByOne,
  opens,
  orders,
  type Person,
  receives,
  workThrough
} from "../TestLedger.ts"
import { transfers } from "./Transfers.ts"

const out = { day: "2025-03-13", amount: -kr(4_000), description: "Overføring til Sparekonto" }
const into = { day: "2025-03-14", amount: kr(4_000), description: "Overføring fra Brukskonto" }

/** A checking account and savings of one person. */
const withSavings = Effect.gen(function* () {
  const person = yield* opens()
  return { person, savings: { ...person, account: (yield* opens({ owner_id: person.owner_id })).account } }
})

interface Shown {
  readonly transfer_id: string | null
  readonly category: string
  readonly source: string
  readonly code: string
}

const shown = Effect.fnUntraced(function* (id: string) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<Shown>`
    SELECT transfer_id, category, category_source AS source, category_explanation->>'code' AS code FROM transactions WHERE id = ${id}`
  return row!
})

const works = Effect.fnUntraced(function* () {
  yield* workThrough()
  // What the first round appended is seen in the next.
  yield* workThrough()
})

const areLinked = Effect.fnUntraced(function* (one: string, other: string) {
  const [first, second] = [yield* shown(one), yield* shown(other)]
  return first.transfer_id !== null && first.transfer_id === second.transfer_id
})

const parts = Effect.fnUntraced(function* ({ owner_id }: Person, one: string, other: string) {
  const unlink = (counterpart_id: string) => ({ command: "Unlink", counterpart_id, for_good: true }) as const
  yield* carryOutTogether(Transaction.decider, { owner_id, metadata: { actor: owner_id } }, [
    { stream_id: one, command: unlink(other) },
    { stream_id: other, command: unlink(one) }
  ])
})

layer(TestLedger.still, { excludeTestServices: true })("a move between own accounts", (it) => {
  it.effect("is linked when both files are in, whichever comes first, also months apart", () =>
    Effect.gen(function* () {
      for (const savingsFirst of [false, true]) {
        const { person, savings } = yield* withSavings
        const files = [() => brings(person, [out]), () => brings(savings, [into])]
        const [first, second] = savingsFirst ? files.toReversed() : files
        const [one] = yield* first!()
        yield* works()
        assert.isNull((yield* shown(one!)).transfer_id)
        const [other] = yield* second!()
        yield* works()
        assert.isTrue(yield* areLinked(one!, other!))
        assert.deepStrictEqual(
          { ...(yield* shown(one!)), transfer_id: "" },
          {
            transfer_id: "",
            category: "transfer",
            source: "rule",
            code: "transfer.words"
          }
        )
      }
    })
  )

  it.effect("waits until the file that its other half is in is complete", () =>
    Effect.gen(function* () {
      const { person, savings } = yield* withSavings
      const [one] = yield* brings(person, [out])
      const import_id = newId()
      const [other] = yield* arrive(savings, import_id, [into])
      yield* works()
      assert.isNull((yield* shown(one!)).transfer_id)
      yield* complete(savings, import_id)
      yield* works()
      assert.isTrue(yield* areLinked(one!, other!))
    })
  )

  it.effect("is known by the name of an account, also one that was opened or named later", () =>
    Effect.gen(function* () {
      const { person, savings } = yield* withSavings
      const rename = { command: "Rename", name: "Hytta" } as const
      const on = { stream_id: savings.account.id, owner_id: person.owner_id, metadata: { actor: person.owner_id } }
      const [one] = yield* brings(person, [{ ...out, description: "Nettgiro til: Hytta Betalt: 13.03.25" }])
      yield* carryOut(Account.decider, on, rename)
      const [other] = yield* brings(savings, [{ ...into, description: "Innskudd" }])
      yield* works()
      assert.isTrue(yield* areLinked(one!, other!))
    })
  )

  it.effect("leaves spending and budgets, and is in them again when it is unlinked for good", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { person, savings } = yield* withSavings
      yield* budgets(person, {
        command: "Set",
        category: "other",
        amount: kr(10_000),
        currency: "NOK",
        month: "2025-03",
        rollover: "none"
      })
      const [one] = yield* brings(person, [{ ...out, amount: -kr(50), description: "Overføring til egen konto gebyr" }])
      const [other] = yield* brings(savings, [{ ...into, amount: kr(50) }])
      const category = yield* Effect.map(logOf([person]), (log) =>
        log.flatMap(({ event }) => (event.type === "TransactionCategorized" ? [event.category] : [])).at(0)
      )
      const spent = sql<{ spent: bigint }>`
        SELECT coalesce(sum(spent_amount), 0)::bigint AS spent FROM daily_aggregates
        WHERE owner_id = ${person.owner_id} AND category <> 'transfer'`
      yield* works()
      assert.isTrue(yield* areLinked(one!, other!))
      assert.deepStrictEqual(yield* spent, [{ spent: 0n }])
      yield* parts(person, one!, other!)
      yield* works()
      assert.deepStrictEqual([(yield* shown(one!)).transfer_id, (yield* shown(one!)).category], [null, category])
      // For good: not when the program goes through it all again, nor when another file comes.
      yield* sql`TRUNCATE transfer_lines, transfer_imports, transfer_accounts`
      yield* sql`DELETE FROM checkpoints WHERE processor = 'transfers'`
      yield* brings(savings, [{ ...into, day: "2025-03-20", amount: kr(1) }])
      yield* works()
      assert.isNull((yield* shown(one!)).transfer_id)
      assert.isNull((yield* shown(other!)).transfer_id)
    })
  )

  it.effect("is not one that the person has filed as something else, before or while the program looks", () =>
    Effect.gen(function* () {
      const { person, savings } = yield* withSavings
      const one = yield* receives(person, out, "bank_sync")
      const other = yield* receives(savings, into, "bank_sync")
      yield* handOver(categorization)
      // The program is handed what came before the person's word, as if that came while it looked.
      yield* files(person, one, "other")
      const status = yield* handOver(transfers, oneByOne)
      assert.deepStrictEqual(status.errors, [])
      yield* works()
      assert.deepStrictEqual([(yield* shown(one)).transfer_id, (yield* shown(other)).transfer_id], [null, null])
      assert.strictEqual((yield* shown(one)).category, "other")
      yield* files(person, one, "transfer")
      yield* works()
      assert.isTrue(yield* areLinked(one, other))
      assert.strictEqual((yield* shown(one)).source, "user")
    })
  )

  it.effect("stands as filed when the person files a leg anew, and that outlives the link", () =>
    Effect.gen(function* () {
      const { person, savings } = yield* withSavings
      const [one] = yield* brings(person, [out])
      const [other] = yield* brings(savings, [into])
      yield* works()
      yield* files(person, one!, "other")
      yield* works()
      assert.isTrue(yield* areLinked(one!, other!))
      assert.strictEqual((yield* shown(one!)).category, "other")
      yield* parts(person, one!, other!)
      yield* works()
      assert.deepStrictEqual(yield* shown(one!), { transfer_id: null, category: "other", source: "user", code: "category.user" })
    })
  )

  it.effect("ends for the other leg when one is deleted, which then goes with another, or with the same brought back", () =>
    Effect.gen(function* () {
      const { person, savings } = yield* withSavings
      const [one] = yield* brings(person, [out])
      const [other] = yield* brings(savings, [into])
      yield* works()
      yield* orders(person, one!, { command: "Delete" })
      yield* works()
      assert.isNull((yield* shown(other!)).transfer_id)
      yield* orders(person, one!, { command: "Restore" })
      yield* works()
      assert.isTrue(yield* areLinked(one!, other!))
    })
  )

  it.effect("that the person linked by hand is left alone, whatever the texts say", () =>
    Effect.gen(function* () {
      const { person, savings } = yield* withSavings
      const [one, sameDay] = yield* brings(person, [
        { ...out, description: "KIWI 505 TORSHOV" },
        { ...out, day: into.day }
      ])
      const import_id = newId()
      const [other] = yield* arrive(savings, import_id, [into])
      yield* handOver(categorization)
      const link = (counterpart_id: string, counterpart_account_id: string) =>
        ({
          command: "Link",
          transfer_id: newId(),
          counterpart_id,
          counterpart_account_id,
          by: "user",
          confidence: 1,
          explanation: byHand
        }) as const
      yield* carryOutTogether(Transaction.decider, { owner_id: person.owner_id, metadata: { actor: person.owner_id } }, [
        { stream_id: one!, command: link(other!, savings.account.id) },
        { stream_id: other!, command: link(one!, person.account.id) }
      ])
      yield* complete(savings, import_id)
      yield* works()
      assert.isNull((yield* shown(sameDay!)).transfer_id)
      assert.strictEqual((yield* shown(other!)).code, "transfer.user")
    })
  )

  it.effect("is no move between two people, however alike their lines", () =>
    Effect.gen(function* () {
      const [kari, ola] = [yield* opens(), yield* opens()]
      const [one] = yield* brings(kari, [out])
      const [other] = yield* brings(ola, [into])
      yield* works()
      assert.deepStrictEqual([(yield* shown(one!)).transfer_id, (yield* shown(other!)).transfer_id], [null, null])
    })
  )

  it.effect("is linked once, however often the program is told of it", () =>
    Effect.gen(function* () {
      const { person, savings } = yield* withSavings
      yield* brings(person, [out])
      yield* brings(savings, [into])
      for (const delivery of [atOnce, oneByOne]) yield* handOver(transfers, delivery)
      const sql = yield* SqlClient.SqlClient
      yield* sql`TRUNCATE transfer_lines, transfer_imports, transfer_accounts`
      yield* sql`DELETE FROM checkpoints WHERE processor = 'transfers'`
      const status = yield* handOver(transfers)
      assert.deepStrictEqual(status.errors, [])
      const links = (yield* logOf([person])).filter(({ type }) => type === "TransferLinked")
      assert.lengthOf(links, 2)
    })
  )
})
