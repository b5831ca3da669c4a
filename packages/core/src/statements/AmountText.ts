/**
 * AmountText: amounts as banks write them.
 *
 *   -348,56   142.8   3.590,91   270 039,54 NOK   1'234.50   −12,00   12,00-   +5   kr 99,00
 *
 * A comma or a point with exactly three digits after it (1,234) may group thousands or begin the decimals. Nobody guesses: it is
 * read as the rest of its column shows, and where nothing shows it is no amount.
 */
import * as Result from "effect/Result"
import * as Money from "../money/Money.ts"
import { clean } from "./BankText.ts"
import type { RowReason } from "./Statement.ts"

export type DecimalMark = "," | "."

/** Minor units of the text in the account's currency, or why the row cannot be taken. `mark` is what the column shows, if it does. */
export const readAmount = (text: string, mark: DecimalMark | null, currency: string): bigint | RowReason => {
  if (plain.test(text)) return unitsOf(text.replace(",", "."), text, currency)
  const written = takenApart(text)
  if (written === null) return invalid(text)
  const other = written.word === null ? null : otherCurrency(written.word, currency)
  if (other === "unknown") return invalid(text)
  if (other !== null) return { code: "wrong-currency", params: { file: other, account: currency } }
  const { sign, whole, grouping, fraction } = written
  if (!isAmbiguous(written)) return unitsOf(`${sign}${digitsOf(whole)}.${fraction || "0"}`, text, currency)
  if (mark === null) return invalid(text)
  return unitsOf(`${sign}${mark === grouping ? whole.replace(grouping, ".") : digitsOf(whole)}`, text, currency)
}

/** The decimal mark that this amount shows its column to use, or null where it shows none. */
export const markShownBy = (text: string): DecimalMark | null => {
  const written = takenApart(text)
  if (written === null || isAmbiguous(written)) return null
  if (written.mark !== null) return written.mark
  if (written.grouping === ".") return ","
  return written.grouping === "," ? "." : null
}

/** Whether the text begins or ends with a minus sign, whichever sign it is. */
export const isNegative = (text: string): boolean => takenApart(text)?.sign === "-"

interface Written {
  readonly sign: string
  /** What stands beside the digits: `kr`, `NOK`. */
  readonly word: string | null
  /** The digits before the decimal mark, with their grouping. */
  readonly whole: string
  readonly grouping: string | null
  readonly mark: DecimalMark | null
  readonly fraction: string
}

/** Nearly every amount of nearly every file. */
const plain = /^-?\d{1,13}(?:[.,]\d{1,2})?$/

/** Hyphens, dashes, the minus sign, and their small and full-width forms. */
const minus = /[\u2010-\u2014\u2212\uFE58\uFE63\uFF0D]/gu

const around = /^([+-]?) ?(?:([a-z]{2,3})\.? ?)?([+-]?) ?([\d.,][\d.,'’ ]*?) ?([+-]?)(?: ?([a-z]{2,3})\.?)?$/i

/** Grouped in threes by one and the same character, or not grouped at all. */
const digits = /^(\d{1,3}([ '’.,])\d{3}(?:\2\d{3})*|\d*)(?:([.,])(\d+))?$/

const takenApart = (text: string): Written | null => {
  if (text.length > 60) return null
  const match = around.exec(text.replace(minus, "-").replace(/\s+/gu, " ").trim())
  if (match === null) return null
  const [, first = "", before, second = "", number = "", third = "", after] = match
  const sign = first + second + third
  const parts = digits.exec(number)
  if (parts === null || sign.length > 1 || (before !== undefined && after !== undefined)) return null
  const [, whole = "", grouping = null, mark = null, fraction = ""] = parts
  if (mark !== null && mark === grouping) return null
  const read: Written = { sign, word: before ?? after ?? null, whole, grouping, mark: mark as DecimalMark | null, fraction }
  // 0,123 groups no thousands
  if (!/^0[.,]\d{3}$/.test(whole) || mark !== null) return read
  return { ...read, whole: "0", grouping: null, mark: grouping as DecimalMark, fraction: whole.slice(2) }
}

const isAmbiguous = ({ whole, grouping, mark }: Written): boolean =>
  mark === null && (grouping === "," || grouping === ".") && whole.length <= 7

const digitsOf = (whole: string): string => whole.replace(/\D/g, "") || "0"

const crowns: ReadonlySet<string> = new Set(["NOK", "SEK", "DKK", "ISK"])
const currencies: ReadonlySet<string> = new Set(Intl.supportedValuesOf("currency"))

/** Null where the word says the account's own currency. */
const otherCurrency = (word: string, currency: string): string | null => {
  const code = word.toUpperCase()
  if (code === currency || (code === "KR" && crowns.has(currency))) return null
  return currencies.has(code) ? code : "unknown"
}

const unitsOf = (decimal: string, text: string, currency: string): bigint | RowReason => {
  const amount = Money.fromDecimal(decimal, currency)
  return Result.isSuccess(amount) ? amount.success : invalid(text)
}

const invalid = (text: string): RowReason => ({ code: "invalid-amount", params: { text: clean(text, 60) } })
