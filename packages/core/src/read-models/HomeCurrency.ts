/**
 * HomeCurrency: the currency a person's sums are told in: that of their first account, and kroner before there is one.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"

/** Runs within `withPerson`. */
export const homeCurrency = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [first] = yield* sql<{ currency: string }>`SELECT currency FROM account_projections ORDER BY created_at, id LIMIT 1`
  return first?.currency ?? "NOK"
})
