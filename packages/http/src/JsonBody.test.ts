import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { tooLongNumbers } from "./JsonBody.ts"

describe("JsonBody", () => {
  it("names each number that a double would not hold, wherever it stands", () => {
    const text = `{"amount":12345678901234567.89,"lines":[{"amount":1},{"amount":-0.1234567890123456}],"name":"12345678901234567890"}`
    assert.sameMembers([...tooLongNumbers(text)], ["amount", "lines.1.amount"])
  })

  it("counts digits, not zeros in front, signs or exponents", () => {
    assert.deepStrictEqual(tooLongNumbers("[0.000000000000000123, -999999999999999, 1e15, 1.5e-300]"), [])
    assert.deepStrictEqual(tooLongNumbers("[1234567890123456]"), ["0"])
    assert.deepStrictEqual(tooLongNumbers("1.000000000000000000"), [""])
  })

  it("leaves text alone that only looks like a long number", () => {
    assert.deepStrictEqual(tooLongNumbers(`{"description":"KID 1234567890123456789","account":"98765432109876543"}`), [])
  })

  it("throws on what is no JSON, with a long number in it or without", () => {
    assert.throws(() => tooLongNumbers("{"), SyntaxError)
    assert.throws(() => tooLongNumbers("{12345678901234567890"), SyntaxError)
  })

  it.effect.prop("takes every number that survives a double as it is, whatever else is in the body", { n: Schema.Int }, ({ n }) =>
    Effect.sync(() => {
      const digits = Math.min(15, String(Math.abs(n)).length)
      const kept = Number(String(Math.abs(n)).slice(0, digits))
      assert.deepStrictEqual(tooLongNumbers(JSON.stringify({ a: [kept, -kept], b: { c: kept } })), [])
    })
  )
})
