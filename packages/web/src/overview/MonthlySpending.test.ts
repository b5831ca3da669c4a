import { assert, describe, it } from "vitest"
import type { Spending } from "../api/Resources.ts"
import { averageOf, axisOf, sumByMonth } from "./MonthlySpending.ts"

const spending = (...days: ReadonlyArray<readonly [key: string, total: number]>): Spending => ({
  from: "2026-01-01",
  to: "2026-12-31",
  group_by: "day",
  currency: "NOK",
  total: 0,
  groups: days.map(([key, total]) => ({ key, total, transaction_count: 1, share: 0 }))
})

describe("spending month by month", () => {
  it("adds up days exactly, where floats would lose an øre", () => {
    const totals = sumByMonth([spending(["2026-11-01", 0.1], ["2026-11-02", 0.2], ["2026-12-01", 5])])
    assert.strictEqual(totals.get("2026-11"), 30n)
    assert.strictEqual(totals.get("2026-12"), 500n)
  })

  it("averages over the months that had spending", () => {
    const totals = new Map([
      ["2026-10", 10_000n],
      ["2026-11", 20_001n]
    ])
    assert.strictEqual(averageOf(["2026-09", "2026-10", "2026-11"], totals), 15_000n)
    assert.isUndefined(averageOf(["2026-10"], totals))
  })

  it("ends its axis at a round amount, at or just above the highest month", () => {
    assert.deepEqual(axisOf(4_930_000n), [0n, 1_000_000n, 2_000_000n, 3_000_000n, 4_000_000n, 5_000_000n])
    for (let highest = 1n; highest < 10n ** 12n; highest = highest * 3n + 7n) {
      const lines = axisOf(highest)
      assert.isTrue(lines.at(-1)! >= highest && lines.at(-2)! < highest, String(highest))
      assert.isAtMost(lines.length, 6)
    }
    assert.isAbove(axisOf(0n).length, 1)
  })
})
