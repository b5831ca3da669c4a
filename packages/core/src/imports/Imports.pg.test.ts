import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { readFileSync } from "node:fs"
import * as Columns from "../database/Columns.ts"
import { Database } from "../database/Database.ts"
import { Signals } from "../database/Signals.ts"
import * as TestDatabase from "../database/TestDatabase.ts"
import { EventCodec } from "../event-store/EventCodec.ts"
import { EventStore } from "../event-store/EventStore.ts"
import { MasterKey } from "../event-store/MasterKey.ts"
import * as PostgresEventStore from "../event-store/PostgresEventStore.ts"
import { Erased, Vault } from "../event-store/Vault.ts"
import { newId } from "../ledger/Id.ts"
import { withPerson } from "../read-models/Person.ts"
import { parse } from "../statements/StatementFile.ts"
import { fileBinding, Imports, previewRows } from "./Imports.ts"
import { chunksOf } from "./StatementChunks.ts"

// Requests run as the role that sees one person, and so does this.
const imports = Imports.layer.pipe(
  Layer.provideMerge(PostgresEventStore.layer),
  Layer.provide(EventCodec.layer),
  Layer.provideMerge(Vault.layer),
  Layer.provideMerge([Signals.layer, MasterKey.layerRandom]),
  Layer.provideMerge(TestDatabase.api)
)

const januaryToFebruary = readFileSync(new URL("../statements/fixtures/sparebank1.csv", import.meta.url))

const uploadOf = (content: Uint8Array, owner_id = newId(), account_id = newId()) => ({
  owner_id,
  account: { id: account_id, currency: "NOK" },
  filename: "konto.csv",
  content
})

const text = (content: string) => new TextEncoder().encode(content)

/** What the tables of imports hold of everybody. */
const stored = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [counts] = yield* sql<{ imports: number; files: number; lines: number; events: number }>`
    SELECT (SELECT count(*)::int FROM imports) AS imports, (SELECT count(*)::int FROM import_files) AS files,
           (SELECT count(*)::int FROM statement_lines) AS lines, (SELECT count(*)::int FROM events) AS events`
  return counts!
}).pipe((effect) => Effect.provide(effect, Layer.fresh(Database.projector)))

const change = (statement: (sql: SqlClient.SqlClient) => Effect.Effect<unknown, unknown>) =>
  Effect.flatMap(SqlClient.SqlClient, statement).pipe((effect) => Effect.provide(effect, Layer.fresh(Database.projector)))

