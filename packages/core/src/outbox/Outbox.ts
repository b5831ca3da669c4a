/**
 * Outbox: tells the bus of every event in the log, in order, and never forgets one, because the log itself is what it reads from.
 *
 *   event log ──ReadFence──▶ relay ──publish──▶ bus            outbox_checkpoints(sink, position, last position per partition)
 *                              └────────── compare-and-swap ─────┘
 *
 * Terms. *sink*: a transport; each has its own checkpoint, so that the bus can be changed on a live system, and changed back.
 *
 * Invariants
 *  1. One relay per sink tells at a time: the one whose session holds the sink's lock.
 *  2. The checkpoint moves by compare-and-swap. A relay that lost its lock without noticing cannot move it.
 *     It need not be on the disk at once: what a power cut takes is published again.
 *  3. What is published and not yet checkpointed is published again: events keep their ids, and each says which position came before
 *     it in its partition, so that readers drop repeats and see gaps. No transaction is open while a broker is waited for; a bus in the
 *     database is told in the transaction that moves the checkpoint.
 *  4. A new sink begins where every program has been already (see `beginning`); a sink that comes back goes on where it was.
 *  5. An event that is too large to travel travels without its payload, and readers take it from the log.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { type LedgerMessage, toCloudEvent } from "../bus/CloudEvent.ts"
import { EventBus, type EventBusError, ledgerEvents } from "../bus/EventBus.ts"
import { partitionOf } from "../bus/Partition.ts"
import * as Columns from "../database/Columns.ts"
import { Database } from "../database/Database.ts"
import * as SessionLock from "../database/SessionLock.ts"
import { Signals } from "../database/Signals.ts"
import { EventStore } from "../event-store/EventStore.ts"
import { ReadFence } from "../event-store/ReadFence.ts"
import * as TraceContext from "../telemetry/TraceContext.ts"
import * as OutboxMarks from "./OutboxMarks.ts"

/** Another relay has told of these events: this one has lost its lock. */
export class Fenced extends Schema.TaggedError<Fenced>()("Fenced", { sink: Schema.String, position: Schema.BigInt }) {}

export interface OutboxLag {
  readonly sink: string
  /** The last position the sink has been told of. */
  readonly position: bigint
  /** The highest position drawn. */
  readonly head: bigint
  /** How long the oldest event that it has not been told of has waited; 0 when there is none. */
  readonly seconds: number
}

export class Outbox extends Context.Service<
  Outbox,
  {
    /** Relays until interrupted; waits its turn while another process does. Restarts itself when the database or the bus is away. */
    readonly run: Effect.Effect<never>
    /** How far behind the sink is; tells the metrics, too. */
    readonly lag: Effect.Effect<OutboxLag, SqlError>
  }
