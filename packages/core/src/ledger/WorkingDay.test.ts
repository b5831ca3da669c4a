import { assert, describe, it } from "@effect/vitest"
import { easterSunday, isWorkingDay, workingDayUpTo } from "./WorkingDay.ts"

describe("a working day in Norway", () => {
  it("knows when Easter is, also where it is earliest, latest and by exception", () => {
    // the Astronomical Almanac's and the US Naval Observatory's dates
    const known = ["1818-03-22", "1943-04-25", "1954-04-18", "1981-04-19", "2000-04-23", "2024-03-31", "2025-04-20", "2026-04-05"]
    assert.deepStrictEqual(
      known.map((day) => easterSunday(Number(day.slice(0, 4)))),
      known
    )
    assert.strictEqual(easterSunday(2038), "2038-04-25")
    assert.strictEqual(easterSunday(2049), "2049-04-18")
  })

  it("is none of 2026's public holidays, and Christmas Eve is one", () => {
    const holidays = ["01-01", "04-02", "04-03", "04-06", "05-01", "05-14", "05-25", "12-25"].map((day) => `2026-${day}`)
    assert.deepStrictEqual(holidays.filter(isWorkingDay), [])
    const worked = ["2026-04-01", "2026-04-07", "2026-05-15", "2026-05-26", "2026-12-24", "2026-12-31"]
    assert.deepStrictEqual(worked.filter(isWorkingDay), worked)
  })

  it("comes before the payday that nobody works on, over a whole Easter if need be", () => {
    assert.strictEqual(workingDayUpTo("2026-11-25"), "2026-11-25")
    assert.strictEqual(workingDayUpTo("2026-10-25"), "2026-10-23")
    assert.strictEqual(workingDayUpTo("2025-04-20"), "2025-04-16")
    assert.strictEqual(workingDayUpTo("2027-05-17"), "2027-05-14")
    assert.strictEqual(workingDayUpTo("2028-01-01"), "2027-12-31")
  })
})
