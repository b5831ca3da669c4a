import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { readFileSync } from "node:fs"
import { decode } from "./FileText.ts"
import type { StatementRow } from "./Statement.ts"
import { parse } from "./StatementFile.ts"

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** Words that have tripped parsers: quotes, separators, numbers, dates, and Norwegian letters. */
const words = [
  "KIWI",
  "Rema 1000",
  '"Torget"',
  "a;b",
  "x,y",
  "|",
  "=1+1",
  "Ærlig",
  "ØST",
  "på",
  "dd.mm",
  "12,50",
  "01.02",
  "'",
  "Kurs: 1.0000",
  '"'
]

const Line = Schema.Struct({
  day: between(0, 40_000),
  øre: between(-999_999_999, 999_999_999),
  text: Schema.Array(Schema.Literals(words)).check(Schema.isMaxLength(5))
})
type Line = typeof Line.Type

const Manner = Schema.Struct({
  bank: Schema.Literals(["dnb", "dnb-older", "sparebank1", "nordea", "sbanken", "signed", "apart"]),
  encoding: Schema.Literals(["utf-8", "utf-8 with mark", "utf-16le", "windows-1252"]),
  end: Schema.Literals(["\n", "\r\n", "\r"]),
  quoting: Schema.Literals(["all", "needed"]),
  separator: Schema.Literals([";", "\t", ",", "|"]),
  mark: Schema.Literals([",", "."]),
  grouping: Schema.Literals(["", " ", "\u00a0", "'", "other"]),
  sign: Schema.Literals(["before", "after", "real minus"]),
  currency: Schema.Literals(["", " kr", " NOK"]),
  breaks: Schema.Boolean,
  closed: Schema.Boolean
})
type Manner = typeof Manner.Type

/** The day so many days after 1990 began, as year, month, day. */
const ymd = (day: number): readonly [string, string, string] => {
  const [year, month, date] = new Date(Date.UTC(1990, 0, 1 + day)).toISOString().slice(0, 10).split("-")
  return [year!, month!, date!]
}

const dotted = (day: number): string => ymd(day).toReversed().join(".")

const amountText = (øre: number, { mark, grouping, sign, currency, encoding }: Manner): string => {
  const digits = String(Math.abs(øre)).padStart(3, "0")
  const group = grouping === "other" ? (mark === "," ? "." : ",") : grouping
  const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, group)
  const number = `${whole}${mark}${digits.slice(-2)}`
  if (øre >= 0) return number + currency
  if (sign === "after") return `${number}-${currency}`
  return (sign === "before" || encoding === "windows-1252" ? "-" : "\u2212") + number + currency
}

/** As DNB writes now: no more decimals than needed, a point, no grouping. */
const bare = (øre: number): string => String(BigInt(øre) / 100n) + `.${String(øre % 100).padStart(2, "0")}`.replace(/\.?0+$/, "")

/** A bank's header and how it fills a row. */
const banks: Readonly<
  Record<Manner["bank"], { header: string; row: (line: Line, text: string, manner: Manner) => ReadonlyArray<string> }>
> = {
  dnb: {
    header: "Dato;Forklaring;Rentedato;Ut fra konto;Inn på konto",
    row: ({ day, øre }, text) => [dotted(day), text, dotted(day), øre < 0 ? bare(-øre) : "", øre > 0 ? bare(øre) : ""]
  },
  "dnb-older": {
    header: "Dato;Forklaring;Rentedato;Uttak;Innskudd",
    row: ({ day, øre }, text, manner) => [
      dotted(day),
      text,
      dotted(day),
      øre < 0 ? amountText(-øre, manner) : "",
      øre > 0 ? amountText(øre, manner) : ""
    ]
  },
  sparebank1: {
    header: "Dato;Beskrivelse;Rentedato;Inn;Ut;Til konto;Fra konto;",
    row: ({ day, øre }, text, manner) => [
      dotted(day),
      text,
      "",
      øre > 0 ? amountText(øre, manner) : "",
      øre < 0 ? amountText(øre, manner) : "",
      "12345678901",
      "",
      ""
    ]
  },
  nordea: {
    header: "Bokføringsdato;Beløp;Avsender;Mottaker;Navn;Tittel;Valuta;Betalingstype",
    row: ({ day, øre }, text, manner) => [ymd(day).join("/"), amountText(øre, manner), "", "", "Kari", text, "NOK", "Varekjøp"]
  },
  sbanken: {
    header: "BOKFØRINGSDATO;RENTEDATO;ARKIVREFERANSE;TYPE;TEKST;UT FRA KONTO;INN PÅ KONTO",
    row: ({ day, øre }, text, manner) => [
      dotted(day),
      dotted(day),
      "1",
      "VARER",
      text,
      øre < 0 ? amountText(-øre, manner) : "",
      øre > 0 ? amountText(øre, manner) : ""
    ]
  },
  signed: {
    header: "Booking date;Amount (NOK);Description",
    row: ({ day, øre }, text, manner) => [ymd(day).join("-"), amountText(øre, manner), text]
  },
  apart: {
    header: "Datum;Text;Insättningar;Uttag",
    row: ({ day, øre }, text, manner) => [
      ymd(day).join("-"),
      text,
      øre > 0 ? amountText(øre, manner) : "0,00",
      øre < 0 ? amountText(øre, manner) : "0,00"
    ]
  }
}