>()("finance/outbox/Outbox") {
  static readonly layer = Layer.effect(
    Outbox,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const bus = yield* EventBus
      const store = yield* EventStore
      const fence = yield* ReadFence
      const signals = yield* Signals
      const database = yield* Database
      const sink = bus.transport
      const topic = ledgerEvents

      const stored = Effect.map(
        sql<Checkpoint>`SELECT position, partitions FROM outbox_checkpoints WHERE sink = ${sink}`,
        ([row]) => row
      )

      /**
       * Where a new sink begins: as far as the sink that has been told most, and no further than any program has handled what that one was
       * told. The programs then miss nothing, and a long log is not told all over again. What came before in a partition is not known
       * where that was further; the beginning itself, which is later, makes a reader take the gap from the log.
       */
      const beginning = Effect.gen(function* () {
        const [most] = yield* sql<Checkpoint>`SELECT position, partitions FROM outbox_checkpoints ORDER BY position DESC LIMIT 1`
        if (most === undefined) return { position: 0n, partitions: Array.from({ length: topic.partitions }, () => 0n) }
        const [{ position }] = (yield* sql<{ position: bigint }>`
          SELECT CASE WHEN EXISTS (SELECT FROM checkpoints)
            THEN coalesce(min(coalesce(c.position, 0)), ${most.position}) ELSE 0 END AS position
          FROM (SELECT DISTINCT processor FROM checkpoints) p
          CROSS JOIN unnest(${Columns.bigints(most.partitions)}) WITH ORDINALITY AS told (position, number)
          LEFT JOIN checkpoints c ON c.processor = p.processor AND c.partition = told.number - 1
          WHERE coalesce(c.position, 0) < told.position`) as [{ position: bigint }]
        return { position, partitions: most.partitions.map((last) => (last < position ? last : position)) }
      })

      const checkpoint = Effect.gen(function* () {
        const known = yield* stored
        if (known !== undefined) return known
        const { position, partitions } = yield* beginning
        yield* sql`INSERT INTO outbox_checkpoints (sink, position, partitions)
                   VALUES (${sink}, ${position}, ${Columns.bigints(partitions)}) ON CONFLICT DO NOTHING`
        return (yield* stored)!
      })

      /** Publishes all of them, those that are too large without their payload; one that is too large even so is a gap to readers. */
      const publish = (messages: ReadonlyArray<LedgerMessage>): Effect.Effect<void, EventBusError> =>
        Effect.catchTag(bus.publish(topic, messages.map(toCloudEvent)), "EventTooLarge", (error) =>
          Effect.gen(function* () {
            const rest = messages.flatMap((message) => {
              if (message.sealed.event_id !== error.event_id) return [message]
              return message.sealed.payload === null ? [] : [withoutPayload(message)]
            })
            yield* Metric.update(Metric.withAttributes(tooLarge, { sink }), 1)
            yield* Effect.logWarning("an event travels without its payload, which readers take from the log", error)
            return yield* publish(rest)
          })
        )

      const move = Effect.fnUntraced(function* (
        from: Checkpoint,
        to: Checkpoint,
        messages: ReadonlyArray<LedgerMessage>,
        mark: OutboxMarks.Recorder
      ) {
        const moved = yield* sql`
          UPDATE outbox_checkpoints SET position = ${to.position}, partitions = ${Columns.bigints(to.partitions)}, updated_at = now()
          WHERE sink = ${sink} AND position = ${from.position}
          RETURNING set_config('synchronous_commit', 'off', true)`
        if (moved.length === 0) return yield* new Fenced({ sink, position: from.position })
        const [first] = messages
        if (first !== undefined) yield* mark({ from: first.sealed.position, to: to.position }, messages)
      })

      const tell = Effect.fnUntraced(function* (from: Checkpoint, upTo: bigint, mark: OutboxMarks.Recorder) {
        const events = yield* store.readLog(from.position, upTo, maxBatch)
        const partitions = [...from.partitions]
        const messages = events.map((sealed) => {
          const partition = partitionOf(sealed.owner_id, topic.partitions)
          const previous = partitions[partition]!
          partitions[partition] = sealed.position
          return { sealed, previous }
        })
        const to = { position: events.at(-1)?.position ?? upTo, partitions }
        const publishing = publish(messages)
        const moving = move(from, to, messages, mark)
        const telling = bus.isTransactional
          ? sql.withTransaction(Effect.andThen(publishing, moving))
          : Effect.andThen(publishing, sql.withTransaction(moving))
        const traceparents = () => events.map(({ metadata }) => metadata.traceparent)
        yield* TraceContext.following(`send ${topic.name}`, "producer", traceparents)(telling)
        yield* Metric.update(Metric.withAttributes(published, { sink }), events.length)
        return to
      })

      const relay = Effect.gen(function* () {
        const session = yield* SessionLock.session
        yield* SessionLock.take(session, `outbox/${sink}`)
        const lead = Effect.gen(function* () {
          let told: Checkpoint = yield* checkpoint
          const mark = yield* OutboxMarks.resume(sink).pipe(Effect.provideService(SqlClient.SqlClient, sql))
          while (true) {
            const seen = signals.current("events")
            const { position, head } = yield* fence.advance
            if (position > told.position) told = yield* tell(told, position, mark)
            else yield* signals.changedSince("events", seen, head > position ? "5 millis" : "1 second")
          }
        })
        return yield* Effect.raceFirst(lead, SessionLock.lost(session))
      }).pipe(Effect.scoped, Effect.provideService(Database, database))

      return Outbox.of({
        run: relay.pipe(
          Effect.tapError((error: Fenced | SqlError | EventBusError) =>
            Effect.logWarning("the outbox relay starts again", error)
          ),
          Effect.retry(Schedule.min([Schedule.exponential("250 millis"), Schedule.spaced("3 seconds")]).pipe(Schedule.jittered)),
          Effect.orDie
        ),
        lag: Effect.gen(function* () {
          const { position } = (yield* stored) ?? (yield* beginning)
          const { head } = yield* fence.advance
          const [waiting] = yield* sql<{ seconds: number }>`
            SELECT greatest(0, extract(epoch FROM clock_timestamp() - recorded_at))::float8 AS seconds FROM events
            WHERE position > ${position} ORDER BY position LIMIT 1`
          const seconds = waiting?.seconds ?? 0
          yield* Metric.update(Metric.withAttributes(lagEvents, { sink }), Number(head - position))
          yield* Metric.update(Metric.withAttributes(lagSeconds, { sink }), seconds)
          return { sink, position, head, seconds }
        })
      })
    })
  )
}

interface Checkpoint {
  readonly position: bigint
  readonly partitions: ReadonlyArray<bigint>
}

/** An event as it travels when it is too large: a reader believes that it lacks something, and finds the event whole in the log. */
export const withoutPayload = ({ sealed }: LedgerMessage): LedgerMessage => ({
  sealed: { ...sealed, payload: null },
  previous: sealed.position
})

const maxBatch = 1_000

const published = Metric.counter("finance_outbox_published_total", {
  description: "Events told to the bus",
  incremental: true
})
const tooLarge = Metric.counter("finance_outbox_too_large_total", {
  description: "Events told without their payload, which is more than the bus takes",
  incremental: true
})
const lagEvents = Metric.gauge("finance_outbox_lag_events", { description: "Positions drawn that the bus has not been told of" })
const lagSeconds = Metric.gauge("finance_outbox_lag_seconds", {
  description: "Age of the oldest event that the bus has not been told of"
})
