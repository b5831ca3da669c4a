/**
 * Import: one statement taken into one account. What it added is in its transactions, which name it.
 */
import * as Schema from "effect/Schema"

const counts = { rows_new: Schema.Int, rows_duplicate: Schema.Int, rows_rejected: Schema.Int, rows_skipped: Schema.Int }

export const ImportStarted = Schema.Struct({
  type: Schema.Literal("ImportStarted"),
  import_id: Schema.String,
  account_id: Schema.String,
  filename: Schema.NullOr(Schema.String),
  format: Schema.String,
  preset: Schema.String,
  rows_total: Schema.Int
})

export const ImportCompleted = Schema.Struct({
  type: Schema.Literal("ImportCompleted"),
  import_id: Schema.String,
  account_id: Schema.String,
  ...counts
})

export const ImportEvent = Schema.Union([ImportStarted, ImportCompleted])
export type ImportEvent = typeof ImportEvent.Type
