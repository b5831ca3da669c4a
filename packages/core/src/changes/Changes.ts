/**
 * Changes: what has changed for a person, for whoever watches live. Written in the transaction of the change, as late in it as can be:
 * the person's row in `change_heads` stays locked from here to the commit, which is what keeps `seq` in the order of visibility.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import * as Columns from "../database/Columns.ts"
import { Signals } from "../database/Signals.ts"
import { CurrentCause, traceparentOf } from "../telemetry/Correlation.ts"
import * as TraceContext from "../telemetry/TraceContext.ts"

/** Ids only: what is shown is read when it is sent, so that nothing stale or forgotten is. */
export type Change =
  | { readonly owner_id: string; readonly kind: "transaction"; readonly subject: { readonly id: string } }
  | {
      readonly owner_id: string
      readonly kind: "transactions"
      readonly subject: {
        readonly count: number
        readonly account_ids: ReadonlyArray<string>
        readonly from_date: string
        readonly to_date: string
      }
    }
  | {
      readonly owner_id: string
      readonly kind: "account" | "import" | "budget" | "anomaly" | "notification"
      readonly subject: { readonly id: string }
    }
  | { readonly owner_id: string; readonly kind: "recurring"; readonly subject: Readonly<Record<string, never>> }
  | { readonly owner_id: string; readonly kind: "budgets"; readonly subject: { readonly months: ReadonlyArray<string> } }

export const record = Effect.fnUntraced(function* (changes: ReadonlyArray<Change>) {
  if (changes.length === 0) return
  const sql = yield* SqlClient.SqlClient
  const signals = yield* Signals
  const causeOf = yield* CurrentCause
  const current = yield* TraceContext.current
  const traceparents = changes.map(({ owner_id, subject }) => {
    const cause = causeOf({ stream_id: "id" in subject ? subject.id : owner_id, owner_id })
    return traceparentOf(cause, current) ?? null
  })
  const counts = new Map<string, number>()
  const places = changes.map(({ owner_id }) => {
    const place = counts.get(owner_id) ?? 0
    counts.set(owner_id, place + 1)
    return place
  })
  const owners = Columns.uuids([...counts.keys()])
  const totals = Columns.bigints([...counts.values()].map(BigInt))
  yield* sql`
    WITH drawn AS (
      INSERT INTO change_heads (owner_id, seq)
      SELECT owner_id, total FROM unnest(${owners}, ${totals}) AS o (owner_id, total) ORDER BY owner_id
      ON CONFLICT (owner_id) DO UPDATE SET seq = change_heads.seq + excluded.seq
      RETURNING owner_id, seq
    )
    INSERT INTO changes (owner_id, seq, kind, subject, traceparent)
    SELECT c.owner_id, d.seq - o.total + 1 + c.place, c.kind, c.subject::jsonb, c.traceparent
    FROM unnest(${Columns.uuids(changes.map(({ owner_id }) => owner_id))}, ${Columns.bigints(places.map(BigInt))},
                ${Columns.texts(changes.map(({ kind }) => kind))}, ${Columns.jsons(changes.map(({ subject }) => subject))},
                ${Columns.texts(traceparents)})
           AS c (owner_id, place, kind, subject, traceparent)
    JOIN drawn d USING (owner_id)
    JOIN unnest(${owners}, ${totals}) AS o (owner_id, total) USING (owner_id)`
  yield* sql.afterCommit(Effect.sync(() => signals.raise("changes")))
})
