/**
 * The event store on PostgreSQL: one statement moves the versions by compare-and-swap and stores the events of those that held.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as SqlClient from "effect/sql/SqlClient"
import * as Columns from "../database/Columns.ts"
import { Signals } from "../database/Signals.ts"
import { EventCodec, isReadable, type SealedPayload } from "./EventCodec.ts"
import { type Append, type Appended, EventStore, type Expected, type SealedEvent, WrongExpectedVersion } from "./EventStore.ts"
import { Vault } from "./Vault.ts"

export const layer = Layer.effect(
  EventStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const vault = yield* Vault
    const codec = yield* EventCodec
    const signals = yield* Signals

    const insert = (commands: ReadonlyArray<Append>, sealed: ReadonlyArray<ReadonlyArray<SealedPayload>>) => {
      const events = commands.flatMap((command, index) =>
        sealed[index]!.map((payload, ordinal) => ({ command, payload, ordinal }))
      )
      const now = new Date()
      return sql<{ stream_id: string; version: bigint; position: bigint }>`
        WITH command AS (
          SELECT * FROM unnest(
            ${Columns.uuids(commands.map((command) => command.stream_id))},
            ${Columns.texts(commands.map((command) => command.stream_type))},
            ${Columns.uuids(commands.map((command) => command.owner_id))},
            ${Columns.bigints(commands.map((command) => versionOf(command.expected)))},
            ${Columns.bigints(commands.map((command) => BigInt(command.events.length)))}
          ) AS c (stream_id, stream_type, owner_id, expected, count) ORDER BY stream_id
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
          SELECT w.stream_id, w.version, c.count, c.stream_type, c.owner_id
          FROM (SELECT * FROM created UNION ALL SELECT * FROM carried UNION ALL SELECT * FROM advanced) w
          JOIN command c USING (stream_id)
        )
        INSERT INTO events (stream_id, stream_type, version, event_id, type, schema_version, owner_id, payload, payload_hash, metadata, occurred_at)
        SELECT h.stream_id, h.stream_type, h.version - h.count + 1 + e.ordinal, e.event_id, e.type, e.schema_version, h.owner_id,
               e.payload, e.payload_hash, e.metadata::jsonb, e.occurred_at
        FROM unnest(
          ${Columns.uuids(events.map(({ command }) => command.stream_id))},
          ${Columns.bigints(events.map(({ ordinal }) => BigInt(ordinal)))},
          ${Columns.uuids(events.map(({ payload }) => payload.event_id))},
          ${Columns.texts(events.map(({ payload }) => payload.type))},
          ${Columns.integers(events.map(({ payload }) => payload.schema_version))},
          ${Columns.bytes(events.map(({ payload }) => payload.payload))},
          ${Columns.bytes(events.map(({ payload }) => payload.payload_hash))},
          ${Columns.jsons(events.map(({ command }) => command.metadata))},
          ${Columns.instants(events.map(({ command }) => command.occurred_at ?? now))}
        ) WITH ORDINALITY AS e (stream_id, ordinal, event_id, type, schema_version, payload, payload_hash, metadata, occurred_at, place)
        JOIN held h USING (stream_id)
        ORDER BY e.place
        RETURNING stream_id, version, position`
    }

    const actualVersions = (streams: ReadonlyArray<string>) =>
      streams.length === 0
        ? Effect.succeed([])
        : sql<{ stream_id: string; version: bigint }>`
            SELECT stream_id, version FROM streams WHERE stream_id = ANY(${Columns.uuids(streams)})`

    /** A round holds each stream at most once: the statement moves a stream's version once. */
    const round = Effect.fnUntraced(function* (commands: ReadonlyArray<Append>) {
      const owners = [...new Set(commands.map((command) => command.owner_id))]
      const keys = new Map(
        yield* Effect.forEach(owners, (owner) => Effect.map(vault.keyOf(owner), (key) => [owner, key] as const))
      )
      const sealed: Array<ReadonlyArray<SealedPayload>> = []
      for (const [index, { owner_id, events }] of commands.entries()) {
        if (index % sealedAtOnce === sealedAtOnce - 1) yield* Effect.yieldNow
        sealed.push(events.map((event) => codec.seal(keys.get(owner_id)!, event)))
      }
      const last = new Map<string, { readonly version: number; readonly position: bigint }>()
      for (const { stream_id, version, position } of yield* insert(commands, sealed)) {
        const known = last.get(stream_id)
        if (known === undefined || known.position < position) last.set(stream_id, { version: Number(version), position })
      }
      const lost = commands.filter(({ stream_id }) => !last.has(stream_id)).map(({ stream_id }) => stream_id)
      const actual = new Map((yield* actualVersions(lost)).map(({ stream_id, version }) => [stream_id, Number(version)]))
      return commands.map(({ stream_id, expected }, index): Result.Result<Appended, WrongExpectedVersion> => {
        const held = last.get(stream_id)
        return held === undefined
          ? Result.fail(new WrongExpectedVersion({ stream: stream_id, expected, actual: actual.get(stream_id) ?? 0 }))
          : Result.succeed({ stream_id, ...held, event_ids: sealed[index]!.map(({ event_id }) => event_id) })
      })
    })

    const append = Effect.fn("EventStore.append")(function* (commands: ReadonlyArray<Append>) {
      if (commands.length === 0) return []
      const results: Array<Result.Result<Appended, WrongExpectedVersion>> = Array.from({ length: commands.length })
      for (const indexes of rounds(commands)) {
        const answers = yield* round(indexes.map((index) => commands[index]!))
        indexes.forEach((index, place) => (results[index] = answers[place]!))
      }
      yield* sql.afterCommit(Effect.sync(() => signals.raise("events")))
      return results
    })

    return EventStore.of({
      append,
      appendOne: (command) => Effect.flatMap(append([command]), ([result]) => Effect.fromResult(result!)),
      readStream: Effect.fn("EventStore.readStream")(function* (stream_id, from_version = 1) {
        const rows = yield* sql<SealedRow>`
          SELECT ${sealedColumns(sql)} FROM events WHERE stream_id = ${stream_id} AND version >= ${from_version} ORDER BY version`
        const opened = yield* codec.open(rows.map(toSealed))
        return yield* Effect.forEach(opened, (event) =>
          isReadable(event) ? Effect.succeed(event) : Effect.fail(event.unreadable)
        )
      }),
      readLog: (after, upTo, limit) =>
        Effect.map(
          sql<SealedRow>`SELECT ${sealedColumns(sql)} FROM events WHERE position > ${after} AND position <= ${upTo} ORDER BY position LIMIT ${limit}`,
          (rows) => rows.map(toSealed)
        )
    })
  })
)

