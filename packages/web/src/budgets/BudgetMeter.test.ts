import { assert, describe, it } from "vitest"
import { leftPerDay } from "./BudgetMeter.tsx"
import { levelOf } from "./Level.ts"

const november = { from: "2026-11-01", to: "2026-11-30" }

describe("a budget", () => {
  it("that begins its month overdrawn is used up, though nothing is spent yet", () =>
    assert.strictEqual(levelOf({ percentage_used: 0, remaining_amount: -300 }), "bad"))

  it("is watched more closely at 80, 90 and 100 per cent, and not a moment before", () => {
    const levels = [79.9, 80, 89.9, 90, 99.9, 100, 155].map((percentage_used) =>
      levelOf({ percentage_used, remaining_amount: 1 })
    )
    assert.deepEqual(levels, ["ok", "warn", "warn", "high", "high", "bad", "bad"])
  })

  it("spreads what is left over the days that are left, today included, and never promises an øre too much", () => {
    assert.deepEqual(leftPerDay(10_000n, november, "2026-11-28"), { amount: 3_333n, days: 3 })
  })

  it("promises nothing in a month that is not this one, or when nothing is left", () => {
    assert.isUndefined(leftPerDay(10_000n, november, "2026-10-28"))
    assert.isUndefined(leftPerDay(0n, november, "2026-11-28"))
    assert.isUndefined(leftPerDay(-1n, november, "2026-11-28"))
  })
})
