/**
 * Preset: one bank's layout, as data: what its columns are called, and how it says that a row is not booked yet or is no row of
 * the account at all. A bank is added by one file in `presets/` and its line in `presets/Presets.ts`.
 *
 * Headers are compared by their plain form: lower case, one space between words, without what stands in brackets at the end, a
 * colon, or the currency (`Beløp (NOK)` is `beløp`).
 */

/** What a column can hold. `description` may be several columns: the first that is filled in a row is its text. */
export type Role =
  | "booking_date"
  | "value_date"
  | "description"
  | "amount"
  | "money_in"
  | "money_out"
  | "currency"
  /** An exchange rate: where a layout has one, its currency column is that of the purchase and the amounts are the account's. */
  | "rate"
  | "balance"
  | "external_id"
  | "status"

export interface Preset {
  /** `sparebank1`: stored with the import, so never changed. */
  readonly name: string
  /** Headers without which the layout is another's, beyond those that a statement needs anyway. */
  readonly signature: ReadonlyArray<string>
  /** The headers that each role may stand under, the best first; `insats*` is any header that begins so. */
  readonly columns: Readonly<Partial<Record<Role, ReadonlyArray<string>>>>
  /** A row is a reservation, not yet a booked line, where any of these matches. */
  readonly pending: ReadonlyArray<{ readonly role: Role; readonly text: RegExp }>
  /** A row without a date whose first filled cell matches is the bank's own summing up. */
  readonly footer: RegExp
}

/** Where a row's cells stand, counted from 0; null where the layout has none. */
export interface Columns {
  readonly booking_date: number
  readonly value_date: number | null
  readonly description: ReadonlyArray<number>
  /** One signed amount, or else money in and money out apart. */
  readonly amount: number | null
  readonly money_in: number | null
  readonly money_out: number | null
  readonly currency: number | null
  readonly balance: number | null
  readonly external_id: number | null
  readonly status: number | null
}

/** What a statement cannot do without. */
export type Part = "date" | "description" | "amount"

export type Match =
  { readonly _tag: "Matched"; readonly columns: Columns } | { readonly _tag: "Missing"; readonly parts: ReadonlyArray<Part> }

/** The header's plain form. */
export const plainHeader = (header: string): string =>
  header
    .normalize("NFC")
    .toLowerCase()
    .replace(/\s+/gu, " ")
    .replace(/\([^)]*\)\s*$/, "")
    .replace(/[\s:]+$/, "")
    .replace(/ (?:i )?(?:nok|sek|dkk|eur|kr)$/, "")
    .trim()

/** Which column is what, if this header is of the preset's layout. Headers come in plain form. */
export const matchHeader = (preset: Preset, headers: ReadonlyArray<string>): Match => {
  const taken = new Set<number>()
  const claimAll = (role: Role): ReadonlyArray<number> => {
    const found = (preset.columns[role] ?? []).flatMap((name) => positionsOf(name, headers))
    const free = [...new Set(found)].filter((position) => !taken.has(position))
    const claimed = role === "description" ? free : free.slice(0, 1)
    for (const position of claimed) taken.add(position)
    return claimed
  }
  const claim = (role: Role): number | null => claimAll(role)[0] ?? null
  // the specific before the general: `rentedato` before `dato`, `beløp inn` before `beløp`
  const value_date = claim("value_date")
  const external_id = claim("external_id")
  const balance = claim("balance")
  const status = claim("status")
  const currency = claim("rate") === null ? claim("currency") : null
  const money_in = claim("money_in")
  const money_out = claim("money_out")
  const apart = money_in !== null && money_out !== null
  const amount = apart ? null : claim("amount")
  const booking_date = claim("booking_date")
  const description = claimAll("description")
  const missing: Array<Part> = []
  if (booking_date === null) missing.push("date")
  if (description.length === 0) missing.push("description")
  if (!apart && amount === null) missing.push("amount")
  const signed = preset.signature.every((name) => positionsOf(name, headers).length > 0)
  if (booking_date === null || missing.length > 0 || !signed) return { _tag: "Missing", parts: missing }
  const columns = { booking_date, value_date, description, amount, currency, balance, external_id, status }
  return { _tag: "Matched", columns: { ...columns, money_in: apart ? money_in : null, money_out: apart ? money_out : null } }
}

const positionsOf = (name: string, headers: ReadonlyArray<string>): ReadonlyArray<number> => {
  const matches = name.endsWith("*")
    ? (header: string) => header.startsWith(name.slice(0, -1))
    : (header: string) => header === name
  return headers.flatMap((header, position) => (matches(header) ? [position] : []))
}
