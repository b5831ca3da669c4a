/**
 * CsvRecords: the records of a CSV text one by one, without ever holding more than one of them.
 *
 *   "28.02.2025";"KIWI ""Torget""";="001"⏎          a record: start … end, its line break left out
 *   "27.02.2025";"Avdrag⏎Renter";"-3,00"⏎           a line break inside quotes belongs to the field
 *   27.02.2025;"KIWI;-3,00⏎                         a quote that nobody closes: this line alone is broken
 *
 * RFC 4180, and what banks do beyond it: any of CRLF, LF and CR ends a line; a quote inside a quoted field may stand undoubled
 * where no separator or line end follows it; `="…"` (Excel's way to say text) is a quoted field. It is our own because a
 * record's physical line and exact text are wanted, one record at a time, and because a broken quote may cost one line only.
 *
 * Invariants
 *  1. Every line of the text that is not blank belongs to exactly one record, in order. Blank: separators, quotes, white space only.
 *  2. Where a record ends depends on the text from its start and on the shape only: counting and reading see the same records.
 *  3. One stray quote costs one line, which is a broken record by itself; the next line starts anew. A quote counts as stray when
 *     nothing closes it, when a field seems to begin inside its field (`;"`), when its field holds both a line break and an
 *     undoubled quote, and when its record runs over several lines and has not as many cells as the header.
 */

export interface Shape {
  readonly separator: string
  /** The fewest and the most cells that a record over several lines may have. */
  readonly cells: readonly [fewest: number, most: number]
}

/** The most line breaks a quoted field may hold; a bank's longest message stays far below. It bounds the search for a closing quote. */
const maxBreaks = 16

/** What stands beyond this many cells is part of the last one: a megabyte of separators is no reason to keep a list of them. */
const maxCells = 1000

const quote = 0x22
const equals = 0x3d
const space = 0x20
const lineFeed = 0x0a
const carriageReturn = 0x0d

export class RecordCursor {
  /** Where the record at hand begins and ends in the text: UTF-16 offsets, the end exclusive and before the line break. */
  start = 0
  end = 0
  /** The physical line on which the record at hand begins, counted as the caller began. */
  line = 0
  /** Whether the record at hand is the first line of what an unclosed quote would have swallowed. */
  broken = false

  readonly #text: string
  readonly #separator: number
  readonly #shape: Shape["cells"]
  #next: number
  #nextLine: number
  #breaks = 0
  #doubled = false
  /** Where the cells of the record at hand begin and end; a start is inverted where the cell holds doubled quotes. */
  readonly #starts: Array<number> = []
  readonly #ends: Array<number> = []
  #cells = 0

  constructor(text: string, shape: Shape, from: { readonly offset: number; readonly line: number }) {
    this.#text = text
    this.#separator = shape.separator.charCodeAt(0)
    this.#shape = shape.cells
    this.#next = from.offset
    this.#nextLine = from.line
  }

