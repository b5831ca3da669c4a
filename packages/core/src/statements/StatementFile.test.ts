import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"
import { maxBytes, maxRows, type StatementRow } from "./Statement.ts"
import { parse } from "./StatementFile.ts"

const read = (bytes: Uint8Array | string, currency = "NOK", filename: string | null = null) =>
  parse(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes, { filename, currency })

const fixture = (name: string, currency = "NOK") =>
  Effect.map(read(readFileSync(new URL(`fixtures/${name}`, import.meta.url)), currency, name), (statement) => {
    const rows = [...statement.rows]
    assert.strictEqual(rows.length, statement.rows_total)
    return { ...statement, rows }
  })

/** A row in one short text: `2 2025-02-28 -34856 KIWI MAJORSTUEN`, or its line and why it is none. */
const told = (row: StatementRow): string =>
  row._tag === "Line"
    ? `${row.line} ${row.booking_date} ${row.amount} ${row.description}`
    : `${row.line} ${row._tag.toLowerCase()} ${row.reason.code}`

const rowsOf = (file: string, currency?: string) => Effect.map(read(file, currency), ({ rows }) => [...rows])

const sum = (rows: ReadonlyArray<StatementRow>): bigint =>
  rows.reduce((total, row) => total + (row._tag === "Line" ? row.amount : 0n), 0n)

const refusal = (bytes: Uint8Array | string, filename: string | null = null) => Effect.flip(read(bytes, "NOK", filename))

