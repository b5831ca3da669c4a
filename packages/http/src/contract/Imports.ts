import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import { Id, Limit, Moment, Page, Text } from "./Field.ts"
import { Authorization, Idempotency, Problems, Strictness } from "./Middleware.ts"
import { Conflict, NotFound, StatementNotTaken, TooLarge } from "./Problem.ts"

export const Verdict = Schema.Literals(["new", "duplicate", "review", "rejected", "skipped"])

/** Why a row was treated so: a code with what it is about, and the same as a sentence in the language of `Accept-Language`. */
export const RowReason = Schema.Struct({
  code: Schema.String,
  params: Schema.Record(Schema.String, Schema.String),
  text: Schema.String
})

export const ImportedRow = Schema.Struct({
  line: Schema.Int,
  verdict: Verdict,
  reason: Schema.NullOr(RowReason),
  transaction_id: Schema.optionalKey(Schema.String)
})
export type ImportedRow = typeof ImportedRow.Type

const counts = {
  rows_total: Schema.Int,
  rows_done: Schema.Int,
  rows_new: Schema.Int,
  rows_duplicate: Schema.Int,
  rows_review: Schema.Int,
  rows_rejected: Schema.Int,
  rows_skipped: Schema.Int
}

export const Import = Schema.Struct({
  id: Schema.String,
  account_id: Schema.String,
  status: Schema.Literals(["running", "completed", "failed", "reverted"]),
  filename: Schema.NullOr(Schema.String),
  format: Schema.String,
  preset: Schema.String,
  ...counts,
  error: Schema.NullOr(Schema.String),
  started_at: Moment,
  completed_at: Schema.NullOr(Moment)
})
export type Import = typeof Import.Type

/** A row as an import would treat it. What could not be read of it is null. */
export const PreviewedRow = Schema.Struct({
  line: Schema.Int,
  verdict: Verdict,
  reason: Schema.NullOr(RowReason),
  booking_date: Schema.NullOr(Schema.String),
  amount: Schema.NullOr(Schema.Number),
  description: Schema.NullOr(Schema.String),
  /** The row as it stands in the file. */
  raw: Schema.String
})

export const ImportPreview = Schema.Struct({
  format: Schema.String,
  preset: Schema.String,
  currency: Schema.String,
  rows_total: Schema.Int,
  rows_new: Schema.Int,
  rows_duplicate: Schema.Int,
  rows_review: Schema.Int,
  rows_rejected: Schema.Int,
  rows_skipped: Schema.Int,
  /** The balance that the file states after its last line, where it does. */
  closing_balance: Schema.NullOr(Schema.Struct({ on: Schema.String, amount: Schema.Number })),
  /** The first 2,000, in file order. */
  rows: Schema.Array(PreviewedRow)
})

export class Imports extends HttpApiGroup.make("imports")
  .add(
    HttpApiEndpoint.post("start", "/accounts/:id/imports", {
      params: { id: Id },
      query: { filename: Schema.optionalKey(Text(255)), dry_run: Schema.optionalKey(Schema.Literals(["true", "false"])) },
      payload: Schema.Uint8Array.pipe(HttpApiSchema.asUint8Array()),
      success: [Schema.Struct({ import_id: Schema.String }).pipe(HttpApiSchema.status(202)), ImportPreview],
      error: [NotFound, Conflict, StatementNotTaken, TooLarge]
    }),
    HttpApiEndpoint.get("list", "/imports", {
      query: { limit: Schema.optionalKey(Limit(100)) },
      success: Schema.Array(Import)
    }),
    HttpApiEndpoint.get("find", "/imports/:id", { params: { id: Id }, success: Import, error: NotFound }),
    HttpApiEndpoint.get("rows", "/imports/:id/rows", {
      params: { id: Id },
      query: {
        page: Schema.optionalKey(Page),
        limit: Schema.optionalKey(Limit(500)),
        verdict: Schema.optionalKey(Verdict)
      },
      success: Schema.Array(ImportedRow),
      error: NotFound
    })
  )
  .middleware(Strictness)
  .middleware(Idempotency)
  .middleware(Authorization)
  .middleware(Problems) {}
