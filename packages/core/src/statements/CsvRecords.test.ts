import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { RecordCursor } from "./CsvRecords.ts"

const records = (text: string, columns = 3, separator = ";") => {
  const cursor = new RecordCursor(text, { separator, cells: [columns, columns + 1] }, { offset: 0, line: 1 })
  const found: Array<{ line: number; cells: ReadonlyArray<string>; broken: boolean; raw: string }> = []
  while (cursor.advance()) {
    found.push({ line: cursor.line, cells: cursor.cells(), broken: cursor.broken, raw: text.slice(cursor.start, cursor.end) })
  }
  return found
}

const cells = (text: string, columns?: number) => records(text, columns).map(({ cells }) => cells)

describe("CsvRecords", () => {
  it("ends a line at CRLF, LF, CR or the end of the file", () => {
    for (const end of ["\r\n", "\n", "\r"]) {
      const expected = [
        ["a", "b", "c"],
        ["d", "e", ""]
      ]
      assert.deepStrictEqual(cells(`a;b;c${end}d;e;`), expected)
      assert.deepStrictEqual(cells(`a;b;c${end}d;e;${end}`), expected)
    }
  })

  it("takes quotes off: doubled, Excel's, with separators, line breaks and spaces around them", () => {
    const found = records('"a;""b""";="001"; "c" \r\n"d\r\ne";f;g\r\nh;i;j')
    assert.deepStrictEqual(
      found.map(({ cells }) => cells),
      [
        ['a;"b"', "001", "c"],
        ["d\r\ne", "f", "g"],
        ["h", "i", "j"]
      ]
    )
    assert.deepStrictEqual(
      found.map(({ line }) => line),
      [1, 2, 4]
    )
    assert.strictEqual(found[1]!.raw, '"d\r\ne";f;g')
  })

  it("leaves a quote inside a name where it stands", () => {
    assert.deepStrictEqual(cells('1;"Bar "Nede" i gata";3'), [["1", 'Bar "Nede" i gata', "3"]])
    assert.deepStrictEqual(cells('1;Kafé "Torget";3'), [["1", 'Kafé "Torget"', "3"]])
  })

  it("gives up the one line whose quote nobody closes, and reads its neighbours", () => {
    const rows = Array.from({ length: 40 }, (_, row) => `${row};kiwi;3`)
    rows[5] = '5;"kiwi;3'
    const found = records(rows.join("\n"))
    assert.strictEqual(found.length, 40)
    assert.deepStrictEqual(
      found.filter(({ broken }) => broken).map(({ line, raw }) => ({ line, raw })),
      [{ line: 6, raw: '5;"kiwi;3' }]
    )
    assert.deepStrictEqual(found[39]!.cells, ["39", "kiwi", "3"])
  })

  it("gives up the one line even when a later line's quote would close it", () => {
    const found = records('1;"kiwi;3\n2;"rema";3\n4;"meny";5')
    assert.deepStrictEqual(
      found.map(({ line, broken }) => ({ line, broken })),
      [
        { line: 1, broken: true },
        { line: 2, broken: false },
        { line: 3, broken: false }
      ]
    )
  })

  it("joins no two lines over a quote that is neither doubled nor at a field's end", () => {
    assert.deepStrictEqual(
      records('1;"kiwi;3\n2;bar "nede";4').map(({ line, broken }) => ({ line, broken })),
      [
        { line: 1, broken: true },
        { line: 2, broken: false }
      ]
    )
  })

  it("gives up a line whose missing quote would join two of its fields", () => {
    assert.deepStrictEqual(
      records('1;"kiwi;"2";3\n4;"meny";5').map(({ line, broken }) => ({ line, broken })),
      [
        { line: 1, broken: true },
        { line: 2, broken: false }
      ]
    )
  })

  it("passes over lines that hold nothing, and still counts them", () => {
    const found = records('a;b;c\n\n;;\n"";"";\n \u00a0\t\nd;e;f\n\u001a')
    assert.deepStrictEqual(
      found.map(({ line }) => line),
      [1, 6]
    )
  })

  it.prop(
    "reads back whatever RFC 4180 can write",
    {
      rows: Schema.Array(Schema.Tuple([Schema.String, Schema.String, Schema.String])),
      end: Schema.Literals(["\n", "\r\n", "\r"])
    },
    ({ rows, end }) => {
      const kept = rows.filter(
        (row) => row.every((cell) => (cell.match(/[\n\r]/g) ?? []).length < 5) && row.some((cell) => /\w/.test(cell))
      )
      const text = kept.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(";")).join(end)
      assert.deepStrictEqual(
        cells(text),
        kept.map((row) => [...row])
      )
    },
    { arbitrary: { runs: 300 } }
  )
})