describe("a bank's file, read to the øre", () => {
  it.effect("SpareBank 1: fifteen rows that sum to 3,960.65 in", () =>
    Effect.gen(function* () {
      const { preset, rows, closing_balance } = yield* fixture("sparebank1.csv")
      assert.strictEqual(preset, "sparebank1")
      assert.strictEqual(rows.length, 15)
      assert.strictEqual(sum(rows), 396065n)
      assert.strictEqual(told(rows[0]!), "2 2025-02-28 -34856 KIWI MAJORSTUEN")
      assert.strictEqual(told(rows[7]!), "9 2025-02-14 2875034 Lønn KOMPLETT AS")
      assert.strictEqual(rows[0]!.raw, '"28.02.2025";"KIWI MAJORSTUEN";;;"-348,56";"12345678901";"98765432109";')
      assert.isNull(closing_balance)
    })
  )

  it.effect("DNB: decimal point, a reservation left for later, no line end at the end", () =>
    Effect.gen(function* () {
      const { preset, rows } = yield* fixture("dnb.csv")
      assert.strictEqual(preset, "dnb")
      assert.deepStrictEqual(rows.map(told), [
        "2 skipped pending",
        "3 2026-07-05 -14280 Varekjøp Bunnpris Elgese Elgeseter Ga Trondh Dato 04.07 kl. 13.57",
        "4 2026-07-03 -5800 Visa 100021 Vipps:kaffebaren",
        "5 2026-07-02 -124905 Giro 114 Fjordkraft AS Avtalegirofjordkraft AS",
        '6 2026-06-30 3187040 Lønn 912345678 Nordlys "Data" AS'
      ])
    })
  )

  it.effect("DNB as it was: ISO-8859-1, decimal comma, and 1.500 is fifteen hundred", () =>
    Effect.gen(function* () {
      const { preset, rows } = yield* fixture("dnb-older.txt")
      assert.strictEqual(preset, "dnb")
      assert.deepStrictEqual(rows.map(told), [
        "2 2019-03-14 -31860 Varekjøp Kiwi 512 Torggata Dato 13.03 kl. 17.20",
        "3 2019-03-12 -359091 Husleie mars",
        "4 2019-03-12 -150000 Overføring mellom egne konti",
        "5 2019-03-10 2840000 Lønn 912345678 Fjellsø AS"
      ])
    })
  )

  it.effect("Nordea: a reservation where the date should be, the newest balance, the payee where there is no title", () =>
    Effect.gen(function* () {
      const { preset, rows, closing_balance } = yield* fixture("nordea.csv")
      assert.strictEqual(preset, "nordea")
      assert.deepStrictEqual(rows.map(told), [
        "2 skipped pending",
        "3 2026-09-03 -30000 Ola Eksempel",
        "4 2026-08-17 1000000 Kari Eksempel",
        "5 2026-08-15 -8950 BOKHANDEL & CO"
      ])
      assert.deepStrictEqual(closing_balance, { on: "2026-09-03", amount: 1281140n })
    })
  )

  it.effect("Sbanken: tabs, Windows-1252, text wrapped for Excel, the bank's own ids", () =>
    Effect.gen(function* () {
      const { preset, rows } = yield* fixture("sbanken.tsv")
      assert.strictEqual(preset, "sbanken")
      assert.deepStrictEqual(rows.map(told), [
        "2 skipped pending",
        "3 2022-11-15 -120345 14.11 REMA 1000 STORG STORGATA 1 OSLO",
        "4 2022-11-14 -79900 Nettgiro til: STRØM – NORD AS Betalt: 14.11.22",
        "5 2022-11-12 25000 Fra: Kari Eksempel Betalt: 12.11.22"
      ])
      const ids = rows.map((row) => (row._tag === "Line" ? row.external_id : null))
      assert.deepStrictEqual(ids, [null, "90210001", "90210002", "90210003"])
    })
  )

  it.effect("Utført dato: ISO-8859-1, a loan's message over three lines, footers that tell the closing balance", () =>
    Effect.gen(function* () {
      const { preset, rows, closing_balance } = yield* fixture("utfort-dato.csv")
      assert.strictEqual(preset, "generic")
      assert.deepStrictEqual(rows.map(told), [
        "2 skipped pending",
        "3 2026-08-17 -36480 APOTEK BJØRKA",
        "4 2026-08-17 -1234560 Til konto: 1234 56 00001",
        "7 2026-08-15 4125000 ØRSTA KOMMUNE",
        "9 skipped footer",
        "10 skipped footer"
      ])
      assert.deepStrictEqual(closing_balance, { on: "2026-08-31", amount: 3853960n })
      assert.strictEqual(1000000n + sum(rows), 3853960n)
    })
  )

  it.effect("Handelsbanken: oldest first, a real minus sign, the last balance", () =>
    Effect.gen(function* () {
      const { preset, rows, closing_balance } = yield* fixture("handelsbanken.csv")
      assert.strictEqual(preset, "generic")
      assert.deepStrictEqual(rows.map(told), [
        "2 2024-02-01 -110050 Strøm januar",
        "3 2024-02-03 -25000 Kiwi Majorstuen",
        "4 2024-02-05 1234 Renter"
      ])
      assert.deepStrictEqual(closing_balance, { on: "2024-02-05", amount: 866184n })
    })
  )

  it.effect("Danske Bank in Danish, with commas both between fields and in amounts", () =>
    Effect.gen(function* () {
      const { preset, rows, closing_balance } = yield* fixture("danske.csv", "DKK")
      assert.strictEqual(preset, "generic")
      assert.deepStrictEqual(rows.map(told), [
        "2 skipped pending",
        "3 2024-02-03 -125000 MobilePay Mette, tak",
        "4 2024-02-01 606025 Løn"
      ])
      assert.deepStrictEqual(closing_balance, { on: "2024-02-03", amount: 481025n })
    })
  )

  it.effect("Länsförsäkringar in Swedish, with the account's name before the header", () =>
    Effect.gen(function* () {
      const { preset, rows } = yield* fixture("lansforsakringar.csv", "SEK")
      assert.strictEqual(preset, "generic")
      assert.deepStrictEqual(rows.map(told), ["6 2023-05-04 -21050 ICA NÄRA", "7 2023-05-02 500000 Insättning"])
    })
  )
})

