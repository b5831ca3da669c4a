/**
 * ClosingBalance: the account's balance after the last line by date, as the file itself states it.
 *
 * A closing-balance footer with a date says it outright. Otherwise the balance column does: banks list newest first or newest
 * last, and the row at that end is taken only if its balance less its amount is its neighbour's balance, so that a file sorted
 * in some other way, or filtered, states nothing rather than something untrue.
 */
import type { Day } from "../ledger/Day.ts"
import { clean } from "./BankText.ts"
import { RecordCursor } from "./CsvRecords.ts"
import { readDay } from "./DayText.ts"
import type { Layout, Place } from "./Layout.ts"
import type { RowReader } from "./RowReader.ts"
import type { Statement } from "./Statement.ts"

/** How many rows at each end of the file are looked at. */
export const lookedAt = 16

/** Of a file with so many rows; `tail` is where the last `lookedAt` of them, or all where there are fewer, begin. */
export const closingBalance = (
  text: string,
  layout: Layout,
  reader: RowReader,
  { rows_total, tail }: { readonly rows_total: number; readonly tail: Place }
): Statement["closing_balance"] => {
  const rows = Math.min(lookedAt, rows_total)
  const last = rowsFrom(text, layout, reader, tail, rows)
  if (last.footer !== null) return last.footer
  if (layout.columns.balance === null) return null
  const first = rowsFrom(text, layout, reader, layout.body, rows)
  const [top, second] = first.rows
  const [beforeBottom, bottom] = last.rows.slice(-2)
  if (top === undefined) return null
  if (second === undefined || beforeBottom === undefined || bottom === undefined) {
    return second === undefined && last.rows.length <= 1 ? { on: top.day, amount: top.balance } : null
  }
  const newestFirst = top.day >= bottom.day && top.balance - top.amount === second.balance
  const newestLast = bottom.day >= top.day && bottom.balance - bottom.amount === beforeBottom.balance
  if (newestFirst === newestLast) return null
  return newestFirst ? { on: top.day, amount: top.balance } : { on: bottom.day, amount: bottom.balance }
}

interface Balanced {
  readonly day: Day
  readonly amount: bigint
  readonly balance: bigint
}

const rowsFrom = (text: string, layout: Layout, reader: RowReader, place: Place, most: number) => {
  const rows: Array<Balanced> = []
  let footer: Statement["closing_balance"] = null
  const cursor = new RecordCursor(text, layout.shape, place)
  for (let count = 0; count < most && cursor.advance(); count++) {
    const row = reader.read(cursor)
    if (row._tag === "Rejected") continue
    const cells = cursor.cells()
    if (row._tag === "Skipped") {
      footer = stated(cells, reader) ?? footer
      continue
    }
    const balance = reader.balance(cells)
    if (balance !== null) rows.push({ day: row.booking_date, amount: row.amount, balance })
  }
  return { rows, footer }
}

const closing = /^(?:utgående|udgående|closing)\s+(?:saldo|balance)\b.*?(\d[\d./-]*\d)/i

const stated = (cells: ReadonlyArray<string>, reader: RowReader): Statement["closing_balance"] => {
  const on = readDay(closing.exec(clean(cells[0]!, 200))?.[1] ?? "", false)
  if (on === null) return null
  const amount = cells
    .slice(1)
    .map((cell) => reader.amount(cell))
    .find((amount) => amount !== null)
  return amount === undefined ? null : { on, amount }
}
