/**
 * Statement: what a bank's file says, row by row, whatever the bank.
 *
 * A file is either a statement, and then every one of its data rows comes out once, as a line, a rejected row with its line
 * number and reason, or a skipped row (footers, pending reservations that the bank will send again as booked); or it is refused
 * whole, with a reason a person can act on. Nothing in between: no row is dropped in silence.
 */
import * as Schema from "effect/Schema"
import type { Day } from "../ledger/Day.ts"

/** One booked line of an account, as the bank wrote it. */
export interface StatementLine {
  readonly _tag: "Line"
  /** Where the row begins in the file, counting from 1, as a text editor shows it. */
  readonly line: number
  readonly booking_date: Day
  readonly value_date: Day | null
  /** Minor units; negative is money out. Never zero. */
  readonly amount: bigint
  readonly currency: string
  readonly description: string
  /** The bank's own id of the line, where its export carries one. */
  readonly external_id: string | null
  /** The row's text exactly as it stands in the file. */
  readonly raw: string
}

export interface RejectedRow {
  readonly _tag: "Rejected"
  readonly line: number
  readonly reason: RowReason
  readonly raw: string
}

export interface SkippedRow {
  readonly _tag: "Skipped"
  readonly line: number
  readonly reason: RowReason
  readonly raw: string
}

export type StatementRow = StatementLine | RejectedRow | SkippedRow

/** A code with what it is about, told in the reader's language at the edge. */
export interface RowReason {
  readonly code:
    | "invalid-date"
    | "invalid-amount"
    | "zero-amount"
    | "both-amounts"
    | "missing-amount"
    | "missing-description"
    | "wrong-currency"
    | "ragged-row"
    | "pending"
    | "footer"
    | "unterminated-quote"
  readonly params: Readonly<Record<string, string>>
}

export interface Statement {
  /** The file format: `csv`. */
  readonly format: string
  /** Which layout it was read as, a name in presets/: `dnb`, `sparebank1`, `nordea`, `sbanken`, `generic`. */
  readonly preset: string
  /** Data rows in the file, counted before any is read. */
  readonly rows_total: number
  /** Every data row once, in file order, parsed as they are asked for so that a large file never holds up the process. */
  readonly rows: Iterable<StatementRow>
  /** The account's balance after the last line by date, where the file states one. */
  readonly closing_balance: { readonly on: Day; readonly amount: bigint } | null
}

/** The file as a whole cannot be taken; nothing of it was stored. */
export class StatementRefused extends Schema.TaggedError<StatementRefused>()("StatementRefused", {
  reason: Schema.Literals(["empty", "binary", "too-large", "too-many-rows", "not-a-statement", "wrong-encoding"]),
  detail: Schema.String
}) {}

export const maxBytes = 25 * 1024 * 1024
export const maxRows = 250_000
