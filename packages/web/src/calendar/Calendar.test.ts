import { assert, describe, it } from "vitest"
import { addMonths, dayOf, daysLeftIn, formatDay, formatInstant, isCalendarMonth, lastDayOf, monthsUntil } from "./Calendar.ts"

describe("the calendar", () => {
  it("puts a purchase half past midnight in Oslo on that day, not on the day before in Greenwich", () => {
    assert.strictEqual(dayOf("2026-06-30T22:30:00Z"), "2026-07-01")
    assert.strictEqual(dayOf("2026-12-31T23:30:00Z"), "2027-01-01")
  })

  it("keeps the date of a bank line that names only a date", () => {
    assert.strictEqual(dayOf("2025-02-28T12:00:00.000Z"), "2025-02-28")
  })

  it("counts months over the turn of a year", () => {
    assert.strictEqual(addMonths("2026-01", -1), "2025-12")
    assert.strictEqual(addMonths("2026-12", 1), "2027-01")
    assert.deepEqual(monthsUntil("2026-02", 4), ["2025-11", "2025-12", "2026-01", "2026-02"])
  })

  it("knows leap years", () => {
    assert.strictEqual(lastDayOf("2028-02"), "2028-02-29")
    assert.strictEqual(lastDayOf("2026-02"), "2026-02-28")
  })

  it("counts today among the days that are left of the month, and none of another month", () => {
    const november = { from: "2026-11-01", to: "2026-11-30" }
    assert.strictEqual(daysLeftIn(november, "2026-11-30"), 1)
    assert.strictEqual(daysLeftIn(november, "2026-11-22"), 9)
    assert.strictEqual(daysLeftIn(november, "2026-12-01"), 0)
    assert.strictEqual(daysLeftIn({ from: "2026-10-25", to: "2026-11-24" }, "2026-10-25"), 31)
    assert.deepEqual([november, { from: "2026-10-25", to: "2026-11-24" }].map(isCalendarMonth), [true, false])
  })

  it("writes dates as the reader does", () => {
    assert.strictEqual(formatDay("2026-11-22", "nb-NO"), "22.11.2026")
    assert.strictEqual(formatDay("2026-11-22", "en-NO"), "22/11/2026")
    assert.strictEqual(formatDay("2026-11", "nb-NO", "month"), "november 2026")
  })

  it("tells the time of what happened today, and the date of what did not", () => {
    const now = new Date("2026-11-22T18:00:00Z")
    assert.strictEqual(formatInstant("2026-11-22T13:02:00Z", "nb-NO", now), "14:02")
    assert.include(formatInstant("2026-11-21T13:02:00Z", "nb-NO", now), "21.11.2026")
  })
})