const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`

const isSpecial = /^[=]?"|["\n\r;,|\t]/

const write = (lines: ReadonlyArray<Line>, manner: Manner): Uint8Array => {
  const { header, row } = banks[manner.bank]
  const rows = lines.map((line) => {
    const text = manner.breaks ? descriptionOf(line).replace(" ", manner.end) : descriptionOf(line)
    const cells = row(line, text, manner)
    return cells.map((cell) => (manner.quoting === "all" || isSpecial.test(cell) ? quoted(cell) : cell)).join(manner.separator)
  })
  const text = [header.replaceAll(";", manner.separator), ...rows].join(manner.end) + (manner.closed ? manner.end : "")
  if (manner.encoding === "windows-1252") return Buffer.from(text, "latin1")
  if (manner.encoding === "utf-16le") return Buffer.from(`\ufeff${text}`, "utf16le")
  return Buffer.from(manner.encoding === "utf-8" ? text : `\ufeff${text}`)
}

const descriptionOf = ({ text }: Line): string => ["Kjøp", ...text].join(" ")

const read = (bytes: Uint8Array) => parse(bytes, { filename: null, currency: "NOK" })

describe("any ledger, written as any bank writes", () => {
  it.effect.prop(
    "comes back line for line, and its sum to the øre",
    { ledger: Schema.Array(Line).check(Schema.isMaxLength(30)), manner: Manner },
    ({ ledger, manner }) =>
      Effect.gen(function* () {
        const lines = ledger.filter(({ øre }) => øre !== 0)
        const statement = yield* read(write(lines, manner))
        const rows = [...statement.rows]
        assert.deepStrictEqual(
          rows.map((row) =>
            row._tag === "Line" ? [row.booking_date, row.amount, row.description] : [row.line, row.reason, row.raw]
          ),
          lines.map((line) => [ymd(line.day).join("-"), BigInt(line.øre), descriptionOf(line)])
        )
        assert.strictEqual(statement.rows_total, lines.length)
        const total = rows.reduce((sum, row) => sum + (row._tag === "Line" ? row.amount : 0n), 0n)
        assert.strictEqual(total, BigInt(lines.reduce((sum, { øre }) => sum + øre, 0)))
        const perRow = manner.breaks ? lines.map((line) => (line.text.length > 0 ? 2 : 1)) : lines.map(() => 1)
        const expected = perRow.map((_, at) => 2 + perRow.slice(0, at).reduce((sum, height) => sum + height, 0))
        assert.deepStrictEqual(
          rows.map(({ line }) => line),
          expected
        )
      }),
    { arbitrary: { runs: 500 } }
  )
})

const originals = [
  "sparebank1.csv",
  "dnb.csv",
  "dnb-older.txt",
  "nordea.csv",
  "sbanken.tsv",
  "utfort-dato.csv",
  "danske.csv"
].map((name) => readFileSync(new URL(`fixtures/${name}`, import.meta.url)))

/** What a wrong hand, a wrong program or a broken line puts into a file. */
const debris = [
  '"',
  '""',
  '="',
  ";",
  ",",
  "\t",
  "\n",
  "\r",
  "\r\n",
  "\0",
  "\u2212",
  "\ufeff",
  "Ã¸",
  "1,234",
  "€",
  " ",
  "saldo",
  "9".repeat(20)
]

const Damage = Schema.Struct({ at: between(0, 2000), cut: between(0, 40), put: Schema.Literals(debris) })

const nothing = /^[\s\p{Cc}";,|]*$/u

/** Every row of the file's text comes out once: between one row's raw text and the next there is nothing. */
const assertWhole = (text: string, rows: ReadonlyArray<StatementRow>): void => {
  let end = 0
  for (const [index, { raw, line }] of rows.entries()) {
    const start = index === 0 ? offsetOfLine(text, line) : text.indexOf(raw, end)
    assert.isTrue(text.startsWith(raw, start), `row ${index} stands in the file`)
    if (index > 0) assert.match(text.slice(end, start), nothing)
    assert.strictEqual(text.slice(0, start).split(/\r\n|\n|\r/).length, line)
    end = start + raw.length
  }
  if (rows.length > 0) assert.match(text.slice(end), nothing)
}

const offsetOfLine = (text: string, line: number): number => {
  const lineBreak = /\r\n|\n|\r/g
  for (let at = 1; at < line; at++) lineBreak.exec(text)
  return lineBreak.lastIndex
}

const assertReadOrRefused = (bytes: Uint8Array) =>
  Effect.gen(function* () {
    const parsed = yield* Effect.result(read(bytes))
    if (Result.isFailure(parsed)) return assert.strictEqual(parsed.failure._tag, "StatementRefused")
    const rows = [...parsed.success.rows]
    assert.strictEqual(rows.length, parsed.success.rows_total)
    assertWhole(Result.getOrThrow(decode(bytes)), rows)
    for (const row of rows) {
      if (row._tag !== "Line") continue
      assert.notStrictEqual(row.amount, 0n)
      assert.notMatch(row.description, /^$|\p{Cc}|\s\s|^\s|\s$/u)
    }
  })

describe("any bytes at all", () => {
  it.effect.prop(
    "are refused with a reason, or every row comes out once, in order, under its own line number",
    { bytes: Schema.Array(between(0, 255)) },
    ({ bytes }) => assertReadOrRefused(Uint8Array.from(bytes)),
    { arbitrary: { runs: 300 } }
  )

  it.effect.prop(
    "also when a bank's file was damaged on its way",
    { file: between(0, originals.length - 1), damages: Schema.Array(Damage).check(Schema.isMaxLength(8)) },
    ({ file, damages }) => {
      let bytes = originals[file]!
      for (const { at, cut, put } of damages) {
        const from = at % bytes.length
        bytes = Buffer.concat([bytes.subarray(0, from), Buffer.from(put), bytes.subarray(from + cut)])
      }
      return assertReadOrRefused(bytes)
    },
    { arbitrary: { runs: 1000 } }
  )
})
