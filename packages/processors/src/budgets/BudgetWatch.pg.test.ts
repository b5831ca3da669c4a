import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { Category } from "@finance/core/ledger/Category"
import { noonOf } from "@finance/core/ledger/Day"
import * as TestLedger from "../TestLedger.ts"
import {
  budgets,
  cutsMonths,
  files,
  kr,
  logOf,
  opens,
  orders,
  type Person,
  receives,
  spends,
  workThrough
} from "../TestLedger.ts"

const sets = (person: Person, category: Category, kroner: number, month = "2025-03", currency = "NOK") =>
  budgets(person, { command: "Set", category, amount: kr(kroner), currency, month })

/** What the person has heard, in order: which per cent, of which month, at how much spent. What is new was recorded on the day. */
const heard = Effect.fnUntraced(function* (person: Person, on = "2025-03-31") {
  const sql = yield* SqlClient.SqlClient
  yield* sql`UPDATE events SET recorded_at = ${noonOf(on)} WHERE owner_id = ${person.owner_id} AND recorded_at > ${beforeTests}`
  yield* workThrough()
  return (yield* logOf([person])).flatMap(({ event }) =>
    event.type === "BudgetExceeded" ? [[event.period, event.threshold_percentage, event.current_spent]] : []
  )
})

const beforeTests = new Date(Date.now() - 60_000)

/** What was spent on the days of a calendar month. */
const spent = Effect.fnUntraced(function* ({ owner_id }: Person, category: Category, month = "2025-03") {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ spent: bigint }>`
    SELECT (SELECT sum(day)::bigint FROM unnest(spent) AS day) AS spent FROM budget_days
    WHERE owner_id = ${owner_id} AND category = ${category} AND month = ${`${month}-01`}::date AND currency = 'NOK'`
  return rows[0]?.spent ?? 0n
})

