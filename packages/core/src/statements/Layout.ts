/**
 * Layout: which bank's layout a text is in, where its header stands, and what its columns show about how they are written.
 */
import * as Result from "effect/Result"
import { isNegative, markShownBy, type DecimalMark } from "./AmountText.ts"
import { clean } from "./BankText.ts"
import { RecordCursor, type Shape } from "./CsvRecords.ts"
import { slashedOrder } from "./DayText.ts"
import { matchHeader, plainHeader, type Columns, type Part, type Preset } from "./Preset.ts"
import { presets } from "./presets/Presets.ts"
import { StatementRefused } from "./Statement.ts"

/** A place in the text: a UTF-16 offset and the physical line it is on. */
export interface Place {
  readonly offset: number
  readonly line: number
}

export interface Layout {
  readonly preset: Preset
  readonly shape: Shape
  readonly columns: Columns
  /** Where the first record after the header begins. */
  readonly body: Place
}

/** What the columns show about how the bank writes, seen in the file's first rows. */
export interface Conventions {
  /** Null where the amounts show none, or both. */
  readonly decimalMark: DecimalMark | null
  /** Whether dates between slashes have the month first. */
  readonly monthFirst: boolean
  /** Whether amounts in a column for money out carry a minus. */
  readonly outIsNegative: boolean
}

/** Banks put a title and the account's name before the header; none was seen to need more lines than this. */
const headerLines = 30

const longestHeader = 8192
const longestName = 80
const mostColumns = 100

/** How many rows are asked how the bank writes. */
const sampled = 1000

const separators = [";", "\t", ",", "|"]

const anyShape = [1, Number.MAX_SAFE_INTEGER] as const

/** The layout of the first line that is a header of one; refused with what was looked for where no line is. */
export const findLayout = (text: string, filename: string | null): Result.Result<Layout, StatementRefused> => {
  let closest: Closest | null = null
  for (const place of firstLines(text)) {
    for (const separator of separators) {
      const attempt = layoutAt(text, separator, place)
      if (attempt._tag === "Layout") return Result.succeed(attempt.layout)
      const { missing } = attempt
      if (closest === null || missing.length < closest.missing.length) closest = { line: place.line, missing }
    }
  }
  return Result.fail(new StatementRefused({ reason: "not-a-statement", detail: lookedFor(closest, filename) }))
}

/** What the file's first rows, of so many in all, show about how its bank writes. */
export const conventionsOf = (text: string, { shape, columns, body }: Layout, rows_total: number): Conventions => {
  const rows = Math.min(sampled, rows_total)
  const marks = new Set<DecimalMark>()
  const orders = new Set<"day-first" | "month-first">()
  let negative = 0
  let positive = 0
  const cursor = new RecordCursor(text, shape, body)
  const amounts = [columns.amount, columns.money_in, columns.money_out, columns.balance].filter((column) => column !== null)
  for (let count = 0; count < rows && cursor.advance(); count++) {
    const cells = cursor.broken ? [] : cursor.cells()
    if (cells.length < shape.cells[0]) continue
    for (const column of amounts) {
      const mark = markShownBy(cells[column] ?? "")
      if (mark !== null) marks.add(mark)
    }
    const order = slashedOrder(cells[columns.booking_date] ?? "")
    if (order !== null) orders.add(order)
    const out = columns.money_out === null ? "" : (cells[columns.money_out] ?? "")
    if (isNegative(out)) negative++
    else if (/[1-9]/.test(out)) positive++
  }
  return {
    decimalMark: marks.size === 1 ? [...marks][0]! : null,
    monthFirst: orders.has("month-first") && !orders.has("day-first"),
    outIsNegative: negative > 0 && negative >= positive
  }
}

/** Where the file's first lines begin. */
function* firstLines(text: string): Generator<Place, void> {
  const lineBreak = /\r\n|\n|\r/g
  for (let line = 1; line <= headerLines; line++) {
    const offset = lineBreak.lastIndex
    const found = lineBreak.exec(text)
    if ((found?.index ?? text.length) - offset <= longestHeader) yield { offset, line }
    if (found === null) return
  }
}

interface Closest {
  readonly line: number
  readonly missing: ReadonlyArray<Part>
}

type Attempt =
  { readonly _tag: "Layout"; readonly layout: Layout } | { readonly _tag: "None"; readonly missing: ReadonlyArray<Part> }

const layoutAt = (text: string, separator: string, place: Place): Attempt => {
  const cursor = new RecordCursor(text, { separator, cells: anyShape }, place)
  if (!cursor.advance() || cursor.broken || cursor.next.line !== place.line + 1) return { _tag: "None", missing: everyPart }
  const cells = cursor.cells()
  if (cells.length > mostColumns) return { _tag: "None", missing: everyPart }
  const headers = cells.map((cell) => plainHeader(cell.slice(0, longestName)))
  let missing: ReadonlyArray<Part> = everyPart
  for (const preset of presets) {
    const match = matchHeader(preset, headers)
    if (match._tag === "Matched") {
      const named = headers.findLastIndex((header) => header !== "") + 1
      const shape: Shape = { separator, cells: [named, headers.length + 1] }
      return { _tag: "Layout", layout: { preset, shape, columns: match.columns, body: cursor.next } }
    }
    missing = match.parts
  }
  return { _tag: "None", missing }
}

const everyPart: ReadonlyArray<Part> = ["date", "description", "amount"]

const lookedFor = (closest: Closest | null, filename: string | null): string => {
  const file = filename === null ? "The file" : clean(filename, 100)
  const banks = presets.map(({ name }) => name).join(", ")
  const looked =
    `${file} is in none of the layouts known (${banks}). Looked in its first ${headerLines} lines for a header that names a date ` +
    `(dato, bokført dato, datum, date), a description (beskrivelse, forklaring, tekst, text, description) and an amount (beløp, ` +
    `belopp, amount, or one column for money in and one for money out), separated by semicolon, tab, comma or bar.`
  if (closest === null || closest.missing.length === everyPart.length) return looked
  return `${looked} Line ${closest.line} comes closest; it lacks: ${closest.missing.join(", ")}.`
}