describe("a row that is no line of the account", () => {
  const header = "Dato;Beskrivelse;Beløp;Valuta\n"

  it.effect("comes out with its line number and why", () =>
    Effect.gen(function* () {
      const rows = yield* rowsOf(
        header +
          "29.02.2025;Skuddår;-1,00;NOK\n" +
          "01.02.2025;Bokstaver;-1,O0;NOK\n" +
          "01.02.2025;Null;0,00;NOK\n" +
          "01.02.2025;Ingenting;;NOK\n" +
          "01.02.2025; \u00a0;-1,00;NOK\n" +
          "01.02.2025;Lisboa;-1,00;EUR\n" +
          "01.02.2025;For få\n" +
          "01.02.2025;For;mange;-1,00;NOK\n" +
          '01.02.2025;"Åpen;-1,00;NOK\n' +
          "Saldo;;100,00;NOK\n" +
          "01.02.2025;Kiwi;-1,00;NOK;\n"
      )
      assert.deepStrictEqual(rows.map(told), [
        "2 rejected invalid-date",
        "3 rejected invalid-amount",
        "4 rejected zero-amount",
        "5 rejected missing-amount",
        "6 rejected missing-description",
        "7 rejected wrong-currency",
        "8 rejected ragged-row",
        "9 rejected ragged-row",
        "10 rejected unterminated-quote",
        "11 skipped footer",
        "12 2025-02-01 -100 Kiwi"
      ])
      const currency = rows[5]!
      assert.deepStrictEqual(currency._tag === "Rejected" && currency.reason.params, { file: "EUR", account: "NOK" })
    })
  )

  it.effect("has money both in and out, unless one of them is nothing", () =>
    Effect.gen(function* () {
      const rows = yield* rowsOf(
        "Dato;Tekst;Inn;Ut\n01.02.2025;Begge;5,00;6,00\n01.02.2025;Inn;5,00;0,00\n01.02.2025;Ut;0,00;6,00\n01.02.2025;Null;0,00;0,00"
      )
      assert.deepStrictEqual(rows.map(told), [
        "2 rejected both-amounts",
        "3 2025-02-01 500 Inn",
        "4 2025-02-01 -600 Ut",
        "5 rejected zero-amount"
      ])
    })
  )

  it.effect("has a sign that the bank does not use in that column: a reversal or a mistake, nobody can tell", () =>
    Effect.gen(function* () {
      const positive = "Dato;Tekst;Inn;Ut\n01.02.2025;Kiwi;;6,00\n01.02.2025;Rema;;7,00\n"
      const rows = yield* rowsOf(`${positive}01.02.2025;Bunnpris;;-8,00\n01.02.2025;Meny;-9,00;`)
      assert.deepStrictEqual(rows.map(told), [
        "2 2025-02-01 -600 Kiwi",
        "3 2025-02-01 -700 Rema",
        "4 rejected invalid-amount",
        "5 rejected invalid-amount"
      ])
    })
  )

  it.effect("never lends its amount to the row before when a quote is missing", () =>
    Effect.gen(function* () {
      const rows = yield* rowsOf('Dato;Tekst;Beløp\n01.02.2025;"Kiwi;-1,00\n02.02.2025;"Rema";-2,00\n')
      assert.deepStrictEqual(rows.map(told), ["2 rejected unterminated-quote", "3 2025-02-02 -200 Rema"])
    })
  )

  it.effect("is not taken for the bank's summing up when the shop is called Total", () =>
    Effect.gen(function* () {
      const rows = yield* rowsOf("Tekst;Dato;Beløp\nTotal Bensin;03.02.2025;-400,00\nTotal Bensin;03.02.2025\nTotalt;;-400,00\n")
      assert.deepStrictEqual(rows.map(told), ["2 2025-02-03 -40000 Total Bensin", "3 rejected ragged-row", "4 skipped footer"])
    })
  )

  it.effect("is not guessed at when 1,234 could be both a thousand and a little more than one", () =>
    Effect.gen(function* () {
      const doubtful = yield* rowsOf("Date;Text;Amount\n2025-02-01;Rent;-1,234\n2025-02-01;Rent;-1,500")
      assert.deepStrictEqual(doubtful.map(told), ["2 rejected invalid-amount", "3 rejected invalid-amount"])
      const shown = yield* rowsOf("Date;Text;Amount\n2025-02-01;Rent;-1,234\n2025-02-01;Coffee;-4.50")
      assert.deepStrictEqual(shown.map(told), ["2 2025-02-01 -123400 Rent", "3 2025-02-01 -450 Coffee"])
      const torn = yield* rowsOf("Date;Text;Amount\n2025-02-01;Rent;-1,234\n2025-02-01;Coffee;-4.50\n2025-02-01;Tea;-3,50")
      assert.deepStrictEqual(torn.map(told), ["2 rejected invalid-amount", "3 2025-02-01 -450 Coffee", "4 2025-02-01 -350 Tea"])
    })
  )
})

