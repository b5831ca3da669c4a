import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { newId, TransactionId } from "./Id.ts"

/** The milliseconds that a UUIDv7 begins with. */
const timeOf = (id: string) => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)

describe("Id", () => {
  it("gives every one of 20,000 transactions an id of its own, in the order they came, also within one millisecond", () => {
    const ids = Array.from({ length: 20_000 }, newId)
    assert.strictEqual(new Set(ids).size, ids.length)
    assert.deepStrictEqual(ids.toSorted(), ids)
    assert.isBelow(new Set(ids.map(timeOf)).size, ids.length)
  })

  it("says that it is a UUID of version 7 in the variant of RFC 9562", () => {
    const is = Schema.is(TransactionId)
    for (let n = 0; n < 1_000; n++) {
      const id = newId()
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      assert.isTrue(is(id))
    }
  })

  it("carries the time it was made at", () => {
    const before = Date.now()
    const time = timeOf(newId())
    // ids made faster than 4,096 a millisecond run ahead of the clock, so the tests above may have put it a little in the future
    assert.isAtLeast(time, before)
    assert.isBelow(time, before + 1_000)
  })

  it("gives nothing away in its random part, not even that two ids were made together", () => {
    const tails = new Set(Array.from({ length: 5_000 }, () => newId().slice(19)))
    assert.strictEqual(tails.size, 5_000)
  })
})
