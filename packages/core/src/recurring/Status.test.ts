import { assert, describe, it } from "@effect/vitest"
import { statusOn } from "./Status.ts"

const spotify = { cadence: "monthly", next_on: "2025-06-04", tolerance_days: 6 } as const

describe("a subscription", () => {
  it("is active until its next payment is later than it may be", () => {
    assert.strictEqual(statusOn("2025-05-20", spotify), "active")
    assert.strictEqual(statusOn("2025-06-10", spotify), "active")
  })
  it("is missed from then on, and ended when two more should have come", () => {
    assert.strictEqual(statusOn("2025-06-11", spotify), "missed")
    assert.strictEqual(statusOn("2025-08-04", spotify), "missed")
    assert.strictEqual(statusOn("2025-08-05", spotify), "ended")
  })
})
