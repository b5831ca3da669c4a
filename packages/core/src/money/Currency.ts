import * as Schema from "effect/Schema"

const known: ReadonlySet<string> = new Set(Intl.supportedValuesOf("currency"))

/** An ISO 4217 alphabetic code that the platform's locale data knows. */
export const Currency = Schema.String.check(
  Schema.isPattern(/^[A-Z]{3}$/u),
  Schema.makeFilter((code: string) => known.has(code) || `${code} is not an ISO 4217 currency`)
).pipe(Schema.brand("Currency"))
export type Currency = typeof Currency.Type

const digitsByCurrency = new Map<string, number>()

/** How many decimals the currency has: 2 for NOK, 0 for JPY, 3 for KWD (ISO 4217, through ECMA-402). */
export const digitsOf = (currency: string): number => {
  const cached = digitsByCurrency.get(currency)
  if (cached !== undefined) return cached
  const { maximumFractionDigits = 2 } = new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions()
  digitsByCurrency.set(currency, maximumFractionDigits)
  return maximumFractionDigits
}
