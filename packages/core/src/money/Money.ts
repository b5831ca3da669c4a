/**
 * Money: exact amounts, as bigint minor units (øre) inside and decimals at the edges. Nothing here ever computes with a float.
 *
 * A JSON number with at most 15 significant digits survives its trip through a double unchanged (IEEE 754-2019, 5.12.2), so
 * `toNumber` and `fromNumber` are exact inverses within that bound, and refuse beyond it.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { digitsOf } from "./Currency.ts"

export class InvalidAmount extends Schema.TaggedError<InvalidAmount>()("InvalidAmount", {
  text: Schema.String,
  reason: Schema.Literals(["not-a-number", "too-many-decimals", "too-many-digits"])
}) {
  override get message() {
    return `${JSON.stringify(this.text)} is not an amount: ${this.reason.replaceAll("-", " ")}`
  }
}

const decimal = /^([+-]?)(\d+)(?:\.(\d+))?$/

/** The most significant digits an amount may have at the edge, and so the most that a double carries without loss. */
export const maxDigits = 15

/** Minor units of a plain decimal such as `-348.56`. Trailing zeros beyond the currency's decimals are accepted, other digits are not. */
export const fromDecimal = (text: string, currency: string): Result.Result<bigint, InvalidAmount> => {
  const match = decimal.exec(text)
  if (match === null) return Result.fail(new InvalidAmount({ text, reason: "not-a-number" }))
  const [, sign, whole, fraction = ""] = match
  const digits = digitsOf(currency)
  if (/[1-9]/.test(fraction.slice(digits))) return Result.fail(new InvalidAmount({ text, reason: "too-many-decimals" }))
  const units = BigInt(whole! + fraction.slice(0, digits).padEnd(digits, "0"))
  if (units.toString().length > maxDigits) return Result.fail(new InvalidAmount({ text, reason: "too-many-digits" }))
  return Result.succeed(sign === "-" ? -units : units)
}

/** The plain decimal of an amount, with all of the currency's decimals: `-348.56`, `5000.00`. */
export const toDecimal = (amount: bigint, currency: string): string => {
  const digits = digitsOf(currency)
  const text = (amount < 0n ? -amount : amount).toString().padStart(digits + 1, "0")
  const sign = amount < 0n ? "-" : ""
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`
}

/** The amount as a JSON number. Exact for every amount of up to 15 significant digits. */
export const toNumber = (amount: bigint, currency: string): number => Number(toDecimal(amount, currency))

/** Minor units of a JSON number that was written with at most 15 significant digits (the HTTP edge refuses longer ones unparsed). */
export const fromNumber = (amount: number, currency: string): Result.Result<bigint, InvalidAmount> => {
  const text = String(amount)
  if (!text.includes("e")) return fromDecimal(text, currency)
  // Numbers are in exponent form below a millionth and from 1e21 on, where no currency has amounts.
  return Result.fail(new InvalidAmount({ text, reason: Math.abs(amount) < 1 ? "too-many-decimals" : "too-many-digits" }))
}
