/**
 * Amount: money on the screen. Amounts travel as JSON numbers of at most 15 significant digits, which a double carries unchanged;
 * here they become bigint minor units (øre) before anything is added up, and decimal strings before anything is printed.
 *
 * `@finance/core/money/Money` promises the same on the server; it is not imported because it brings the Effect runtime along.
 */
export type Locale = "nb-NO" | "en-NO"

/** `exact` as the bank wrote it, `signed` with a plus for money in, `whole` without decimals, `compact` for the axis of a chart. */
export type AmountStyle = "exact" | "signed" | "whole" | "compact"

/** What sums are told in where there is no account yet. */
export const homeCurrency = "NOK"

/** The most significant digits an amount may have at the edge of the API. */
const maxDigits = 15

const remember = <A>(make: (key: string) => A): ((key: string) => A) => {
  const made = new Map<string, A>()
  return (key) => {
    if (!made.has(key)) made.set(key, make(key))
    return made.get(key)!
  }
}

/** How many decimals the currency has: 2 for NOK, 0 for JPY. */
export const digitsOf: (currency: string) => number = remember(
  (currency) => new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2
)

/** Minor units of an amount that came as a JSON number. */
export const toMinor = (amount: number, currency: string): bigint => fromDecimal(String(amount), digitsOf(currency))

/** The JSON number of an amount. Exact up to 15 significant digits, which `parseAmount` holds. */
export const toNumber = (minor: bigint, currency: string): number => Number(toDecimal(minor, digitsOf(currency)))

const fromDecimal = (text: string, digits: number): bigint => {
  const [whole = "0", fraction = ""] = text.replace("-", "").split(".")
  const units = BigInt(whole + fraction.slice(0, digits).padEnd(digits, "0"))
  return text.startsWith("-") ? -units : units
}

/** The plain decimal of an amount with all its decimals: `-348.56`. */
export const toDecimal = (minor: bigint, digits: number): `${number}` => {
  const text = (minor < 0n ? -minor : minor).toString().padStart(digits + 1, "0")
  const sign = minor < 0n ? "-" : ""
  return (digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`) as `${number}`
}

const options: Readonly<Record<AmountStyle, Intl.NumberFormatOptions>> = {
  exact: {},
  signed: { signDisplay: "exceptZero" },
  whole: { maximumFractionDigits: 0, minimumFractionDigits: 0 },
  compact: { notation: "compact", maximumFractionDigits: 1, minimumFractionDigits: 0 }
}

const formatters = remember((key) => {
  const [locale, currency, style] = key.split(" ") as [Locale, string, AmountStyle]
  return new Intl.NumberFormat(locale, { style: "currency", currency, currencyDisplay: "narrowSymbol", ...options[style] })
})

/** The amount in the reader's way of writing: `−1 234,50 kr`, with a real minus sign and spaces that do not break. */
export const formatAmount = (minor: bigint, currency: string, locale: Locale, style: AmountStyle = "exact"): string =>
  formatters(`${locale} ${currency} ${style}`)
    .format(toDecimal(minor, digitsOf(currency)))
    .replace("-", "\u2212")

/** A share or percentage of 100 as `93 %`. */
export const formatPercent = (percent: number, locale: Locale): string =>
  `${new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }).format(Math.floor(percent))}\u00a0%`

/**
 * Minor units of what a person typed, in Norwegian or English spelling: `1 234,50`, `1.234,50`, `1,234.50`, `-348.56 kr`, `(500)`.
 * Undefined when it is no amount, has more decimals than the currency, or can be read two ways: `1,234` alone is a thousand to one
 * reader and one and a bit to another.
 */
export const parseAmount = (typed: string, currency: string): bigint | undefined => {
  const bare = typed
    .replace(/[\s\u00a0\u202f']/g, "")
    .replace(/[\u2212\u2013]/g, "-")
    .replace(/kr\.?|nok|€|eur|,-$/gi, "")
  const bracketed = /^\((.+)\)$/.exec(bare)
  const match = /^([+-]?)(\d[\d.,]*)$/.exec(bracketed?.[1] ?? bare)
  if (match === null || (bracketed !== null && match[1] !== "")) return undefined
  const decimal = plainDecimal(match[2]!)
  const digits = digitsOf(currency)
  if (decimal === undefined || (decimal.split(".")[1] ?? "").length > digits) return undefined
  const minor = fromDecimal(decimal, digits)
  if (minor.toString().length > maxDigits) return undefined
  return match[1] === "-" || bracketed !== null ? -minor : minor
}

const ambiguous = /^[1-9]\d{0,2},\d{3}$/
const groupedByDot = /^[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?$/
const groupedByComma = /^[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?$/
const ungrouped = /^\d+(?:[.,]\d+)?$/

/** Digits with at most one dot, from digits grouped and pointed in either language. */
const plainDecimal = (text: string): string | undefined => {
  if (ambiguous.test(text)) return undefined
  if (groupedByDot.test(text)) return text.replaceAll(".", "").replace(",", ".")
  if (groupedByComma.test(text)) return text.replaceAll(",", "")
  return ungrouped.test(text) ? text.replace(",", ".") : undefined
}
