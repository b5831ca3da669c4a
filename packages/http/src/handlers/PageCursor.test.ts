import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { newId } from "@finance/core/ledger/Id"
import { decode, encode } from "./PageCursor.ts"

describe("PageCursor", () => {
  it.effect.prop(
    "comes back as the place it was made of",
    { millis: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4_102_444_800_000 })) },
    ({ millis }) =>
      Effect.sync(() => {
        const place = { occurred_at: new Date(millis), id: newId() }
        assert.deepStrictEqual(decode(encode(place)), place)
      })
  )

  it.effect.prop("made-up ones are no place", { text: Schema.String }, ({ text }) =>
    Effect.sync(() => assert.isNull(decode(text)))
  )
})
