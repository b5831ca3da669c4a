/**
 * RowReader: one record of a statement as the line it is, or the reason why it is none.
 */
import type { Day } from "../ledger/Day.ts"
import { readAmount } from "./AmountText.ts"
import { clean } from "./BankText.ts"
import type { RecordCursor } from "./CsvRecords.ts"
import { readDay } from "./DayText.ts"
import type { Conventions, Layout } from "./Layout.ts"
import type { Role } from "./Preset.ts"
import type { RowReason, StatementRow } from "./Statement.ts"

export class RowReader {
  readonly #text: string
  readonly #layout: Layout
  readonly #conventions: Conventions
  readonly #currency: string
  /** A file holds few dates, each on many rows. */
  readonly #days = new Map<string, Day>()

  /** `currency` is the account's. */
  constructor(text: string, layout: Layout, conventions: Conventions, currency: string) {
    this.#text = text
    this.#layout = layout
    this.#conventions = conventions
    this.#currency = currency
  }

  /** The row that the cursor stands on. */
  read(cursor: RecordCursor): StatementRow {
    const line = cursor.line
    const raw = this.#text.slice(cursor.start, cursor.end)
    if (cursor.broken) return { _tag: "Rejected", line, reason: { code: "unterminated-quote", params: {} }, raw }
    return this.#rowOf(cursor.cells(), line, raw)
  }

  /** The account's balance after the row, where the layout has one and the row tells it. */
  balance(cells: ReadonlyArray<string>): bigint | null {
    const { balance } = this.#layout.columns
    return balance === null ? null : this.amount(cells[balance] ?? "")
  }

  /** An amount as the file writes them, or null. */
  amount(text: string): bigint | null {
    const amount = readAmount(text, this.#conventions.decimalMark, this.#currency)
    return typeof amount === "bigint" ? amount : null
  }

  #rowOf(cells: ReadonlyArray<string>, line: number, raw: string): StatementRow {
    const { columns, shape } = this.#layout
    const rejected = (reason: RowReason): StatementRow => ({ _tag: "Rejected", line, reason, raw })
    const skipped = (code: "pending" | "footer"): StatementRow => ({ _tag: "Skipped", line, reason: { code, params: {} }, raw })

    if (isRagged(cells, shape.cells)) {
      if (this.#isFooter(cells)) return skipped("footer")
      return rejected({ code: "ragged-row", params: { columns: String(cells.length), expected: String(shape.cells[0]) } })
    }
    if (this.#isPending(cells)) return skipped("pending")
    const booking_date = this.#day(cells[columns.booking_date]!)
    if (booking_date === null) {
      if (this.#isFooter(cells)) return skipped("footer")
      return rejected({ code: "invalid-date", params: { text: clean(cells[columns.booking_date]!, 60) } })
    }
    const amount = this.#moneyIn(cells)
    if (typeof amount !== "bigint") return rejected(amount)
    if (amount === 0n) return rejected({ code: "zero-amount", params: {} })
    const other = this.#otherCurrency(cells)
    if (other !== null) return rejected({ code: "wrong-currency", params: { file: other, account: this.#currency } })
    const description = this.#description(cells)
    if (description === "") return rejected({ code: "missing-description", params: {} })
    return {
      _tag: "Line",
      line,
      booking_date,
      value_date: columns.value_date === null ? null : this.#day(cells[columns.value_date]!),
      amount,
      currency: this.#currency,
      description,
      external_id: (columns.external_id !== null && clean(cells[columns.external_id]!)) || null,
      raw
    }
  }

  #day(text: string): Day | null {
    const known = this.#days.get(text)
    if (known !== undefined) return known
    if (text === "") return null
    const day = readDay(text, this.#conventions.monthFirst)
    if (day !== null) this.#days.set(text, day)
    return day
  }

  /** The row's amount, negative when money went out. */
  #moneyIn(cells: ReadonlyArray<string>): bigint | RowReason {
    const { amount, money_in, money_out } = this.#layout.columns
    if (amount !== null) return this.#read(cells[amount]!)
    const [into, out] = [cells[money_in!]!, cells[money_out!]!]
    if (isBlank(out)) return this.#inward(into)
    if (isBlank(into)) return this.#outward(out)
    const [inward, outward] = [this.#inward(into), this.#outward(out)]
    if (typeof inward !== "bigint" || outward === 0n) return inward
    if (typeof outward !== "bigint" || inward === 0n) return outward
    return { code: "both-amounts", params: { in: clean(into, 60), out: clean(out, 60) } }
  }

  #inward(text: string): bigint | RowReason {
    const amount = this.#read(text)
    // neither column says what a minus among money in would mean, so nobody guesses
    return typeof amount === "bigint" && amount < 0n ? { code: "invalid-amount", params: { text: clean(text, 60) } } : amount
  }

  #outward(text: string): bigint | RowReason {
    const amount = this.#read(text)
    if (typeof amount !== "bigint" || amount === 0n) return amount
    if (amount < 0n !== this.#conventions.outIsNegative) return { code: "invalid-amount", params: { text: clean(text, 60) } }
    return amount < 0n ? amount : -amount
  }

  #read(text: string): bigint | RowReason {
    if (isBlank(text)) return { code: "missing-amount", params: {} }
    return readAmount(text, this.#conventions.decimalMark, this.#currency)
  }

  #otherCurrency(cells: ReadonlyArray<string>): string | null {
    const { currency } = this.#layout.columns
    if (currency === null) return null
    const stated = cells[currency]!
    if (stated === this.#currency || isBlank(stated)) return null
    const code = clean(stated, 20).toUpperCase()
    return code === this.#currency ? null : code
  }

  #description(cells: ReadonlyArray<string>): string {
    for (const column of this.#layout.columns.description) {
      const text = clean(cells[column]!)
      if (text !== "") return text
    }
    return ""
  }

  #isPending(cells: ReadonlyArray<string>): boolean {
    for (const { role, text } of this.#layout.preset.pending) {
      const column = this.#columnOf(role)
      if (column !== null && text.test(cells[column]!)) return true
    }
    return false
  }

  #columnOf(role: Role): number | null {
    const { columns } = this.#layout
    if (role === "description") return columns.description[0]!
    return role === "rate" ? null : columns[role]
  }

  /** A row with a date is never a footer: a shop may be called Total. */
  #isFooter(cells: ReadonlyArray<string>): boolean {
    if (this.#day(cells[this.#layout.columns.booking_date] ?? "") !== null) return false
    const first = cells.map((cell) => clean(cell, 200)).find((cell) => cell !== "")
    return first !== undefined && this.#layout.preset.footer.test(first)
  }
}

const isBlank = (text: string): boolean => text === "" || text.trim() === ""

/** Too few cells, or more than the header has, unless the ones too many are empty. */
const isRagged = (cells: ReadonlyArray<string>, [named]: readonly [number, number]): boolean => {
  if (cells.length < named) return true
  for (let extra = named; extra < cells.length; extra++) if (!isBlank(cells[extra]!)) return true
  return false
}
