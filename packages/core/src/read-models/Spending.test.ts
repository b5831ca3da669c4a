import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { addDays, isDay } from "../ledger/Day.ts"
import { periods, rangeOf } from "./Spending.ts"

const AnyDay = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 60_000 }))

describe("Spending", () => {
  it("a week is from Monday to Sunday, also over New Year", () => {
    assert.deepStrictEqual(rangeOf("week", "2026-01-01"), { from: "2025-12-29", to: "2026-01-04" })
    assert.deepStrictEqual(rangeOf("week", "2026-11-22"), { from: "2026-11-16", to: "2026-11-22" })
    assert.deepStrictEqual(rangeOf("week", "2026-11-23"), { from: "2026-11-23", to: "2026-11-29" })
  })

  it("months, quarters and years end on their last day", () => {
    assert.deepStrictEqual(rangeOf("month", "2028-02-10"), { from: "2028-02-01", to: "2028-02-29" })
    assert.deepStrictEqual(rangeOf("quarter", "2026-12-31"), { from: "2026-10-01", to: "2026-12-31" })
    assert.deepStrictEqual(rangeOf("year", "2026-06-01"), { from: "2026-01-01", to: "2026-12-31" })
  })

  it.effect.prop("every day is in exactly one of each, and they follow on each other", { number: AnyDay }, ({ number }) =>
    Effect.sync(() => {
      const day = addDays("1970-01-01", number)
      for (const period of periods) {
        const { from, to } = rangeOf(period, day)
        assert.isTrue(isDay(from) && isDay(to) && from <= day && day <= to)
        assert.deepStrictEqual(rangeOf(period, from), { from, to })
        assert.deepStrictEqual(rangeOf(period, to), { from, to })
        assert.strictEqual(rangeOf(period, addDays(to, 1)).from, addDays(to, 1))
      }
    })
  )
})
