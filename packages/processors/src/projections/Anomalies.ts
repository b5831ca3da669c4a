/**
 * The `anomalies` read model: what is to be looked at, and what was dismissed. What was withdrawn is gone.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { AnomalyEvent } from "@finance/core/anomalies/Anomaly"
import * as Columns from "@finance/core/database/Columns"
import type { RecordedEvent } from "@finance/core/event-store/EventStore"

export interface AnomalyRecord {
  readonly recorded: RecordedEvent
  readonly event: AnomalyEvent
}

/** An import may bring many at once: the last word on each is written, all in one statement. */
export const project = Effect.fnUntraced(function* (records: ReadonlyArray<AnomalyRecord>) {
  if (records.length === 0) return
  const sql = yield* SqlClient.SqlClient
  const detected = new Map<string, AnomalyRecord>()
  const after = new Map<string, "dismissed" | "withdrawn">()
  for (const record of records) {
    const { event } = record
    if (event.type === "AnomalyDetected") {
      detected.set(event.anomaly_id, record)
      after.delete(event.anomaly_id)
    } else after.set(event.anomaly_id, event.type === "AnomalyDismissed" ? "dismissed" : "withdrawn")
  }
  const rows = [...detected.values()].flatMap(({ recorded, event }) =>
    event.type === "AnomalyDetected" ? [{ recorded, event }] : []
  )
  if (rows.length > 0) {
    yield* sql`
      INSERT INTO anomalies (id, owner_id, transaction_id, anomaly_type, anomaly_score, explanation, evidence, late, status, detected_at, position)
      SELECT id, owner_id, transaction_id, anomaly_type, anomaly_score, explanation::jsonb,
        ARRAY(SELECT jsonb_array_elements_text(evidence::jsonb)::uuid), late, 'open', detected_at, position
      FROM unnest(
        ${Columns.uuids(rows.map(({ event }) => event.anomaly_id))}, ${Columns.uuids(rows.map(({ recorded }) => recorded.owner_id))},
        ${Columns.uuids(rows.map(({ event }) => event.transaction_id))}, ${Columns.texts(rows.map(({ event }) => event.anomaly_type))},
        ${Columns.doubles(rows.map(({ event }) => event.anomaly_score))}, ${Columns.jsons(rows.map(({ event }) => event.explanation))},
        ${Columns.jsons(rows.map(({ event }) => event.evidence))}, ${Columns.booleans(rows.map(({ event }) => event.late))},
        ${Columns.instants(rows.map(({ recorded }) => recorded.recorded_at))}, ${Columns.bigints(rows.map(({ recorded }) => recorded.position))}
      ) AS r (id, owner_id, transaction_id, anomaly_type, anomaly_score, explanation, evidence, late, detected_at, position)
      ON CONFLICT (id) DO UPDATE SET anomaly_score = excluded.anomaly_score, explanation = excluded.explanation,
        evidence = excluded.evidence, late = excluded.late, status = excluded.status, detected_at = excluded.detected_at,
        position = excluded.position`
  }
  const idsAfter = (wanted: string) => [...after].flatMap(([id, status]) => (status === wanted ? [id] : []))
  const [dismissed, withdrawn] = [idsAfter("dismissed"), idsAfter("withdrawn")]
  if (dismissed.length > 0) yield* sql`UPDATE anomalies SET status = 'dismissed' WHERE id = ANY(${Columns.uuids(dismissed)})`
  if (withdrawn.length > 0) yield* sql`DELETE FROM anomalies WHERE id = ANY(${Columns.uuids(withdrawn)})`
})
