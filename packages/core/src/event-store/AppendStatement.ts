/**
 * AppendStatement: the one statement that appends. It moves each stream's version by compare-and-swap, stores the events of those that
 * moved, and last the commands that came with an id.
 *
 *   command ─▶ locked ─▶ created · carried · advanced ─▶ held ─▶ events
 *    not yet     mixed     "none"    "any"    exact         └──▶ commands
 *    answered
 *
 * A command that is not held was refused, or has been carried out before: a second look says which.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as SqlClient from "effect/sql/SqlClient"
import * as Columns from "../database/Columns.ts"
import type { SealedPayload } from "./EventCodec.ts"
import { type Append, type Appended, type Expected, WrongExpectedVersion } from "./EventStore.ts"

export interface SealedAppend {
  readonly command: Append
  /** As JSON. */
  readonly metadata: string
  readonly payloads: ReadonlyArray<SealedPayload>
}

/** The id has been used: the command that came with it left its stream at this version. */
export class CarriedOut {
  readonly version: number
  constructor(version: number) {
    this.version = version
  }
}

export type Lost = WrongExpectedVersion | CarriedOut

/**
 * Appends commands on as many streams, one round trip unless some are lost. A stream or an id that comes twice makes the database refuse
 * them all. `patience` is how long to wait for a stream that somebody else holds, where it is not for the connection to say.
 */
export const run = Effect.fnUntraced(function* (
  sql: SqlClient.SqlClient,
  appends: ReadonlyArray<SealedAppend>,
  patience: string | null
) {
  const places = new Map((yield* insert(sql, appends, patience)).map((row) => [row.event_id, row] as const))
  const heldAt = ({ payloads }: SealedAppend) => places.get(payloads.at(-1)!.event_id)
  const lost = appends.filter((append) => heldAt(append) === undefined)
  const standings = new Map(
    lost.length === 0 ? [] : (yield* standingsOf(sql, lost)).map((row) => [lost[Number(row.place) - 1]!, row])
  )
  return appends.map((append): Result.Result<Appended, Lost> => {
    const { stream_id, expected } = append.command
    const held = heldAt(append)
    if (held !== undefined) {
      const event_ids = append.payloads.map(({ event_id }) => event_id)
      return Result.succeed({ stream_id, version: Number(held.version), position: held.position, event_ids })
    }
    const { carried_out, actual } = standings.get(append)!
    if (carried_out !== null) return Result.fail(new CarriedOut(Number(carried_out)))
    return Result.fail(new WrongExpectedVersion({ stream: stream_id, expected, actual: Number(actual ?? 0n) }))
  })
})