layer(imports, { excludeTestServices: true })("Imports", (it) => {
  it.effect("a preview tells what would happen to each row, and stores nothing", () =>
    Effect.gen(function* () {
      const { preview } = yield* Imports
      const before = yield* stored
      const { counts, rows, statement } = yield* preview(uploadOf(januaryToFebruary))
      assert.strictEqual(statement.preset, "sparebank1")
      assert.deepStrictEqual(counts, { new: 15, duplicate: 0, review: 0, rejected: 0, skipped: 0 })
      assert.strictEqual(rows.length, statement.rows_total)
      assert.deepStrictEqual(
        rows.map(({ row }) => row.line),
        Array.from({ length: 15 }, (_, index) => index + 2)
      )
      assert.deepStrictEqual(yield* stored, before)
    })
  )

  it.effect(
    "a preview knows the lines that the account has, of equal ones as many as it has, and of nobody else's account any",
    () =>
      Effect.gen(function* () {
        const { preview } = yield* Imports
        const vault = yield* Vault
        const line = '"28.02.2025";"KIWI MAJORSTUEN";;;"-348,56";"12345678901";"98765432109";'
        const content = text(
          `Dato;Beskrivelse;Rentedato;Inn;Ut;Til konto;Fra konto;\n${line}\n${line}\n${line}\n"tull";"x";;;"-1,00";;;\n`
        )
        const upload = uploadOf(content)
        const key = yield* vault.keyOf(upload.owner_id)
        const { rows } = yield* parse(content, { filename: upload.filename, currency: "NOK" })
        const [chunk] = [...chunksOf(rows, key)]
        const known = chunk!.lines.slice(0, 2)
        yield* change(
          (sql) => sql`
          INSERT INTO statement_lines (owner_id, account_id, identity, ordinal, transaction_id)
          SELECT ${upload.owner_id}, ${upload.account.id}, l.identity, l.ordinal, gen_random_uuid()
          FROM unnest(${Columns.bytes(known.map(({ fingerprint }) => fingerprint))},
                      ${Columns.integers(known.map(({ ordinal }) => ordinal))}) AS l (identity, ordinal)`
        )
        const { rows: told } = yield* preview(upload)
        assert.deepStrictEqual(
          told.map(({ verdict }) => verdict),
          ["duplicate", "duplicate", "new", "rejected"]
        )
        assert.strictEqual(told[0]!.reason?.code, "already-imported")
        const elsewhere = [uploadOf(content, upload.owner_id), uploadOf(content, newId(), upload.account.id)]
        for (const other of elsewhere) assert.strictEqual((yield* preview(other)).counts.new, 3)
      })
  )

  it.effect("a preview of a long file counts every row, and shows as many as a screen can bear", () =>
    Effect.gen(function* () {
      const { preview } = yield* Imports
      const rows = Array.from({ length: previewRows + 700 }, (_, index) => `"28.02.2025";"KIWI ${index}";;;"-1,00";;;`)
      const content = text(`Dato;Beskrivelse;Rentedato;Inn;Ut;Til konto;Fra konto;\n${rows.join("\n")}\n`)
      const told = yield* preview(uploadOf(content))
      assert.strictEqual(told.counts.new, rows.length)
      assert.strictEqual(told.rows.length, previewRows)
    })
  )

  it.effect("a start stores the file whole and encrypted, tells the log, and wakes the import program", () =>
    Effect.gen(function* () {
      const { start } = yield* Imports
      const sql = yield* SqlClient.SqlClient
      const vault = yield* Vault
      const store = yield* EventStore
      const signals = yield* Signals
      const seen = signals.current("imports")
      const upload = uploadOf(januaryToFebruary)
      const import_id = yield* start(upload)
      assert.isAbove(signals.current("imports"), seen)
      const own = withPerson(
        upload.owner_id,
        sql<{ status: string; rows_total: number; content: Uint8Array }>`
          SELECT status, rows_total, content FROM imports JOIN import_files ON import_id = id WHERE id = ${import_id}`
      )
      const [row] = yield* own
      assert.deepStrictEqual([row!.status, row!.rows_total], ["running", 15])
      assert.isFalse(Buffer.from(row!.content).includes("KIWI"))
      const key = yield* vault.keyOf(upload.owner_id)
      assert.deepStrictEqual(Buffer.from(key.open(row!.content, fileBinding(import_id))), januaryToFebruary)
      const [recorded] = yield* store.readStream(import_id)
      assert.strictEqual(recorded!.event.type === "ImportStarted" && recorded!.event.rows_total, 15)
    })
  )

  it.effect("a second file into an account that is importing is turned away, and leaves nothing behind", () =>
    Effect.gen(function* () {
      const { start } = yield* Imports
      const upload = uploadOf(januaryToFebruary)
      yield* start(upload)
      const before = yield* stored
      const error = yield* Effect.flip(start({ ...upload, content: text("Dato;Tekst;Beløp\n01.03.2025;KIWI;-10,00\n") }))
      assert.strictEqual(error._tag, "ImportRunning")
      assert.strictEqual(error._tag === "ImportRunning" && error.account_id, upload.account.id)
      assert.deepStrictEqual(yield* stored, before)
      // another account of the same person, and this one once the first file is done, take theirs
      yield* start(uploadOf(januaryToFebruary, upload.owner_id))
      yield* change((sql) => sql`UPDATE imports SET status = 'completed' WHERE account_id = ${upload.account.id}`)
      yield* start(upload)
    })
  )

  it.effect("of eight who start the same file at once, one does", () =>
    Effect.gen(function* () {
      const { start } = yield* Imports
      const before = yield* stored
      const upload = uploadOf(januaryToFebruary)
      const started = yield* Effect.forEach(Array.from({ length: 8 }), () => Effect.result(start(upload)), {
        concurrency: "unbounded"
      })
      const answers = started.map((result) => (result._tag === "Success" ? "started" : result.failure._tag))
      assert.deepStrictEqual(answers.toSorted(), [...Array.from({ length: 7 }, () => "ImportRunning"), "started"])
      const after = yield* stored
      assert.deepStrictEqual(
        [after.imports - before.imports, after.files - before.files, after.events - before.events],
        [1, 1, 1]
      )
    })
  )

  it.effect("a file that is no statement is refused by preview and start alike, and nothing of it is stored", () =>
    Effect.gen(function* () {
      const { preview, start } = yield* Imports
      const before = yield* stored
      const wrong = {
        empty: text(""),
        "not-a-statement": text("Kjære dagbok\nI dag var det fint vær.\n"),
        binary: Uint8Array.from([0x25, 0x50, 0x44, 0x46, 0x2d, 0, 0, 1, 2, 3, 0, 0, 255, 254])
      }
      for (const [reason, content] of Object.entries(wrong)) {
        const refusals = [yield* Effect.flip(preview(uploadOf(content))), yield* Effect.flip(start(uploadOf(content)))]
        for (const error of refusals) {
          assert.deepStrictEqual([error._tag, "reason" in error && error.reason], ["StatementRefused", reason])
        }
      }
      assert.deepStrictEqual(yield* stored, before)
    })
  )

  it.effect("a person who was erased can start nothing", () =>
    Effect.gen(function* () {
      const { start } = yield* Imports
      const upload = uploadOf(januaryToFebruary)
      yield* change(
        (sql) =>
          sql`INSERT INTO data_keys (owner_id, wrapped_key, master_key_version, erased_at) VALUES (${upload.owner_id}, NULL, 1, now())`
      )
      const before = yield* stored
      assert.instanceOf(yield* Effect.flip(start(upload)), Erased)
      assert.deepStrictEqual(yield* stored, before)
    })
  )
})
