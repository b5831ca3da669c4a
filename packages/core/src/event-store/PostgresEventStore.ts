/**
 * The event store on PostgreSQL. A command is sealed by whoever asks for it, and appended with others that came at the same time; in a
 * transaction of the caller's it is appended by that transaction.
 */
import { availableParallelism } from "node:os"
import * as PgTypes from "@effect/sql-pg/PgTypes"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { Signals } from "../database/Signals.ts"
import * as Correlation from "../telemetry/Correlation.ts"
import * as TraceContext from "../telemetry/TraceContext.ts"
import * as AppendStatement from "./AppendStatement.ts"
import { EventCodec, isReadable } from "./EventCodec.ts"
import {
  type Append,
  type Appended,
  CommandIdReused,
  type Conflict,
  EventStore,
  type Metadata,
  type SealedEvent
} from "./EventStore.ts"
import { EventTooLarge, maxEventBytes } from "./EventTooLarge.ts"
import * as GroupCommit from "./GroupCommit.ts"
import { type PersonKey, Vault } from "./Vault.ts"

type SealedAppend = AppendStatement.SealedAppend

/** What is said of a command beside its events, as text. */
interface Said {
  readonly metadata: Metadata
  readonly cause: Correlation.Cause
  readonly text: string
}

export const layer = Layer.effect(
  EventStore,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const vault = yield* Vault
    const codec = yield* EventCodec
    const signals = yield* Signals

    /** By whoever asks: what cannot be sealed concerns nobody else. */
    const seal = Effect.fnUntraced(function* (commands: ReadonlyArray<Append>) {
      const causeOf = yield* Correlation.CurrentCause
      const traceparent = yield* TraceContext.current
      const keys = new Map<string, PersonKey>()
      const sealed: Array<SealedAppend> = []
      let said: Said | undefined
      for (const [index, command] of commands.entries()) {
        if (index % sealedAtOnce === sealedAtOnce - 1) yield* Effect.yieldNow
        const { owner_id, events, metadata } = command
        const key = keys.get(owner_id) ?? (yield* vault.keyOf(owner_id))
        keys.set(owner_id, key)
        const payloads = events.map((event) => codec.seal(key, event))
        const large = payloads.find(({ payload }) => payload.length > maxEventBytes)
        if (large !== undefined) return yield* new EventTooLarge({ event_id: large.event_id, bytes: large.payload.length })
        // One stream is one key of the group commit, however its id is spelled.
        const stream_id = command.stream_id.toLowerCase()
        const cause = causeOf({ stream_id, owner_id })
        // All rows of an import have the same, and the same text.
        if (said?.metadata !== metadata || said.cause !== cause) {
          const trace = Correlation.traceparentOf(cause, traceparent)
          said = { metadata, cause, text: JSON.stringify({ ...cause, traceparent: trace, ...metadata }) }
        }
        sealed.push({ command: { ...command, stream_id }, metadata: said.text, payloads })
      }
      return sealed
    })

    const read = Effect.fnUntraced(function* (stream_id: string, from_version: number, count: number | null) {
      const rows = yield* sql<SealedRow>`
        SELECT ${sealedColumns(sql)} FROM events WHERE stream_id = ${stream_id} AND version >= ${from_version} ORDER BY version LIMIT ${count}`
      return yield* codec.open(rows.map(toSealed))
    })

    /** The first answer to a command that has been carried out, if it is the same command. */
    const answerAgain = Effect.fnUntraced(function* ({ stream_id, metadata, events, occurred_at }: Append, version: number) {
      const recorded = yield* read(stream_id, version - events.length + 1, events.length)
      const isSame = events.every((event, index) => {
        const known = recorded[index]
        if (known === undefined || !isReadable(known) || known.metadata.command_id !== metadata.command_id) return false
        return Equal.equals(known.event, event) && (occurred_at ?? known.occurred_at).getTime() === known.occurred_at.getTime()
      })
      if (!isSame) return yield* new CommandIdReused({ command_id: metadata.command_id! })
      return { stream_id, version, position: recorded.at(-1)!.position, event_ids: recorded.map(({ event_id }) => event_id) }
    })

    const answerOf = ({ command }: SealedAppend, result: Result.Result<Appended, AppendStatement.Lost>): Answer => {
      if (Result.isSuccess(result)) return Effect.succeed(result.success)
      const lost = result.failure
      return lost instanceof AppendStatement.CarriedOut ? answerAgain(command, lost.version) : Effect.fail(lost)
    }

    const append = (appends: ReadonlyArray<SealedAppend>, patience: string | null = null) =>
      AppendStatement.run(sql, appends, patience).pipe(
        Effect.trackDuration(appendSeconds, Duration.toSeconds),
        Effect.map((results) => results.map((result, index) => answerOf(appends[index]!, result)))
      )

    const raise = Effect.sync(() => signals.raise("events"))

    const alone = (sealed: SealedAppend): Answer =>
      append([sealed]).pipe(
        Effect.retry({ times: attempts, schedule: pause, while: (error) => isPassing(error) || isDuplicate(error) }),
        Effect.tap(raise),
        Effect.flatMap(([answer]) => answer!)
      )

    const together = (appends: ReadonlyArray<SealedAppend>): Effect.Effect<ReadonlyArray<Answer>> =>
      append(appends, patience).pipe(
        Effect.tap(raise),
        Effect.catchCause((cause) =>
          Effect.succeed(appends.map((sealed) => (isUndone(cause) ? alone(sealed) : Effect.failCause(cause))))
        )
      )

    const grouped = yield* GroupCommit.make({
      lanes,
      batchSize,
      capacity,
      keyOf: ({ command }: SealedAppend) => command.stream_id,
      write: together
    })

    const inTransaction = Effect.map(Effect.serviceOption(sql.transactionService), Option.isSome)
    const appendInTransaction = (appends: ReadonlyArray<SealedAppend>) => Effect.tap(append(appends), sql.afterCommit(raise))

    return EventStore.of({
      append: Effect.fn("EventStore.append")(function* (commands) {
        const sealed = yield* seal(commands)
        const write = (yield* inTransaction) ? appendInTransaction : together
        const results: Array<Result.Result<Appended, Conflict>> = Array.from({ length: commands.length })
        for (const indexes of rounds(sealed)) {
          const answers = yield* write(indexes.map((index) => sealed[index]!))
          for (const [place, index] of indexes.entries()) results[index] = yield* conflictAsResult(answers[place]!)
        }
        return results
      }),
      appendOne: Effect.fnUntraced(function* (command) {
        const [sealed] = yield* seal([command])
        if (!(yield* inTransaction)) return yield* grouped(sealed!)
        const [answer] = yield* appendInTransaction([sealed!])
        return yield* answer!
      }),
      readStream: Effect.fn("EventStore.readStream")(function* (stream_id, from_version = 1) {
        return yield* Effect.forEach(yield* read(stream_id, from_version, null), (event) =>
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

/**
 * On two cores one lane costs least (docs/adr/0006-group-commit.md). Where there are more, a second one lets this process seal while the
 * database writes; it is one thread, and could not keep a third busy.
 */
const lanes = availableParallelism() > 2 ? 2 : 1
const batchSize = 128
/** Callers in a lane before the next one is made to wait. */
const capacity = 1_024
/** How long a batch waits for a stream that somebody else holds, before its commands go on one by one. */
const patience = "250ms"

/** Sealing is computing: after so many, who else waits for this process gets a turn. */
const sealedAtOnce = 100

/** How often a command that the database gave up, to let another one through, is tried again. */
const attempts = 4
const pause = Schedule.jittered(Schedule.exponential("10 millis"))

const appendSeconds = Metric.histogram("finance_event_store_append_duration_seconds", {
  description: "Time for the database to append a batch of commands",
  boundaries: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
})

type Answer = Effect.Effect<Appended, Conflict | SqlError>

const conflictAsResult = (answer: Answer): Effect.Effect<Result.Result<Appended, Conflict>, SqlError> =>
  Effect.matchEffect(answer, {
    onSuccess: (appended) => Effect.succeed(Result.succeed(appended)),
    onFailure: (error) => (error._tag === "SqlError" ? Effect.fail(error) : Effect.succeed(Result.fail(error)))
  })

/** The database undid the statement for the sake of others, and the same statement may well succeed now. */
const isPassing = ({ reason }: SqlError) =>
  reason._tag === "DeadlockError" || reason._tag === "SerializationError" || reason._tag === "LockTimeoutError"

/** The same command was being carried out. Tried again, it sees that it has been. */
const isDuplicate = ({ reason }: SqlError) => reason._tag === "UniqueViolation" && reason.constraint === "commands_pkey"

/**
 * Whether nothing of a batch was stored and its commands may do better one by one: the database undid it for the sake of others, or one of
 * them has a value that cannot be sent or that it refuses (SQLSTATE classes 22 and 23). What a broken connection leaves behind is unknown:
 * it is not tried again.
 *
 * Source: PostgreSQL manual, appendix A.
 */
const isUndone = (cause: Cause.Cause<SqlError>): boolean => {
  const error = Option.getOrUndefined(Cause.findErrorOption(cause))
  if (error === undefined) return false
  const said = error.reason.cause
  return (
    isPassing(error) ||
    said instanceof PgTypes.CodecError ||
    (said instanceof Error && "code" in said && /^2[23]/.test(String(said.code)))
  )
}

/** Commands on the same stream, or of the same id, go in different rounds, in their order. */
const rounds = (appends: ReadonlyArray<SealedAppend>): ReadonlyArray<ReadonlyArray<number>> => {
  const seen = new Map<string, number>()
  const rounds: Array<Array<number>> = []
  appends.forEach(({ command: { stream_id, owner_id, metadata } }, index) => {
    const names = metadata.command_id === undefined ? [stream_id] : [stream_id, `${owner_id}/${metadata.command_id}`]
    const round = Math.max(...names.map((name) => seen.get(name) ?? 0))
    for (const name of names) seen.set(name, round + 1)
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
