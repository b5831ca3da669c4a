import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { newId } from "@finance/core/ledger/Id"
import { arrive, brings, complete } from "../anomalies/TestImports.ts"
import { categorization } from "../categorization/Categorization.ts"
import * as TestLedger from "../TestLedger.ts"
import { handOver, kr, opens, orders, type Person, receives } from "../TestLedger.ts"
import { transfers } from "../transfers/Transfers.ts"
import { recurring } from "./Recurring.ts"

const monthly = (description: string, kroner: number, from = 1, to = 6, date = "04") =>
  Array.from({ length: to - from + 1 }, (_, nth) => ({
    day: `2025-${String(from + nth).padStart(2, "0")}-${date}`,
    amount: kr(kroner),
    description
  }))

/** What the person is shown, by name, once everybody has done their work. */
const shown = Effect.fnUntraced(function* ({ owner_id }: Person) {
  for (const { errors } of [yield* handOver(categorization), yield* handOver(transfers), yield* handOver(recurring)]) {
    assert.deepStrictEqual(errors, [])
  }
  const sql = yield* SqlClient.SqlClient
  return yield* sql<{ name: string; cadence: string; amount: bigint; next_on: string; category: string; payments: number }>`
    SELECT coalesce(merchant_name, merchant_key) AS name, cadence, expected_amount AS amount, next_on::text, category, payments
    FROM recurring WHERE owner_id = ${owner_id} ORDER BY name, expected_amount`
})

const idsOf = Effect.fnUntraced(function* ({ owner_id }: Person) {
  const sql = yield* SqlClient.SqlClient
  return (yield* sql<{ id: string }>`SELECT id FROM recurring WHERE owner_id = ${owner_id}`).map(({ id }) => id)
})

layer(TestLedger.still, { excludeTestServices: true })("what comes back to a person", (it) => {
  it.effect("is known when the file is in, with what it will cost and when", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      const pay = monthly("Lønn FJELLTUN REGNSKAP AS", 36_412, 1, 6, "12")
      yield* brings(person, [...monthly("SPOTIFY STOCKHOLM", -129), ...pay, ...monthly("KIWI 505 TORSHOV", -80, 1, 2)])
      const [salary, spotify, ...others] = (yield* shown(person)).toSorted((one, other) => Number(other.amount - one.amount))
      assert.deepStrictEqual(spotify, {
        name: "Spotify",
        cadence: "monthly",
        amount: -kr(129),
        next_on: "2025-07-04",
        category: "subscriptions",
        payments: 6
      })
      assert.deepStrictEqual([salary?.category, salary?.next_on], ["income", "2025-07-12"])
      assert.deepStrictEqual(others, [])
    })
  )

  it.effect("is not known from half a file", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      const import_id = newId()
      yield* arrive(person, import_id, monthly("SPOTIFY STOCKHOLM", -129))
      assert.deepStrictEqual(yield* shown(person), [])
      yield* complete(person, import_id)
      assert.lengthOf(yield* shown(person), 1)
    })
  )

  it.effect("is the same series when it goes on, is put off, or costs more", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      yield* brings(person, monthly("SPOTIFY STOCKHOLM", -129, 1, 4))
      yield* shown(person)
      const before = yield* idsOf(person)
      assert.lengthOf(before, 1)
      for (const line of monthly("SPOTIFY STOCKHOLM", -139, 5, 6, "06")) yield* receives(person, line, "bank_sync")
      const [spotify] = yield* shown(person)
      assert.deepStrictEqual([spotify?.amount, spotify?.payments], [-kr(139), 6])
      assert.deepStrictEqual(yield* idsOf(person), before)
    })
  )

  it.effect("follows what the person does to its payments: deletes, brings back, moves to another shop or day", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      const [first, second, third] = yield* brings(person, monthly("SPOTIFY STOCKHOLM", -129, 1, 3))
      assert.lengthOf(yield* shown(person), 1)
      yield* orders(person, second!, { command: "Delete" })
      assert.deepStrictEqual(yield* shown(person), [])
      yield* orders(person, second!, { command: "Restore" })
      assert.lengthOf(yield* shown(person), 1)
      yield* orders(person, third!, { command: "Update", merchant_name: "Tidal" })
      assert.deepStrictEqual(yield* shown(person), [])
      yield* orders(person, third!, { command: "Update", merchant_name: "Spotify" })
      yield* orders(person, first!, { command: "Override", category: "entertainment", user_id: person.owner_id })
      assert.deepStrictEqual(
        (yield* shown(person)).map(({ category }) => category),
        ["subscriptions"]
      )
      yield* orders(person, third!, {
        command: "Update",
        occurred_at: { at: "2025-04-20T12:00:00.000Z", day: "2025-04-20" }
      })
      assert.deepStrictEqual(yield* shown(person), [])
    })
  )

  it.effect("is theirs alone", () =>
    Effect.gen(function* () {
      const [kari, ola] = [yield* opens(), yield* opens()]
      yield* brings(kari, monthly("SPOTIFY STOCKHOLM", -129, 1, 2))
      yield* brings(ola, monthly("SPOTIFY STOCKHOLM", -129, 3, 4))
      assert.deepStrictEqual(yield* shown(kari), [])
      assert.deepStrictEqual(yield* shown(ola), [])
    })
  )

  it.effect("is a standing order to an own account, told by where it goes, and not the settlement of a card", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      const { account: savings } = yield* opens({ owner_id: person.owner_id })
      const inSavings = { ...person, account: savings }
      const texts = ["Overføring til Sparekonto", "Overføring mellom egne kontoer", "Overføring til egen konto"]
      const months = [1, 2, 3, 4, 5]
      const moved = (date: string, kroner: (month: number) => number, text: (month: number) => string) =>
        months.map((month) => ({ day: `2025-0${month}-${date}`, amount: kr(kroner(month)), description: text(month) }))
      const settled = (month: number) => 4_000 + 317.5 * month
      yield* brings(person, [
        ...moved(
          "13",
          () => -2_500,
          (month) => texts[month % 3]!
        ),
        ...moved(
          "20",
          (month) => -settled(month),
          () => "Betaling kredittkort"
        )
      ])
      yield* brings(inSavings, [
        ...moved(
          "14",
          () => 2_500,
          () => "Overføring"
        ),
        ...moved("21", settled, () => "Innbetaling")
      ])
      const own = yield* shown(person)
      assert.deepStrictEqual(
        own.map(({ amount, next_on, category }) => ({ amount, next_on, category })),
        [{ amount: -kr(2_500), next_on: "2025-06-13", category: "transfer" }]
      )
    })
  )
})
