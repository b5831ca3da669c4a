/**
 * Parking: the events that a program could not handle, and the later ones of their keys, kept in the order of the log until a replay.
 * By reference: what they say stands in the log alone, as ciphertext.
 */
import * as Effect from "effect/Effect"
import type * as SqlClient from "effect/sql/SqlClient"
import * as Columns from "@finance/core/database/Columns"
import type { SealedEvent } from "@finance/core/event-store/EventStore"
import { keyOf, type Program } from "./Program.ts"

/** Why an event is parked: it failed so often, or it only waits behind one that did. */
export interface Reason {
  readonly error: string | null
  readonly attempts: number
}

export const waits: Reason = { error: null, attempts: 0 }

/** What one partition of a program has parked. All of it takes part in the caller's transaction. */
export const of = (sql: SqlClient.SqlClient, program: Pick<Program<never, never>, "name" | "per">, partition: number) => {
  const mine = sql`processor = ${program.name} AND partition = ${partition}`

  return {
    /** The keys whose events have to wait. */
    keys: Effect.map(
      sql<{ key: string }>`SELECT DISTINCT key FROM parked_events WHERE ${mine}`,
      (rows): ReadonlySet<string> => new Set(rows.map(({ key }) => key))
    ),

    park: (events: ReadonlyArray<SealedEvent>, { error, attempts }: Reason) => sql`
      INSERT INTO parked_events (processor, partition, key, position, event_id, stream_id, stream_type, type, owner_id, error, attempts)
      SELECT ${program.name}, ${partition}, e.*, ${error}, ${attempts} FROM unnest(
        ${Columns.uuids(events.map((event) => keyOf(program, event)))}, ${Columns.bigints(events.map(({ position }) => position))},
        ${Columns.uuids(events.map(({ event_id }) => event_id))}, ${Columns.uuids(events.map(({ stream_id }) => stream_id))},
        ${Columns.texts(events.map(({ stream_type }) => stream_type))}, ${Columns.texts(events.map(({ type }) => type))},
        ${Columns.uuids(events.map(({ owner_id }) => owner_id))}) AS e
      ON CONFLICT (processor, key, position) DO NOTHING`,

    /** The keys that an operator wants replayed, the one that has waited longest first. */
    wanted: Effect.map(
      sql<{ key: string }>`
        SELECT key FROM parked_events WHERE ${mine} GROUP BY key HAVING count(replay_requested_at) > 0 ORDER BY min(position)`,
      (rows) => rows.map(({ key }) => key)
    ),

    /** The first events of the key, as the log holds them. */
    first: (key: string, limit: number) =>
      Effect.map(
        sql<Omit<SealedEvent, "version"> & { readonly version: bigint }>`
          SELECT e.* FROM (SELECT position FROM parked_events WHERE ${mine} AND key = ${key} ORDER BY position LIMIT ${limit}) p
          JOIN LATERAL (SELECT * FROM events WHERE position = p.position LIMIT 1) e ON true ORDER BY e.position`,
        (rows): ReadonlyArray<SealedEvent> => rows.map((row) => ({ ...row, version: Number(row.version) }))
      ),

    release: (key: string, events: ReadonlyArray<SealedEvent>) => sql`
      DELETE FROM parked_events WHERE processor = ${program.name} AND key = ${key}
        AND position = ANY(${Columns.bigints(events.map(({ position }) => position))})`,

    /** The first event of the key has failed again: all of the key waits for the next replay. */
    failedAgain: (key: string, { position }: SealedEvent, error: string) => sql`
      UPDATE parked_events SET replay_requested_at = NULL, error = CASE WHEN position = ${position} THEN ${error} ELSE error END,
        attempts = attempts + CASE WHEN position = ${position} THEN 1 ELSE 0 END
      WHERE processor = ${program.name} AND key = ${key}`
  }
}
