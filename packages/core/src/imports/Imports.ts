/**
 * Imports: taking a bank's statement into an account.
 *
 *   file ─parse─▶ rows ─preview─▶ verdicts, nothing stored
 *                   └──start──▶ staged (encrypted) ─▶ the import program, chunk by chunk ─▶ transactions
 *
 * `start` stores the whole file or nothing; from then on the import finishes, whatever crashes.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as Columns from "../database/Columns.ts"
import { Signals } from "../database/Signals.ts"
import { type AppendError, EventStore } from "../event-store/EventStore.ts"
import { type Erased, Vault, type VaultUnusable } from "../event-store/Vault.ts"
import { newId } from "../ledger/Id.ts"
import { withPerson } from "../read-models/Person.ts"
import { causeNow } from "../telemetry/Correlation.ts"
import { type RowReason, type Statement, StatementRefused, type StatementRow } from "../statements/Statement.ts"
import { parse } from "../statements/StatementFile.ts"
import { chunksOf, type NumberedLine } from "./StatementChunks.ts"

export type Verdict = "new" | "duplicate" | "review" | "rejected" | "skipped"

export interface RowVerdict {
  readonly row: StatementRow
  readonly verdict: Verdict
  readonly reason: RowReason | { readonly code: "already-imported"; readonly params: Readonly<Record<string, string>> } | null
}

export interface Preview {
  readonly statement: Statement
  readonly counts: Readonly<Record<Verdict, number>>
  /** In file order; the first `previewRows` of them. */
  readonly rows: ReadonlyArray<RowVerdict>
}

/** How many rows a preview shows; it counts all. */
export const previewRows = 2_000

/** Into an account that is importing already: its rows would be shared out between the two. */
export class ImportRunning extends Schema.TaggedError<ImportRunning>()("ImportRunning", { account_id: Schema.String }) {}

export interface StatementUpload {
  readonly owner_id: string
  readonly account: { readonly id: string; readonly currency: string }
  readonly filename: string | null
  readonly content: Uint8Array
}

/** What an import's staged file is bound to. */
export const fileBinding = (import_id: string) => `import-file/${import_id}`

export class Imports extends Context.Service<
  Imports,
  {
    /** What an import would do with each row. */
    preview(upload: StatementUpload): Effect.Effect<Preview, StatementRefused | Erased | VaultUnusable | SqlError>
    /** Takes the file and answers with the id of the import that now runs. */
    start(upload: StatementUpload): Effect.Effect<string, StatementRefused | ImportRunning | AppendError>
  }
>()("finance/imports/Imports") {
  static readonly layer = Layer.effect(
    Imports,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const store = yield* EventStore
      const vault = yield* Vault
      const signals = yield* Signals

      const inPerson = <A, E>(owner_id: string, effect: Effect.Effect<A, E>) =>
        Effect.provideService(withPerson(owner_id, effect), SqlClient.SqlClient, sql)

      const known = (account_id: string, lines: ReadonlyArray<NumberedLine>) =>
        sql<{ place: bigint }>`
          SELECT l.place FROM unnest(${Columns.bytes(lines.map(({ fingerprint }) => fingerprint))},
                                     ${Columns.integers(lines.map(({ ordinal }) => ordinal))}) WITH ORDINALITY AS l (identity, ordinal, place)
          JOIN statement_lines s ON s.account_id = ${account_id} AND s.identity = l.identity AND s.ordinal = l.ordinal`

      const preview = Effect.fn("Imports.preview")(function* ({ owner_id, account, filename, content }: StatementUpload) {
        const statement = yield* parse(content, { filename, currency: account.currency })
        const key = yield* vault.keyOf(owner_id)
        const counts = { new: 0, duplicate: 0, review: 0, rejected: 0, skipped: 0 }
        const rows: Array<RowVerdict> = []
        for (const chunk of chunksOf(statement.rows, key)) {
          const found = yield* inPerson(owner_id, known(account.id, chunk.lines))
          const duplicates = new Set<StatementRow>(found.map(({ place }) => chunk.lines[Number(place) - 1]!.line))
          for (const row of chunk.rows) {
            const judged = judge(row, duplicates)
            counts[judged.verdict]++
            if (rows.length < previewRows) rows.push(judged)
          }
          // A large file must not hold up who else is waiting for an answer.
          yield* Effect.sleep(0)
        }
        return { statement, counts, rows }
      })

      const start = Effect.fn("Imports.start")(function* ({ owner_id, account, filename, content }: StatementUpload) {
        const statement = yield* parse(content, { filename, currency: account.currency })
        const key = yield* vault.keyOf(owner_id)
        const import_id = newId()
        const { format, preset, rows_total } = statement
        const sealed = key.seal(content, fileBinding(import_id))
        const { correlation_id = null, traceparent = null } = yield* causeNow({ stream_id: import_id, owner_id })
        yield* inPerson(
          owner_id,
          Effect.gen(function* () {
            yield* sql`
              INSERT INTO imports (id, owner_id, account_id, status, filename, format, preset, rows_total, correlation_id, traceparent)
              VALUES (${import_id}, ${owner_id}, ${account.id}, 'running', ${filename}, ${format}, ${preset}, ${rows_total},
                      ${correlation_id}, ${traceparent})`
            yield* sql`INSERT INTO import_files (import_id, owner_id, content) VALUES (${import_id}, ${owner_id}, ${sealed})`
            yield* store.append([
              {
                stream_id: import_id,
                stream_type: "import",
                owner_id,
                expected: "none",
                metadata: { actor: owner_id },
                events: [{ type: "ImportStarted", import_id, account_id: account.id, filename, format, preset, rows_total }]
              }
            ])
          })
        ).pipe(
          Effect.catchReason("SqlError", "UniqueViolation", (violation, error) =>
            Effect.fail(violation.constraint === "imports_running" ? new ImportRunning({ account_id: account.id }) : error)
          )
        )
        signals.raise("imports")
        return import_id
      })

      return Imports.of({ preview, start })
    })
  )
}

const judge = (row: StatementRow, duplicates: ReadonlySet<StatementRow>): RowVerdict => {
  if (row._tag === "Rejected") return { row, verdict: "rejected", reason: row.reason }
  if (row._tag === "Skipped") return { row, verdict: "skipped", reason: row.reason }
  return duplicates.has(row)
    ? { row, verdict: "duplicate", reason: { code: "already-imported", params: {} } }
    : { row, verdict: "new", reason: null }
}
