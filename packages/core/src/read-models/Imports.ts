/**
 * Imports: how far a person's imports have come, and what became of each row.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"

export type ImportStatus = "running" | "completed" | "failed" | "reverted"

export interface ImportRow {
  readonly id: string
  readonly account_id: string
  readonly status: ImportStatus
  readonly filename: string | null
  readonly format: string
  readonly preset: string
  readonly rows_total: number
  readonly rows_done: number
  readonly rows_new: number
  readonly rows_duplicate: number
  readonly rows_review: number
  readonly rows_rejected: number
  readonly rows_skipped: number
  readonly error: string | null
  readonly started_at: Date
  readonly completed_at: Date | null
}

export type Verdict = "new" | "duplicate" | "review" | "rejected" | "skipped"

export interface ImportedRow {
  readonly line: number
  readonly verdict: Verdict
  readonly reason: { readonly code: string; readonly params: Readonly<Record<string, string>> } | null
  readonly transaction_id: string | null
}

const columns = `id, account_id, status, filename, format, preset, rows_total, rows_done, rows_new, rows_duplicate, rows_review,
  rows_rejected, rows_skipped, error, started_at, completed_at`

/** Runs within `withPerson`. */
export const find = Effect.fn("Imports.find")(function* (id: string) {
  const [row] = yield* findAll([id])
  return row ?? null
})

/** Runs within `withPerson`. */
export const findAll = Effect.fn("Imports.findAll")(function* (ids: ReadonlyArray<string>) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<ImportRow>`SELECT ${sql.literal(columns)} FROM imports WHERE id = ANY(${ids}::uuid[])`
})

/** The latest first. Runs within `withPerson`. */
export const list = Effect.fn("Imports.list")(function* (limit: number) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<ImportRow>`SELECT ${sql.literal(columns)} FROM imports ORDER BY started_at DESC, id DESC LIMIT ${limit}`
})

/** A page of an import's rows, in file order. Runs within `withPerson`. */
export const rows = Effect.fn("Imports.rows")(function* (import_id: string, page: number, limit: number, verdict?: Verdict) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<ImportedRow>`
    SELECT line, verdict, reason, transaction_id FROM import_rows
    WHERE import_id = ${import_id} AND ${verdict === undefined ? sql`true` : sql`verdict = ${verdict}`}
    ORDER BY ordinal LIMIT ${limit} OFFSET ${(page - 1) * limit}`
})
