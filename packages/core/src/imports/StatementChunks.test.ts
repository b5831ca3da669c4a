import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { createHmac } from "node:crypto"
import type { PersonKey } from "../event-store/Vault.ts"
import type { Day } from "../ledger/Day.ts"
import type { StatementRow } from "../statements/Statement.ts"
import { type Chunk, chunkRows, chunksOf } from "./StatementChunks.ts"

/** Only fingerprints are asked of a key here. */
const keyOf = (name: string): PersonKey => ({
  owner_id: name,
  seal: (plaintext) => plaintext,
  open: (sealed) => sealed,
  fingerprint: (text) => createHmac("sha256", name).update(text).digest(),
  streamIdOf: (name) => name
})
const kari = keyOf("kari")

const rowOf = (kind: number, line: number): StatementRow =>
  kind === 0
    ? { _tag: "Rejected", line, reason: { code: "invalid-date", params: {} }, raw: "" }
    : {
        _tag: "Line",
        line,
        booking_date: "2025-01-15" as Day,
        value_date: null,
        amount: BigInt(-100 * kind),
        currency: "NOK",
        description: "KIWI",
        external_id: null,
        raw: ""
      }

/** A file of so many rows, of only a few kinds, so that equal purchases lie chunks apart. */
const File = Schema.Struct({
  length: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4 * chunkRows })),
  kinds: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5 })),
  seed: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000 })),
  start: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5 * chunkRows }))
})

const rowsOf = ({ length, kinds, seed }: typeof File.Type): ReadonlyArray<StatementRow> =>
  Array.from({ length }, (_, index) => rowOf((index * index * 31 + index * seed + seed) % (kinds + 1), index + 2))

const linesOf = (chunks: ReadonlyArray<Chunk>) => chunks.flatMap(({ lines }) => lines)
const told = (chunks: ReadonlyArray<Chunk>) =>
  linesOf(chunks).map(({ line, ordinal, fingerprint }) => `${line.line} #${ordinal} ${Buffer.from(fingerprint).toString("hex")}`)

describe("StatementChunks", () => {
  it.prop(
    "a file that is taken up again anywhere goes on as if it had never been left: the same rows, the same ordinals",
    [File],
    ([file]) => {
      const rows = rowsOf(file)
      const whole = [...chunksOf(rows, kari)]
      const rest = [...chunksOf(rows, kari, file.start)]
      assert.deepStrictEqual(
        rest.flatMap(({ rows }) => rows),
        rows.slice(file.start)
      )
      const lines = rows.slice(0, file.start).filter(({ _tag }) => _tag === "Line").length
      assert.deepStrictEqual(told(rest), told(whole).slice(lines))
    }
  )

  it.prop("chunks hold every row once, in order, and never more than may go into one transaction", [File], ([file]) => {
    const rows = rowsOf(file)
    for (const start of [0, file.start]) {
      let from = Math.min(start, rows.length)
      for (const chunk of chunksOf(rows, kari, start)) {
        assert.strictEqual(chunk.from, from)
        assert.isTrue(chunk.rows.length > 0 && chunk.rows.length <= chunkRows)
        from += chunk.rows.length
      }
      assert.strictEqual(from, rows.length)
    }
  })

  it("equal purchases are counted over the whole file, also when they lie in different chunks", () => {
    const rows = Array.from({ length: 2 * chunkRows + 1 }, (_, index) => rowOf(1, index + 2))
    const ordinals = linesOf([...chunksOf(rows, kari)]).map(({ ordinal }) => ordinal)
    assert.deepStrictEqual(
      ordinals,
      Array.from({ length: rows.length }, (_, index) => index + 1)
    )
  })

  it("says of a line what no other person's key says of it", () => {
    const rows = [rowOf(1, 2)]
    assert.deepStrictEqual(told([...chunksOf(rows, kari)]), told([...chunksOf(rows, keyOf("kari"))]))
    assert.notDeepEqual(told([...chunksOf(rows, kari)]), told([...chunksOf(rows, keyOf("ola"))]))
  })

  it("reads no more rows than it is asked for", () => {
    let read = 0
    const rows = (function* () {
      for (let index = 0; index < 10 * chunkRows; index++) {
        read++
        yield rowOf(1, index + 2)
      }
    })()
    chunksOf(rows, kari).next()
    assert.strictEqual(read, chunkRows)
  })
})
