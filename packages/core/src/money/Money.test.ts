import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { Currency, digitsOf } from "./Currency.ts"
import { fromDecimal, fromNumber, maxDigits, toDecimal, toNumber } from "./Money.ts"

const most = 10n ** BigInt(maxDigits) - 1n

/** Amounts of every size that the edge takes: uniform draws would nearly all have fifteen digits. */
const Amount = Schema.Struct({
  digits: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: maxDigits })),
  draw: Schema.BigInt.check(Schema.isBetweenBigInt({ minimum: 0n, maximum: most })),
  negative: Schema.Boolean,
  currency: Schema.Literals(["NOK", "EUR", "JPY", "ISK", "KWD", "BHD"])
})

const unitsOf = ({ digits, draw, negative }: typeof Amount.Type): bigint => {
  const units = draw % 10n ** BigInt(digits)
  return negative ? -units : units
}

const many = { arbitrary: { runs: 1_000 } }

const reasonOf = (text: string, currency = "NOK") =>
  Result.match(fromDecimal(text, currency), { onSuccess: (units) => units, onFailure: ({ reason }) => reason })

describe("Money", () => {
  it("knows that a krone has øre, a yen nothing smaller, and a Kuwaiti dinar a thousand fils", () => {
    assert.deepStrictEqual(["NOK", "JPY", "KWD"].map(digitsOf), [2, 0, 3])
  })

  it.prop(
    "every amount a person can have comes back the same from its decimal and from its JSON number",
    [Amount],
    ([amount]) => {
      const { currency } = amount
      const units = unitsOf(amount)
      assert.strictEqual(Result.getOrThrow(fromDecimal(toDecimal(units, currency), currency)), units)
      assert.strictEqual(Result.getOrThrow(fromNumber(toNumber(units, currency), currency)), units)
      const overTheWire = JSON.parse(JSON.stringify(toNumber(units, currency))) as number
      assert.strictEqual(Result.getOrThrow(fromNumber(overTheWire, currency)), units)
    },
    many
  )

  it.prop(
    "every decimal shows all of the currency's decimals, and no more",
    [Amount],
    ([amount]) => {
      const text = toDecimal(unitsOf(amount), amount.currency)
      const shapes = [/^-?\d+$/, /^-?\d+\.\d{1}$/, /^-?\d+\.\d{2}$/, /^-?\d+\.\d{3}$/]
      assert.match(text, shapes[digitsOf(amount.currency)]!)
      assert.notMatch(text, /^-?0\d/)
    },
    many
  )

  it("reads whole kroner, halves, signs and spare zeros", () => {
    assert.strictEqual(reasonOf("348"), 34_800n)
    assert.strictEqual(reasonOf("348.5"), 34_850n)
    assert.strictEqual(reasonOf("-348.56"), -34_856n)
    assert.strictEqual(reasonOf("+0.05"), 5n)
    assert.strictEqual(reasonOf("12.340000"), 1_234n)
    assert.strictEqual(reasonOf("007"), 700n)
    assert.strictEqual(reasonOf("-0"), 0n)
    assert.strictEqual(reasonOf("500.000", "JPY"), 500n)
    assert.strictEqual(reasonOf("1.234", "KWD"), 1_234n)
  })

  it("writes small debts with the zero before the point", () => {
    assert.strictEqual(toDecimal(-5n, "NOK"), "-0.05")
    assert.strictEqual(toDecimal(0n, "KWD"), "0.000")
    assert.strictEqual(toDecimal(-500n, "JPY"), "-500")
  })

  it("takes the largest amount a JSON number carries without loss, and refuses one øre more", () => {
    assert.strictEqual(reasonOf("9999999999999.99"), most)
    assert.strictEqual(reasonOf("-9999999999999.99"), -most)
    assert.strictEqual(reasonOf("10000000000000.00"), "too-many-digits")
    assert.strictEqual(reasonOf("999999999999999", "JPY"), most)
    assert.strictEqual(reasonOf("1000000000000000", "JPY"), "too-many-digits")
    assert.strictEqual(reasonOf("9".repeat(4_000)), "too-many-digits")
  })

  it("refuses parts of an øre rather than rounding them", () => {
    assert.strictEqual(reasonOf("1.005"), "too-many-decimals")
    assert.strictEqual(reasonOf("1.5", "JPY"), "too-many-decimals")
    assert.strictEqual(reasonOf("1.0001", "KWD"), "too-many-decimals")
  })

  it("refuses what is no plain decimal: letters, exponents, commas, spaces, other scripts' digits, nothing at all", () => {
    for (const text of [
      "",
      "kr 5",
      "5 kr",
      "1e3",
      "0x10",
      "1,50",
      "1 000",
      " 1",
      "1.",
      ".5",
      "--1",
      "1.2.3",
      "١٢",
      "NaN",
      "Infinity"
    ]) {
      assert.strictEqual(reasonOf(text), "not-a-number", JSON.stringify(text))
    }
  })

  it("refuses JSON numbers that are too small, too large or none, and never takes one for zero kroner", () => {
    const reason = (amount: number) => {
      const taken = fromNumber(amount, "NOK")
      return Result.isFailure(taken) ? taken.failure.reason : taken.success
    }
    assert.strictEqual(reason(0), 0n)
    assert.strictEqual(reason(-0), 0n)
    assert.strictEqual(reason(0.001), "too-many-decimals")
    assert.strictEqual(reason(0.1 + 0.2), "too-many-decimals")
    assert.strictEqual(reason(1e-7), "too-many-decimals")
    assert.strictEqual(reason(-1e-30), "too-many-decimals")
    assert.strictEqual(reason(Number.MIN_VALUE), "too-many-decimals")
    assert.strictEqual(reason(1e21), "too-many-digits")
    assert.strictEqual(reason(-Number.MAX_VALUE), "too-many-digits")
    assert.strictEqual(reason(Number.NaN), "not-a-number")
    assert.strictEqual(reason(Number.POSITIVE_INFINITY), "not-a-number")
  })

  it("knows the currencies of the world by their ISO codes", () => {
    const is = Schema.is(Currency)
    for (const code of ["NOK", "EUR", "JPY", "KWD"]) assert.isTrue(is(code), code)
    for (const code of ["nok", "KR", "NOKK", "ZZZ", "", "NO1"]) assert.isFalse(is(code), code)
  })
})