describe("what banks and programs do to a file on its way", () => {
  const text = "Dato;Tekst;Beløp\n03.02.2025;Blåbær på Øya;-12,50\n"
  const expected = ["2 2025-02-03 -1250 Blåbær på Øya"]

  it.effect("any encoding gives the same letters", () =>
    Effect.gen(function* () {
      const wide = Buffer.from(`\ufeff${text}`, "utf16le")
      const files = [
        Buffer.from(text),
        Buffer.from(`\ufeff${text}`),
        Buffer.from(text, "latin1"),
        wide,
        Buffer.from(wide).swap16()
      ]
      for (const file of files) assert.deepStrictEqual([...(yield* read(file)).rows].map(told), expected)
    })
  )

  it.effect("NULs, control characters and padding do not reach the description, and the raw row keeps them", () =>
    Effect.gen(function* () {
      const [row] = yield* rowsOf(`Dato;Tekst;Beløp\n03.02.2025;  KIWI\0 \u00a0\t 505\u0007 ;-12,50${"\n".repeat(400)}`)
      assert.strictEqual(told(row!), "2 2025-02-03 -1250 KIWI 505")
      assert.strictEqual(row!.raw, "03.02.2025;  KIWI\0 \u00a0\t 505\u0007 ;-12,50")
    })
  )

  it.effect("a card's currency column beside an exchange rate is the shop's, not the account's", () =>
    Effect.gen(function* () {
      const rows = yield* rowsOf("Dato;Beløpet gjelder;Valuta;Kurs;Inn;Ut\n03.02.2025;CAFÉ, Lisboa, PRT;EUR;11,42;;114,20")
      assert.deepStrictEqual(rows.map(told), ["2 2025-02-03 -11420 CAFÉ, Lisboa, PRT"])
    })
  )

  it.effect("a file sorted by shop states no closing balance, rather than a wrong one", () =>
    Effect.gen(function* () {
      const statement = yield* read(
        "Dato;Tekst;Beløp;Saldo\n03.02.2025;A;-1,00;97,00\n01.02.2025;B;-1,00;99,00\n02.02.2025;C;-1,00;98,00"
      )
      assert.isNull(statement.closing_balance)
    })
  )

  it.effect("a month without a transaction is a statement without rows", () =>
    Effect.gen(function* () {
      const statement = yield* read("Dato;Beskrivelse;Rentedato;Inn;Ut;Til konto;Fra konto;\n")
      assert.deepStrictEqual([statement.rows_total, [...statement.rows]], [0, []])
    })
  )

  it.effect("the rows can be read again from the start", () =>
    Effect.gen(function* () {
      const { rows } = yield* read(text)
      assert.deepStrictEqual([...rows], [...rows])
    })
  )
})

describe("a file that cannot be taken is refused whole, with why", () => {
  const refused: ReadonlyArray<readonly [what: string, bytes: Uint8Array | string, reason: string]> = [
    ["an empty file", "", "empty"],
    ["a byte order mark and line ends", "\ufeff\r\n \r\n", "empty"],
    ["an Excel workbook", Buffer.from("PK\x03\x04 workbook"), "binary"],
    ["a PDF", "%PDF-1.7\n", "binary"],
    ["machine code", Uint8Array.from({ length: 4096 }, (_, at) => (at * 7919) % 31), "binary"],
    ["UTF-16 that does not say so", Buffer.from("Dato;Tekst;Beløp\n01.01.2025;A;-1,00", "utf16le"), "wrong-encoding"],
    [
      "UTF-8 with a broken letter in it",
      Buffer.concat([Buffer.from("Dato;Tekst;Beløp\n"), Buffer.from([0xe6, 0x3b])]),
      "wrong-encoding"
    ],
    ["a letter to a friend", "Kjære Kari,\nhvordan går det? Jeg har det fint.\n", "not-a-statement"],
    ["a page of the web", "<!doctype html><title>Logg inn</title>", "not-a-statement"],
    ["rows without a header", "28.02.2025;KIWI;-348,56\n27.02.2025;REMA;-3,00\n", "not-a-statement"]
  ]
  for (const [what, bytes, reason] of refused) {
    it.effect(what, () => Effect.map(refusal(bytes), (error) => assert.strictEqual(error.reason, reason)))
  }

  it.effect("more than 25 MiB", () =>
    Effect.map(refusal(new Uint8Array(maxBytes + 1).fill(0x41)), ({ reason }) => assert.strictEqual(reason, "too-large"))
  )

  it.effect("more than 250,000 rows, and not one fewer", () =>
    Effect.gen(function* () {
      const row = "01.01.2025;A;-1,00\n"
      const most = yield* read(`Dato;Tekst;Beløp\n${row.repeat(maxRows)}`)
      assert.strictEqual(most.rows_total, maxRows)
      assert.strictEqual((yield* refusal(`Dato;Tekst;Beløp\n${row.repeat(maxRows + 1)}`)).reason, "too-many-rows")
    })
  )

  it.effect("tells what was looked for, and which line came closest", () =>
    Effect.gen(function* () {
      const { detail } = yield* refusal("Konto 1234\nDato;Kommentar;Beløp\n01.01.2025;A;-1,00\n", "mai.csv")
      assert.match(detail, /^mai\.csv is in none of the layouts known \(dnb, sparebank1, nordea, sbanken, generic\)/)
      assert.match(detail, /Line 2 comes closest; it lacks: description\.$/)
    })
  )
})
