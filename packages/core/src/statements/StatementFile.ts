/**
 * StatementFile: a bank's file, as bytes, read as the statement it is.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { closingBalance, lookedAt } from "./ClosingBalance.ts"
import { RecordCursor } from "./CsvRecords.ts"
import { decode } from "./FileText.ts"
import { conventionsOf, findLayout, type Layout, type Place } from "./Layout.ts"
import { RowReader } from "./RowReader.ts"
import { maxRows, StatementRefused, type Statement, type StatementRow } from "./Statement.ts"

export interface ParseOptions {
  /** What the person's file is called; told back to them when it is refused. */
  readonly filename: string | null
  /** The account's currency, ISO 4217. Rows in another are rejected. */
  readonly currency: string
}

/**
 * The statement that the bytes are. Only the header, a sample, the ends and the number of rows are read here; the rows themselves
 * are parsed one by one as `rows` is iterated, from the start each time. Rows keep the file's text alive: let go of them, or
 * copy what is kept.
 */
export const parse = (bytes: Uint8Array, options: ParseOptions): Effect.Effect<Statement, StatementRefused> =>
  Effect.suspend(() => Effect.fromResult(Result.flatMap(decode(bytes), (text) => statementOf(text, options))))

const statementOf = (text: string, options: ParseOptions): Result.Result<Statement, StatementRefused> =>
  Result.flatMap(findLayout(text, options.filename), (layout) =>
    Result.map(count(text, layout), (counted) => {
      const conventions = conventionsOf(text, layout, counted.rows_total)
      const reader = new RowReader(text, layout, conventions, options.currency)
      return {
        format: "csv",
        preset: layout.preset.name,
        rows_total: counted.rows_total,
        rows: { [Symbol.iterator]: () => rowsOf(text, layout, reader) },
        closing_balance: closingBalance(text, layout, reader, counted)
      }
    })
  )

function* rowsOf(text: string, layout: Layout, reader: RowReader): Generator<StatementRow, void> {
  const cursor = new RecordCursor(text, layout.shape, layout.body)
  while (cursor.advance()) yield reader.read(cursor)
}

interface Count {
  readonly rows_total: number
  /** Where the last rows of the file begin, at most `lookedAt` of them. */
  readonly tail: Place
}

const count = (text: string, layout: Layout): Result.Result<Count, StatementRefused> => {
  const cursor = new RecordCursor(text, layout.shape, layout.body)
  const last: Array<Place> = Array.from({ length: lookedAt }, () => layout.body)
  let rows_total = 0
  while (cursor.advance()) {
    last[rows_total % lookedAt] = { offset: cursor.start, line: cursor.line }
    if (++rows_total > maxRows) {
      const detail = `The file has more than ${maxRows} rows. Export a shorter period at a time.`
      return Result.fail(new StatementRefused({ reason: "too-many-rows", detail }))
    }
  }
  const oldest = rows_total < lookedAt ? 0 : rows_total % lookedAt
  return Result.succeed({ rows_total, tail: last[oldest]! })
}
