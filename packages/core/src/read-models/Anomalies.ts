/**
 * Anomalies: what a person may want to look at, newest first. Those of deleted transactions are not shown.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { AnomalyType } from "../anomalies/Anomaly.ts"
import type { Explanation } from "../ledger/Explanation.ts"

export interface AnomalyRow {
  readonly id: string
  readonly transaction_id: string
  readonly anomaly_type: AnomalyType
  readonly anomaly_score: number
  readonly explanation: Explanation
  /** The transactions it was compared with. */
  readonly evidence: ReadonlyArray<string>
  /** No news when it was found: its line was old when it came. */
  readonly late: boolean
  readonly status: "open" | "dismissed"
  readonly detected_at: Date
}

export interface Filter {
  readonly status?: AnomalyRow["status"] | undefined
  readonly anomaly_type?: AnomalyType | undefined
  /** The first and last day of the transactions. */
  readonly from?: string | undefined
  readonly to?: string | undefined
}

const columns = `a.id, a.transaction_id, a.anomaly_type, a.anomaly_score, a.explanation, a.evidence, a.late, a.status, a.detected_at`

/** Runs within `withPerson`. */
export const page = Effect.fn("Anomalies.page")(function* (filter: Filter, number: number, limit: number) {
  const sql = yield* SqlClient.SqlClient
  const { status, anomaly_type, from, to } = filter
  const wanted = sql.and([
    sql`NOT t.deleted`,
    ...(status === undefined ? [] : [sql`a.status = ${status}`]),
    ...(anomaly_type === undefined ? [] : [sql`a.anomaly_type = ${anomaly_type}`]),
    ...(from === undefined ? [] : [sql`t.booking_date >= ${from}::date`]),
    ...(to === undefined ? [] : [sql`t.booking_date <= ${to}::date`])
  ])
  return yield* sql<AnomalyRow>`
    SELECT ${sql.literal(columns)} FROM anomalies a JOIN transactions t ON t.id = a.transaction_id
    WHERE ${wanted} ORDER BY a.position DESC LIMIT ${limit} OFFSET ${(number - 1) * limit}`
})

/** Those of the ids that are the person's. Runs within `withPerson`. */
export const findAll = Effect.fn("Anomalies.findAll")(function* (ids: ReadonlyArray<string>) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<AnomalyRow>`SELECT ${sql.literal(columns)} FROM anomalies a WHERE a.id = ANY(${ids}::uuid[])`
})

/** Of one transaction. Runs within `withPerson`. */
export const idsOf = Effect.fn("Anomalies.idsOf")(function* (transaction_id: string) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ id: string }>`SELECT id FROM anomalies WHERE transaction_id = ${transaction_id} ORDER BY id`
  return rows.map(({ id }) => id)
})