/** Sealing is computing: after so many, who else waits for this process gets a turn. */
const sealedAtOnce = 100

const versionOf = (expected: Expected): bigint => (expected === "any" ? -1n : expected === "none" ? 0n : BigInt(expected))

/**
 * Whether an exact version is expected among others. Streams are then locked in one order before any of them moves: the parts of the
 * statement that move them go one after the other, and two batches could each hold what the other waits for.
 */
const isMixed = (commands: ReadonlyArray<Append>): boolean =>
  commands.length > 1 && commands.some(({ expected }) => typeof expected === "number")

/** Commands on the same stream go in different rounds, in their order. */
const rounds = (commands: ReadonlyArray<Append>): ReadonlyArray<ReadonlyArray<number>> => {
  const seen = new Map<string, number>()
  const rounds: Array<Array<number>> = []
  commands.forEach(({ stream_id }, index) => {
    const round = seen.get(stream_id) ?? 0
    seen.set(stream_id, round + 1)
    ;(rounds[round] ??= []).push(index)
  })
  return rounds
}

interface SealedRow extends Omit<SealedEvent, "version"> {
  readonly version: bigint
}

const toSealed = (row: SealedRow): SealedEvent => ({ ...row, version: Number(row.version) })

const sealedColumns = (sql: SqlClient.SqlClient) =>
  sql.literal(
    "position, stream_id, stream_type, version, event_id, type, schema_version, owner_id, payload, payload_hash, metadata, occurred_at, recorded_at"
  )
