import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { addDays, addMonths, monthOf } from "../ledger/Day.ts"
import { scenarioOf } from "../ledger/Scenario.ts"
import { isWorkingDay } from "../ledger/WorkingDay.ts"
import * as Periods from "./Periods.ts"
import { SpentDays } from "./SpentDays.ts"

const { given } = scenarioOf(Periods.decider)

interface Cut {
  readonly from_month?: string | null
  readonly on_working_day?: boolean
}

const set = (month_starts_on: number, { from_month = null, on_working_day = false }: Cut = {}): Periods.BudgetPeriodsSet => ({
  type: "BudgetPeriodsSet",
  month_starts_on,
  on_working_day,
  from_month
})
const sets = (month_starts_on: number, cut: Cut = {}): Periods.SetPeriods => {
  const { type: _, ...start } = set(month_starts_on, cut)
  return { command: "SetPeriods", ...start }
}

const calendarOf = (...events: ReadonlyArray<Periods.BudgetPeriodsSet>) =>
  new Periods.Calendar(events.reduce(Periods.evolve, Periods.calendarMonths))

const daysOf = (calendar: Periods.Calendar, month: string) => {
  const { from, to } = calendar.period(month)
  return `${from} to ${to}`
}

describe("a person's months", () => {
  it("are the calendar's until they say otherwise", () => {
    assert.strictEqual(daysOf(calendarOf(), "2026-02"), "2026-02-01 to 2026-02-28")
    assert.strictEqual(calendarOf().monthOf("2026-02-28"), "2026-02")
  })

  it("begin on payday, and the salary of the 25th of November is December's money", () => {
    const calendar = calendarOf(set(25))
    assert.strictEqual(daysOf(calendar, "2026-12"), "2026-11-25 to 2026-12-24")
    assert.deepStrictEqual(
      ["2026-11-24", "2026-11-25"].map((day) => calendar.monthOf(day)),
      ["2026-11", "2026-12"]
    )
  })

  it("are named after the month that most of their days lie in", () => {
    assert.strictEqual(daysOf(calendarOf(set(16)), "2026-10"), "2026-10-16 to 2026-11-15")
    assert.strictEqual(daysOf(calendarOf(set(17)), "2026-10"), "2026-09-17 to 2026-10-16")
  })

  it("begin on the last day of a month that is shorter", () => {
    const calendar = calendarOf(set(31))
    assert.deepStrictEqual(
      ["2026-02", "2026-03", "2026-05", "2028-03"].map((month) => daysOf(calendar, month)),
      ["2026-01-31 to 2026-02-27", "2026-02-28 to 2026-03-30", "2026-04-30 to 2026-05-30", "2028-02-29 to 2028-03-30"]
    )
  })

  it("begin on the working day before a payday that falls on a weekend or a holiday", () => {
    const calendar = calendarOf(set(25, { on_working_day: true }))
    assert.deepStrictEqual(
      // a Sunday; Christmas Day; a Monday that is Whit Monday
      ["2026-11", "2027-01", "2026-06"].map((month) => calendar.period(month).from),
      ["2026-10-23", "2026-12-24", "2026-05-22"]
    )
    assert.strictEqual(daysOf(calendarOf(set(1, { on_working_day: true })), "2027-01"), "2026-12-31 to 2027-01-31")
  })

  it("are cut anew as a whole, or from one of them on, and then the ones before keep their first day", () => {
    assert.strictEqual(daysOf(calendarOf(set(25)), "2020-03"), "2020-02-25 to 2020-03-24")
    const moved = calendarOf(set(25), set(12, { from_month: "2026-06" }))
    assert.deepStrictEqual(
      ["2026-04", "2026-05", "2026-06", "2026-07"].map((month) => daysOf(moved, month)),
      ["2026-03-25 to 2026-04-24", "2026-04-25 to 2026-06-11", "2026-06-12 to 2026-07-11", "2026-07-12 to 2026-08-11"]
    )
    assert.strictEqual(
      daysOf(calendarOf(set(25), set(12, { from_month: "2026-06" }), set(1)), "2026-05"),
      "2026-05-01 to 2026-05-31"
    )
  })
})

describe("a person who says when their months begin", () => {
  it("is believed, and once is enough", () => {
    given().when(sets(25)).then(set(25))
    given(set(25)).when(sets(25)).thenNothing()
    given().when(sets(1)).thenNothing()
    given(set(25))
      .when(sets(25, { on_working_day: true }))
      .then(set(25, { on_working_day: true }))
  })

  it("cannot begin on a day that no month has", () => {
    for (const day of [0, 32, -1, 1.5]) given().when(sets(day)).thenRefused("no-such-day")
  })

  it("cannot take all its days from the month before", () => {
    given(set(16))
      .when(sets(17, { from_month: "2026-02", on_working_day: true }))
      .thenRefused("no-days")
    given(set(16))
      .when(sets(20, { from_month: "2026-02" }))
      .then(set(20, { from_month: "2026-02" }))
  })
})

const StartDay = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 31 }))
const Count = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_500 }))
const Changes = Schema.Array(Schema.Struct({ day: StartDay, working: Schema.Boolean, month: Count })).check(Schema.isMaxLength(4))

describe("invariant 1", () => {
  it.prop(
    "every day lies in exactly one period, and in the one that it is said to, however often the start was changed",
    [Changes, Count],
    ([changes, count]) => {
      let periods = Periods.calendarMonths
      for (const { day, working, month } of changes) {
        const from_month = month % 5 === 0 ? null : addMonths("2024-01", month % 24)
        const decided = Periods.decide(periods, sets(day, { from_month, on_working_day: working }))
        if (decided._tag === "Success") periods = decided.success.reduce(Periods.evolve, periods)
      }
      const calendar = new Periods.Calendar(periods)
      const day = addDays("2023-06-01", count)
      const month = calendar.monthOf(day)
      const { from, to } = calendar.period(month)
      assert.isTrue(from <= day && day <= to, `${from} ${day} ${to}`)
      assert.strictEqual(calendar.period(addMonths(month, 1)).from, addDays(to, 1))
      assert.strictEqual(calendar.monthOf(from), month)
      assert.strictEqual(calendar.monthOf(to), month)
    },
    { arbitrary: { runs: 1_000 } }
  )

  it.prop(
    "a period on working days begins on one",
    [StartDay, Count],
    ([start, count]) => {
      const month = monthOf(addDays("2023-06-01", count))
      assert.isTrue(isWorkingDay(calendarOf(set(start, { on_working_day: true })).period(month).from))
    },
    { arbitrary: { runs: 200 } }
  )
})

describe("what was spent in a period", () => {
  const Purchases = Schema.Array(Schema.Struct({ after: Count, amount: Schema.Int })).check(Schema.isMaxLength(40))

  it.prop(
    "is the sum of what was spent on its days, wherever it begins and in whatever order it was spent",
    [Purchases, StartDay, Count],
    ([purchases, start, count]) => {
      const { from, to } = calendarOf(set(start)).period(monthOf(addDays("2023-06-01", count)))
      const spent = purchases.map(({ after, amount }) => ({ day: addDays("2023-06-01", after % 400), amount: BigInt(amount) }))
      const sumOf = (all: typeof spent) => {
        const days = new SpentDays()
        for (const { day, amount } of all) days.add(day, amount)
        return days.between(from, to)
      }
      const expected = spent.filter(({ day }) => from <= day && day <= to).reduce((sum, { amount }) => sum + amount, 0n)
      assert.strictEqual(sumOf(spent), expected)
      assert.strictEqual(sumOf(spent.toReversed()), expected)
    },
    { arbitrary: { runs: 300 } }
  )
})