const insert = (sql: SqlClient.SqlClient, appends: ReadonlyArray<SealedAppend>, patience: string | null) => {
  const commands = appends.map(({ command }) => command)
  const events = appends.flatMap(({ command, payloads }) =>
    payloads.map((payload, ordinal) => ({ stream_id: command.stream_id, payload, ordinal }))
  )
  const now = new Date()
  return sql<{ event_id: string; version: bigint; position: bigint }>`
    WITH command AS (
      SELECT * FROM unnest(
        ${Columns.uuids(commands.map(({ stream_id }) => stream_id))},
        ${Columns.texts(commands.map(({ stream_type }) => stream_type))},
        ${Columns.uuids(commands.map(({ owner_id }) => owner_id))},
        ${Columns.bigints(commands.map(({ expected }) => versionOf(expected)))},
        ${Columns.bigints(commands.map(({ events }) => BigInt(events.length)))},
        ${Columns.texts(appends.map(({ metadata }) => metadata))},
        ${Columns.instants(commands.map(({ occurred_at }) => occurred_at ?? now))},
        ${Columns.texts(commands.map(keyOf))}
      ) AS c (stream_id, stream_type, owner_id, expected, count, metadata, occurred_at, command_id)
      WHERE (SELECT k.command_id FROM commands k WHERE k.command_id = c.command_id) IS NULL
        AND ${patience === null ? sql.literal("true") : sql`(SELECT set_config('lock_timeout', ${patience}, true)) IS NOT NULL`}
      ORDER BY stream_id
    ), locked AS (
      SELECT s.stream_id FROM streams s JOIN command USING (stream_id) WHERE ${isMixed(commands)} ORDER BY s.stream_id FOR UPDATE OF s
    ), created AS (
      INSERT INTO streams (stream_id, stream_type, owner_id, version)
      SELECT stream_id, stream_type, owner_id, count FROM command WHERE expected = 0
      ON CONFLICT (stream_id) DO NOTHING RETURNING stream_id, version
    ), carried AS (
      INSERT INTO streams (stream_id, stream_type, owner_id, version)
      SELECT stream_id, stream_type, owner_id, count FROM command WHERE expected = -1 AND (SELECT count(*) FROM locked) >= 0
      ON CONFLICT (stream_id) DO UPDATE SET version = streams.version + excluded.version RETURNING stream_id, version
    ), advanced AS (
      UPDATE streams s SET version = s.version + c.count FROM command c
      WHERE c.expected > 0 AND s.stream_id = c.stream_id AND s.version = c.expected AND (SELECT count(*) FROM locked) >= 0
      RETURNING s.stream_id, s.version
    ), held AS (
      SELECT c.*, w.version
      FROM (SELECT * FROM created UNION ALL SELECT * FROM carried UNION ALL SELECT * FROM advanced) w
      JOIN command c USING (stream_id)
    ), answered AS (
      INSERT INTO commands (command_id, owner_id, version) SELECT command_id, owner_id, version FROM held WHERE command_id IS NOT NULL
    )
    INSERT INTO events (stream_id, stream_type, version, event_id, type, schema_version, owner_id, payload, payload_hash, metadata, occurred_at)
    SELECT h.stream_id, h.stream_type, h.version - h.count + 1 + e.ordinal, e.event_id, e.type, e.schema_version, h.owner_id,
           e.payload, e.payload_hash, h.metadata::jsonb, h.occurred_at
    FROM unnest(
      ${Columns.uuids(events.map(({ stream_id }) => stream_id))},
      ${Columns.bigints(events.map(({ ordinal }) => BigInt(ordinal)))},
      ${Columns.uuids(events.map(({ payload }) => payload.event_id))},
      ${Columns.texts(events.map(({ payload }) => payload.type))},
      ${Columns.integers(events.map(({ payload }) => payload.schema_version))},
      ${Columns.bytes(events.map(({ payload }) => payload.payload))},
      ${Columns.bytes(events.map(({ payload }) => payload.payload_hash))}
    ) WITH ORDINALITY AS e (stream_id, ordinal, event_id, type, schema_version, payload, payload_hash, place)
    JOIN held h USING (stream_id)
    ORDER BY e.place
    RETURNING event_id, version, position`
}

const standingsOf = (sql: SqlClient.SqlClient, appends: ReadonlyArray<SealedAppend>) => sql<{
  readonly place: bigint
  readonly actual: bigint | null
  readonly carried_out: bigint | null
}>`
  SELECT c.place, s.version AS actual, k.version AS carried_out
  FROM unnest(
    ${Columns.uuids(appends.map(({ command }) => command.stream_id))},
    ${Columns.texts(appends.map(({ command }) => keyOf(command)))}
  ) WITH ORDINALITY AS c (stream_id, command_id, place)
  LEFT JOIN streams s USING (stream_id)
  LEFT JOIN commands k USING (command_id)`

/** Command ids are a person's own. */
const keyOf = ({ owner_id, metadata }: Append): string | null =>
  metadata.command_id === undefined ? null : `${owner_id}/${metadata.command_id}`

const versionOf = (expected: Expected): bigint => (expected === "any" ? -1n : expected === "none" ? 0n : BigInt(expected))

/**
 * Whether an exact version is expected among others. Streams are then locked in one order before any of them moves: the parts of the
 * statement that move them go one after the other, and two batches could each hold what the other waits for.
 */
const isMixed = (commands: ReadonlyArray<Append>): boolean =>
  commands.length > 1 && commands.some(({ expected }) => typeof expected === "number")