layer(TestLedger.still, { excludeTestServices: true })("a person with a budget", (it) => {
  it.effect("hears at 80, at 90 and at 100 per cent, each once in the month", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      yield* sets(person, "groceries", 1_000)
      yield* spends(person, "groceries", 799.99)
      assert.deepStrictEqual(yield* heard(person), [], "one øre short of 80 per cent")
      yield* spends(person, "groceries", 0.01)
      yield* spends(person, "groceries", 50)
      yield* spends(person, "groceries", 50)
      yield* spends(person, "groceries", 100)
      yield* spends(person, "groceries", 500)
      assert.deepStrictEqual(yield* heard(person), [
        ["2025-03", 80, kr(800)],
        ["2025-03", 90, kr(900)],
        ["2025-03", 100, kr(1_000)]
      ])
      assert.strictEqual(yield* spent(person, "groceries"), kr(1_500))
    })
  )

  it.effect("hears anew in the next month, under the budget that carries on", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      yield* sets(person, "groceries", 1_000)
      yield* spends(person, "groceries", 850)
      yield* spends(person, "groceries", 850, "2025-04-01")
      assert.deepStrictEqual(yield* heard(person), [
        ["2025-03", 80, kr(850)],
        ["2025-04", 80, kr(850)]
      ])
    })
  )

  it.effect("hears only of the highest threshold when one purchase jumps over several", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      yield* sets(person, "dining", 3_000)
      yield* spends(person, "dining", 2_300)
      yield* spends(person, "dining", 800)
      assert.deepStrictEqual(yield* heard(person), [["2025-03", 100, kr(3_100)]])
    })
  )

  it.effect("does not hear again when a purchase is filed elsewhere and back", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      yield* sets(person, "groceries", 1_000)
      const bought = yield* spends(person, "groceries", 950)
      const before = yield* heard(person)
      yield* files(person, bought, "dining")
      assert.deepStrictEqual(yield* heard(person), before)
      assert.strictEqual(yield* spent(person, "groceries"), 0n)
      assert.strictEqual(yield* spent(person, "dining"), kr(950))
      yield* files(person, bought, "groceries")
      assert.deepStrictEqual(yield* heard(person), before)
      assert.deepStrictEqual(before, [["2025-03", 90, kr(950)]])
    })
  )

  it.effect("sees a refund and a deleted purchase taken off what was spent", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      yield* sets(person, "shopping", 1_000)
      yield* spends(person, "shopping", 700)
      const refund = yield* receives(person, { day: "2025-03-12", amount: kr(300), description: "POWER STORO retur" })
      yield* files(person, refund, "shopping")
      const bought = yield* spends(person, "shopping", 350)
      assert.deepStrictEqual(yield* heard(person), [], "750 of 1,000 is left to tell")
      assert.strictEqual(yield* spent(person, "shopping"), kr(750))
      yield* orders(person, bought, { command: "Delete" })
      assert.deepStrictEqual(yield* heard(person), [])
      assert.strictEqual(yield* spent(person, "shopping"), kr(400))
      yield* orders(person, bought, { command: "Restore" })
      yield* spends(person, "shopping", 50)
      assert.deepStrictEqual(yield* heard(person), [["2025-03", 80, kr(800)]])
    })
  )

  it.effect("hears at once when setting a budget that is exceeded already", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      yield* spends(person, "travel", 5_000)
      assert.deepStrictEqual(yield* heard(person), [])
      yield* sets(person, "travel", 4_000)
      assert.deepStrictEqual(yield* heard(person), [["2025-03", 100, kr(5_000)]])
      yield* sets(person, "travel", 3_000)
      assert.deepStrictEqual(yield* heard(person), [["2025-03", 100, kr(5_000)]], "and once a month only")
    })
  )

  it.effect("hears nothing of money in another currency", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      const { account } = yield* opens({ owner_id: person.owner_id, currency: "EUR" })
      yield* sets(person, "dining", 100)
      yield* spends({ ...person, account }, "dining", 500)
      yield* spends(person, "dining", 79)
      assert.deepStrictEqual(yield* heard(person), [])
      assert.strictEqual(yield* spent(person, "dining"), kr(79))
    })
  )

  it.effect("hears nothing of a budget that has been removed, and of the months before it still", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      yield* sets(person, "health", 1_000, "2025-02")
      yield* budgets(person, { command: "Remove", category: "health", month: "2025-03" })
      assert.deepStrictEqual(yield* heard(person), [])
      yield* spends(person, "health", 2_000)
      assert.deepStrictEqual(yield* heard(person), [])
      yield* spends(person, "health", 2_000, "2025-02-20")
      assert.deepStrictEqual(yield* heard(person), [["2025-02", 100, kr(2_000)]])
    })
  )

  it.effect("hears of the month that a purchase is moved to, and not twice when it is moved within one", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      yield* sets(person, "travel", 1_000)
      const bought = yield* spends(person, "travel", 1_000, "2025-03-31")
      yield* spends(person, "travel", 100, "2025-04-10")
      const march = ["2025-03", 100, kr(1_000)]
      const moves = (day: string) =>
        orders(person, bought, { command: "Update", occurred_at: { at: noonOf(day).toISOString(), day } })
      yield* moves("2025-03-30")
      assert.deepStrictEqual(yield* heard(person), [march])
      yield* moves("2025-04-01")
      assert.deepStrictEqual(yield* heard(person), [march, ["2025-04", 100, kr(1_100)]])
      assert.strictEqual(yield* spent(person, "travel", "2025-03"), 0n)
    })
  )

  it.effect("hears nothing when a purchase is moved within a month, which spends no more than before", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      yield* spends(person, "travel", 900)
      const bought = yield* spends(person, "travel", 150)
      yield* sets(person, "travel", 1_000, "2025-02")
      const before = yield* heard(person)
      yield* orders(person, bought, { command: "Update", occurred_at: { at: "2025-03-11T12:00:00.000Z", day: "2025-03-11" } })
      assert.deepStrictEqual(yield* heard(person), before)
    })
  )

  it.effect("hears nothing of a month that is long over, whose sums are right all the same, and of the last one still", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      yield* sets(person, "groceries", 1_000, "2024-06")
      yield* spends(person, "groceries", 950, "2025-01-15")
      yield* spends(person, "groceries", 950, "2025-02-15")
      yield* spends(person, "groceries", 950, "2025-04-01")
      assert.deepStrictEqual(yield* heard(person, "2025-03-31"), [
        ["2025-02", 90, kr(950)],
        ["2025-04", 90, kr(950)]
      ])
      assert.strictEqual(yield* spent(person, "groceries", "2025-01"), kr(950))
    })
  )

  it.effect("hears of this month when setting the budget from an earlier one on", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      yield* spends(person, "health", 900)
      yield* sets(person, "health", 1_000, "2025-01")
      assert.deepStrictEqual(yield* heard(person), [["2025-03", 90, kr(900)]])
    })
  )

  it.effect("hears by the budget of that month alone, and then by the one that held before", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      yield* sets(person, "shopping", 1_000, "2025-01")
      const set = { command: "Set", category: "shopping", amount: kr(5_000), currency: "NOK", month: "2025-03" } as const
      yield* budgets(person, { ...set, one_month: true })
      yield* spends(person, "shopping", 1_000)
      yield* spends(person, "shopping", 1_000, "2025-04-01")
      assert.deepStrictEqual(yield* heard(person), [["2025-04", 100, kr(1_000)]])
      yield* budgets(person, { ...set, command: "Set", amount: kr(1_100), one_month: true })
      assert.deepStrictEqual(yield* heard(person), [
        ["2025-04", 100, kr(1_000)],
        ["2025-03", 90, kr(1_000)]
      ])
    })
  )

  it.effect("hears by what rolled over, also when an old purchase turns up that leaves less of it", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      const set = { command: "Set", category: "dining", amount: kr(1_000), currency: "NOK", month: "2024-11" } as const
      yield* budgets(person, { ...set, rollover: "both" })
      yield* spends(person, "dining", 3_500, "2024-12-10")
      yield* spends(person, "dining", 1_000)
      assert.deepStrictEqual(yield* heard(person), [], "1,500 are available in March")
      yield* spends(person, "dining", 250, "2024-11-20")
      assert.deepStrictEqual(yield* heard(person), [["2025-03", 80, kr(1_000)]], "1,250 are left of them")
      assert.deepStrictEqual(
        (yield* logOf([person])).flatMap(({ event }) => (event.type === "BudgetExceeded" ? [event.carried_amount] : [])),
        [kr(250)]
      )
    })
  )

  it.effect("hears by the months that begin on payday, and once more only where a month now has more in it", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      yield* sets(person, "travel", 1_000, "2025-01")
      yield* spends(person, "travel", 850, "2025-02-26")
      yield* spends(person, "travel", 100, "2025-03-05")
      yield* spends(person, "travel", 600, "2025-03-26")
      const calendar = yield* heard(person)
      assert.deepStrictEqual(calendar, [["2025-02", 80, kr(850)]], "February had 850, March 700")
      yield* cutsMonths(person, { month_starts_on: 25, on_working_day: false, from_month: null })
      const march = ["2025-03", 90, kr(950)]
      assert.deepStrictEqual(yield* heard(person), [...calendar, march], "25 February to 24 March had 950")
      yield* spends(person, "travel", 250, "2025-04-24")
      assert.deepStrictEqual(yield* heard(person), [...calendar, march, ["2025-04", 80, kr(850)]])
    })
  )

  it.effect("hears anew of nothing when a purchase is deleted, restored and filed elsewhere and back", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      yield* sets(person, "dining", 1_000)
      const bought = yield* spends(person, "dining", 1_000)
      for (const command of ["Delete", "Restore"] as const) yield* orders(person, bought, { command })
      yield* files(person, bought, "transfer")
      yield* files(person, bought, "dining")
      assert.deepStrictEqual(yield* heard(person), [["2025-03", 100, kr(1_000)]])
      assert.strictEqual(yield* spent(person, "dining"), kr(1_000))
    })
  )

  it.effect("finds each alert among those to show, as it was told", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const person = yield* opens()
      yield* sets(person, "groceries", 100)
      yield* spends(person, "groceries", 85)
      yield* heard(person)
      assert.deepStrictEqual(
        yield* sql`SELECT category, month::text, budget_amount, current_spent, threshold_percentage FROM budget_alerts
                   WHERE owner_id = ${person.owner_id}`,
        [{ category: "groceries", month: "2025-03-01", budget_amount: kr(100), current_spent: kr(85), threshold_percentage: 80 }]
      )
    })
  )
})
