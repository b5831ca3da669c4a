/**
 * RebuiltProjections: how the read models of `projections` are filled anew. What fills them is what keeps them, but for the daily sums,
 * which are summed up once from the transactions as they then stand.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type * as SqlClient from "effect/sql/SqlClient"
import type { Rebuildable } from "../Rebuild.ts"
import * as DailyAggregates from "./DailyAggregates.ts"
import { project, projections } from "./Projections.ts"

export const rebuiltProjections: Rebuildable<SqlError, SqlClient.SqlClient> = {
  name: projections.name,
  types: projections.types,
  tables: {
    account_projections: "keyed",
    transactions: "keyed",
    transaction_events: "bare",
    daily_aggregates: "bare",
    budget_alerts: "keyed",
    anomalies: "keyed",
    user_consents: "keyed"
  },
  fill: project,
  settle: DailyAggregates.sumUp,
  follow: Effect.fnUntraced(function* (events) {
    const { transactions, told } = yield* project(events)
    yield* DailyAggregates.project(transactions)
    return told()
  })
}
