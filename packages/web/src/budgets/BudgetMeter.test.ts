import { assert, describe, it } from "vitest"
import { leftPerDay } from "./BudgetMeter.tsx"
import { levelOf } from "./Level.ts"

describe("a budget", () => {
  it("is watched more closely at 80, 90 and 100 per cent, and not a moment before", () => {
    assert.deepEqual([79.9, 80, 89.9, 90, 99.9, 100, 155].map(levelOf), ["ok", "warn", "warn", "high", "high", "bad", "bad"])
  })

  it("spreads what is left over the days that are left, today included, and never promises an øre too much", () => {
    assert.deepEqual(leftPerDay(10_000n, "2026-11", "2026-11-28"), { amount: 3_333n, days: 3 })
  })

  it("promises nothing in a month that is not this one, or when nothing is left", () => {
    assert.isUndefined(leftPerDay(10_000n, "2026-10", "2026-11-28"))
    assert.isUndefined(leftPerDay(0n, "2026-11", "2026-11-28"))
    assert.isUndefined(leftPerDay(-1n, "2026-11", "2026-11-28"))
  })
})