  /** Where the record after this one begins. */
  get next(): { readonly offset: number; readonly line: number } {
    return { offset: this.#next, line: this.#nextLine }
  }

  /** Moves to the next record that is not blank; false when there is none. */
  advance(): boolean {
    while (this.#next < this.#text.length) {
      this.#take()
      if (!this.#isBlank()) return true
    }
    return false
  }

  /** The record's fields, unquoted and otherwise as they stand. A broken record is one field. */
  cells(): Array<string> {
    const cells: Array<string> = []
    for (let cell = 0; cell < this.#cells; cell++) {
      const start = this.#starts[cell]!
      const end = this.#ends[cell]!
      cells.push(start >= 0 ? this.#text.slice(start, end) : this.#text.slice(~start, end).replaceAll('""', '"'))
    }
    return cells
  }

  #take(): void {
    const text = this.#text
    const length = text.length
    const separator = this.#separator
    this.start = this.#next
    this.line = this.#nextLine
    this.#breaks = 0
    this.#cells = 0
    let from = this.start
    let close = -1
    let fresh = true
    let at = this.start
    for (; ; at++) {
      const code = at < length ? text.charCodeAt(at) : lineFeed
      if (code === separator || code === lineFeed || code === carriageReturn) {
        this.#endCell(from, close === -1 ? at : close)
        if (code !== separator) break
        from = at + 1
        close = -1
        fresh = true
      } else if (fresh && code !== space) {
        fresh = false
        const opened = this.#opened(at)
        if (opened === -1) continue
        close = this.#closing(opened)
        if (close === -1) return this.#endBroken()
        from = opened
        at = close
      }
    }
    if (this.#breaks > 0 && (this.#cells < this.#shape[0] || this.#cells > this.#shape[1])) return this.#endBroken()
    this.broken = false
    this.#endAt(at, this.#breaks)
  }

  #endCell(from: number, until: number): void {
    if (this.#cells === maxCells) {
      this.#ends[maxCells - 1] = until
      return
    }
    this.#starts[this.#cells] = this.#doubled ? ~from : from
    this.#ends[this.#cells] = until
    this.#cells++
    this.#doubled = false
  }

  #endBroken(): void {
    const end = this.#lineEnd(this.start)
    this.broken = true
    this.#doubled = false
    this.#cells = 0
    this.#endCell(this.start, end)
    this.#endAt(end, 0)
  }

  #endAt(end: number, breaks: number): void {
    this.end = end
    const pair = this.#text.charCodeAt(end) === carriageReturn && this.#text.charCodeAt(end + 1) === lineFeed
    this.#next = end + (pair ? 2 : 1)
    this.#nextLine = this.line + breaks + 1
  }

  #lineEnd(from: number): number {
    let at = from
    for (; at < this.#text.length; at++) {
      const code = this.#text.charCodeAt(at)
      if (code === lineFeed || code === carriageReturn) break
    }
    return at
  }

  /** Where the text of a quoted field that starts here begins, or -1 where the field is a bare one. */
  #opened(at: number): number {
    const code = this.#text.charCodeAt(at)
    if (code === quote) return at + 1
    return code === equals && this.#text.charCodeAt(at + 1) === quote ? at + 2 : -1
  }

  /** Where the quote stands that closes a field whose text begins here, or -1. Counts the line breaks on its way. */
  #closing(from: number): number {
    const text = this.#text
    const length = text.length
    const breaksBefore = this.#breaks
    let undoubled = false
    for (let at = from; at < length; at++) {
      const code = text.charCodeAt(at)
      if (code > quote) continue
      if (code === quote) {
        if (text.charCodeAt(at + 1) === quote) {
          this.#doubled = true
          at++
        } else if (this.#endsField(at + 1)) {
          return undoubled && this.#breaks > breaksBefore ? -1 : at
        } else if (text.charCodeAt(at - 1) === this.#separator) {
          return -1
        } else {
          undoubled = true
        }
      } else if (code === lineFeed || (code === carriageReturn && text.charCodeAt(at + 1) !== lineFeed)) {
        if (++this.#breaks > maxBreaks) return -1
      }
    }
    return -1
  }

  #endsField(from: number): boolean {
    const at = this.#pastSpaces(from)
    if (at >= this.#text.length) return true
    const code = this.#text.charCodeAt(at)
    return code === this.#separator || code === lineFeed || code === carriageReturn
  }

  #pastSpaces(from: number): number {
    let at = from
    while (this.#text.charCodeAt(at) === space) at++
    return at
  }

  #isBlank(): boolean {
    for (let at = this.start; at < this.end; at++) {
      const code = this.#text.charCodeAt(at)
      if (code !== this.#separator && code !== quote && code !== space && !isRareBlank(code)) return false
    }
    return true
  }
}

/** Tab, NUL, no-break spaces, and U+001A, with which DOS programs end a file. */
const isRareBlank = (code: number): boolean =>
  code === 0x09 || code === 0x00 || code === 0xa0 || code === 0x202f || code === 0x1a || code === 0xfeff || isBreak(code)

const isBreak = (code: number): boolean => code === lineFeed || code === carriageReturn
