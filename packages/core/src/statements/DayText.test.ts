import { assert, describe, it } from "@effect/vitest"
import { readDay } from "./DayText.ts"

describe("DayText", () => {
  it("reads a date in every way a bank writes it", () => {
    const ways = ["28.02.2025", "28.2.2025", "28.02.25", "2025-02-28", "2025/02/28", "28/02/2025", "28/02/25", "28-02-2025"]
    for (const text of [...ways, " 28.02.2025 ", "2025-02-28T23:59:00Z", "28.02.2025 23:59", "2025.02.28"]) {
      assert.strictEqual(readDay(text, false), "2025-02-28", text)
    }
  })

  it("puts the month first between slashes only in a column that shows it", () => {
    assert.strictEqual(readDay("03/04/2025", false), "2025-04-03")
    assert.strictEqual(readDay("03/04/2025", true), "2025-03-04")
    assert.strictEqual(readDay("03.04.2025", true), "2025-04-03")
  })

  it("knows that 29 February 2025, 31 April and the 13th month never came", () => {
    const never = [
      "29.02.2025",
      "31.04.2025",
      "2025-13-01",
      "00.01.2025",
      "32.01.2025",
      "1.1",
      "",
      "Reservert",
      "25-02-28",
      "2025-02/28"
    ]
    for (const text of [...never, "01.01.0025", "28.02.2025x", "20250228"]) assert.isNull(readDay(text, false), text)
    assert.strictEqual(readDay("29.02.2024", false), "2024-02-29")
  })
})
