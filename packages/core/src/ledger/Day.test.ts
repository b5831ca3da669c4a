import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { addDays, Day, dayIn, daysOfMonth, isDay, Month, monthOf, noonOf } from "./Day.ts"

const Days = Schema.Int.check(Schema.isBetween({ minimum: -20_000, maximum: 60_000 }))
const dayNumber = (days: number) => addDays("1970-01-01", days)

describe("Day", () => {
  it("refuses days that no calendar has", () => {
    const impossible = [
      "2025-02-29",
      "1900-02-29",
      "2025-04-31",
      "2025-13-01",
      "2025-00-10",
      "2025-01-00",
      "2025-01-32",
      "0000-01-01"
    ]
    for (const day of impossible) assert.isFalse(isDay(day), day)
    for (const day of ["2024-02-29", "2000-02-29", "2025-12-31", "0001-01-01"]) assert.isTrue(isDay(day), day)
  })

  it("refuses other ways of writing a day", () => {
    for (const day of [
      "",
      "2025-1-5",
      "05.01.2025",
      "20250105",
      "2025-01-05T00:00:00Z",
      " 2025-01-05",
      "2025-01-05\n",
      "٢٠٢٥-٠١-٠٥"
    ]) {
      assert.isFalse(isDay(day), JSON.stringify(day))
      assert.isFalse(Schema.is(Day)(day), JSON.stringify(day))
    }
  })

  it.prop("walks the calendar one existing day at a time, and back again", [Days, Days], ([start, step]) => {
    const day = dayNumber(start)
    assert.isTrue(isDay(day))
    assert.strictEqual(addDays(addDays(day, step), -step), day)
    assert.isBelow(day.localeCompare(addDays(day, 1)), 0)
  })

  it.prop("puts every day of a month between its first and its last", [Days], ([days]) => {
    const day = dayNumber(days)
    const { from, to } = daysOfMonth(monthOf(day))
    assert.isTrue(from <= day && day <= to)
    assert.strictEqual(monthOf(addDays(from, -1)) < monthOf(day), true)
    assert.strictEqual(monthOf(addDays(to, 1)) > monthOf(day), true)
  })

  it("knows how long February is", () => {
    assert.strictEqual(daysOfMonth("2024-02").to, "2024-02-29")
    assert.strictEqual(daysOfMonth("2025-02").to, "2025-02-28")
    assert.strictEqual(daysOfMonth("2100-02").to, "2100-02-28")
  })

  it("puts a card payment just before and just after midnight in Oslo on its own day, in winter and in summer", () => {
    assert.strictEqual(dayIn(new Date("2025-01-31T22:59:59.999Z")), "2025-01-31")
    assert.strictEqual(dayIn(new Date("2025-01-31T23:00:00.000Z")), "2025-02-01")
    assert.strictEqual(dayIn(new Date("2025-07-31T21:59:59.999Z")), "2025-07-31")
    assert.strictEqual(dayIn(new Date("2025-07-31T22:00:00.000Z")), "2025-08-01")
  })

  it("keeps the 23-hour day in March and the 25-hour day in October whole", () => {
    const hours = (from: string, to: string) => (new Date(to).getTime() - new Date(from).getTime()) / 3_600_000
    const [springFrom, springTo] = ["2025-03-29T23:00:00Z", "2025-03-30T22:00:00Z"]
    const [autumnFrom, autumnTo] = ["2025-10-25T22:00:00Z", "2025-10-26T23:00:00Z"]
    assert.deepStrictEqual([hours(springFrom, springTo), hours(autumnFrom, autumnTo)], [23, 25])
    for (const [day, from, to] of [
      [addDays("2025-03-29", 1), springFrom, springTo],
      [addDays("2025-10-25", 1), autumnFrom, autumnTo]
    ] as const) {
      assert.strictEqual(dayIn(new Date(new Date(from).getTime() - 1)), addDays(day, -1))
      assert.strictEqual(dayIn(new Date(from)), day)
      assert.strictEqual(dayIn(new Date(new Date(to).getTime() - 1)), day)
      assert.strictEqual(dayIn(new Date(to)), addDays(day, 1))
    }
  })

  it("follows another calendar when asked to", () => {
    const instant = new Date("2025-06-30T23:30:00Z")
    assert.deepStrictEqual(
      [dayIn(instant), dayIn(instant, "UTC"), dayIn(instant, "America/New_York")],
      ["2025-07-01", "2025-06-30", "2025-06-30"]
    )
  })

  it.prop(
    "gives a bank line of a day an instant whose text begins with that day, which is that day in Norway too",
    [Days],
    ([days]) => {
      const day = dayNumber(days)
      assert.strictEqual(noonOf(day).toISOString().slice(0, 10), day)
      assert.strictEqual(dayIn(noonOf(day)), day)
    }
  )

  it("knows the months of the year and no thirteenth", () => {
    const is = Schema.is(Month)
    for (const month of ["2025-01", "2025-12"]) assert.isTrue(is(month), month)
    for (const month of ["2025-00", "2025-13", "2025-1", "2025-01-01", "jan 2025"]) assert.isFalse(is(month), month)
  })
})
