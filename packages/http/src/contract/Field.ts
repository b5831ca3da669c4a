/**
 * Field: the shapes of single values as they come over the wire.
 */
import * as Schema from "effect/Schema"
import { isDay } from "@finance/core/ledger/Day"

/** An id of anything: a UUID in lower case. */
export const Id = Schema.String.check(
  Schema.isPattern(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/u, { message: "Expected an id" })
)

/** PostgreSQL stores neither NUL nor half a character. */
const isStorable = Schema.makeFilter(
  (text: string) => (text.isWellFormed() && !text.includes("\0")) || "Expected text without NUL characters and lone surrogates"
)

/** Text of at most so many UTF-16 units, which may be empty. */
export const Text = (maxLength: number) => Schema.String.check(Schema.isMaxLength(maxLength), isStorable)

/** Text that says something. */
export const Name = (maxLength: number) =>
  Text(maxLength).check(Schema.makeFilter((text: string) => text.trim() !== "" || "Expected some text"))

/**
 * An amount of money as a JSON number with the currency's decimals; negative is money out. At most 15 significant digits, which the
 * server counts in the source text.
 */
export const Amount = Schema.Finite.check(
  Schema.makeFilter(
    (amount: number) =>
      Math.abs(amount) < 1e15 || !Number.isFinite(amount) || "Expected an amount of at most 15 significant digits"
  )
).annotate({ description: "Decimal amount in the currency's decimals, at most 15 significant digits; negative = money out" })

/** A bound on amounts: a decimal, kept as the text it came in. */
export const AmountBound = Schema.String.check(
  Schema.isPattern(/^-?\d{1,15}(\.\d{1,4})?$/u, { message: "Expected a decimal such as -12.50" })
)

const time = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/

const isTime = (text: string) => time.test(text) && isDay(text.slice(0, 10)) && !Number.isNaN(Date.parse(text))

/** ISO 8601 with its offset. */
export const Instant = Schema.String.check(
  Schema.makeFilter((text: string) => isTime(text) || "Expected a time such as 2026-11-22T12:00:00Z")
)

/** An instant, or a date alone. */
export const InstantOrDay = Schema.String.check(
  Schema.makeFilter(
    (text: string) => isDay(text) || isTime(text) || "Expected a date such as 2026-11-22 or a time such as 2026-11-22T12:00:00Z"
  )
)

/** A moment as it is told: ISO 8601 in UTC, with milliseconds. */
export const Moment = Schema.String

export const Page = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 }))

export const Limit = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 1, maximum }))
