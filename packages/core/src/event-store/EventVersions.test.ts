import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { EventVersions } from "./EventVersions.ts"

/** What a household put aside, as three releases wrote it: in kroner, in øre of a currency, and with what it is for. */
const SavedV1 = Schema.Struct({ type: Schema.Literal("Saved"), kroner: Schema.Int })
const SavedV2 = Schema.Struct({ type: Schema.Literal("Saved"), amount: Schema.BigIntFromString, currency: Schema.String })
const Saved = Schema.Struct({ ...SavedV2.fields, purpose: Schema.NullOr(Schema.String) })

const saved = EventVersions.first(SavedV1)
  .next(SavedV2, ({ kroner }): typeof SavedV2.Type => ({ type: "Saved", amount: BigInt(kroner) * 100n, currency: "NOK" }))
  .next(Saved, (before) => ({ ...before, purpose: null }))

const stored = <A, Encoded>(schema: Schema.Codec<A, Encoded>, event: A): unknown =>
  JSON.parse(JSON.stringify(Schema.encodeSync(schema)(event)))

describe("EventVersions", () => {
  it.prop("1: savings written by any earlier release are worth the same today", [SavedV1, SavedV2, Saved], ([v1, v2, v3]) => {
    assert.deepStrictEqual(saved.decode(1, stored(SavedV1, v1)), {
      type: "Saved",
      amount: BigInt(v1.kroner) * 100n,
      currency: "NOK",
      purpose: null
    })
    assert.deepStrictEqual(saved.decode(2, stored(SavedV2, v2)), { ...v2, purpose: null })
    assert.deepStrictEqual(saved.decode(3, stored(Saved, v3)), v3)
  })

  it.prop("2: what is written is the current version, and reads as what it was", [Saved], ([event]) => {
    assert.strictEqual(saved.current, 3)
    assert.deepStrictEqual(saved.decode(saved.current, JSON.parse(JSON.stringify(saved.encode(event)))), event)
  })

  it("2: refuses to write what it could not read again", () => {
    assert.throws(() => saved.encode({ type: "Saved", amount: 1 as never, currency: "NOK", purpose: null }))
  })

  it("knows the versions it can read, and no other", () => {
    assert.deepStrictEqual(
      [0, 1, 2, 3, 4].map((version) => saved.reads(version)),
      [false, true, true, true, false]
    )
  })

  it("holds an old event to the schema it was written in, not to a later one", () => {
    assert.throws(() => saved.decode(1, { type: "Saved", amount: "100", currency: "NOK" }))
    assert.throws(() => saved.decode(2, { type: "Saved", kroner: 1 }))
  })
})
