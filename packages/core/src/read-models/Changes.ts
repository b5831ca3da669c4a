/**
 * Changes: what has changed for a person, in the order it became visible, for whoever watches.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"

/** What changed: ids only, what is shown is read when it is told. */
export type Change = { readonly seq: bigint; readonly traceparent: string | null } & (
  | { readonly kind: "transaction"; readonly subject: { readonly id: string } }
  | {
      readonly kind: "transactions"
      readonly subject: {
        readonly count: number
        readonly account_ids: ReadonlyArray<string>
        readonly from_date: string
        readonly to_date: string
      }
    }
  | { readonly kind: "account" | "import" | "budget" | "anomaly" | "notification"; readonly subject: { readonly id: string } }
  | { readonly kind: "recurring"; readonly subject: Readonly<Record<string, never>> }
  | { readonly kind: "budgets"; readonly subject: { readonly months: ReadonlyArray<string> } }
)

/** The number of the latest change; 0 before the first. Runs within `withPerson`. */
export const head = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ seq: bigint }>`SELECT seq FROM change_heads`
  return row?.seq ?? 0n
})

/** In order, at most `limit`. Runs within `withPerson`. */
export const after = Effect.fn("Changes.after")(function* (seq: bigint, limit: number) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<Change>`SELECT seq, kind, subject, traceparent FROM changes WHERE seq > ${seq} ORDER BY seq LIMIT ${limit}`
})
