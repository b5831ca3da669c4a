/**
 * Outbox: tells the bus of every event in the log, in order, and never forgets one, because the log itself is what it reads from.
 *
 *   event log ──ReadFence──▶ relay ──publish──▶ bus            outbox_checkpoints(sink, position, last position per partition)
 *                              └────────── compare-and-swap ─────┘
 *
 * Invariants
 *  1. One relay per sink tells at a time: the one whose session holds the sink's lock.
 *  2. The checkpoint moves by compare-and-swap. A relay that lost its lock without noticing cannot move it.
 *     It need not be on the disk at once: what a power cut takes is published again.
 *  3. What is published and not yet checkpointed is published again: events keep their ids, and each says which position came before
 *     it in its partition, so that readers drop repeats and see gaps.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { toCloudEvent } from "../bus/CloudEvent.ts"
import { EventBus, type EventBusError, ledgerEvents } from "../bus/EventBus.ts"
import { partitionOf } from "../bus/Partition.ts"
import * as Columns from "../database/Columns.ts"
import { Database } from "../database/Database.ts"
import * as SessionLock from "../database/SessionLock.ts"
import { Signals } from "../database/Signals.ts"
import { EventStore } from "../event-store/EventStore.ts"
import { ReadFence } from "../event-store/ReadFence.ts"

/** Another relay has told of these events: this one has lost its lock. */
export class Fenced extends Schema.TaggedError<Fenced>()("Fenced", { sink: Schema.String, position: Schema.BigInt }) {}

export interface OutboxLag {
  readonly sink: string
  /** The last position the sink has been told of. */
  readonly position: bigint
  /** The highest position drawn. */
  readonly head: bigint
}

export class Outbox extends Context.Service<
  Outbox,
  {
    /** Relays until interrupted; waits its turn while another process does. Restarts itself when the database or the bus is away. */
    readonly run: Effect.Effect<never>
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

      const checkpoint = Effect.gen(function* () {
        yield* sql`INSERT INTO outbox_checkpoints (sink, partitions)
                   VALUES (${sink}, ${Columns.bigints(Array.from({ length: topic.partitions }, () => 0n))}) ON CONFLICT DO NOTHING`
        const [row] = yield* sql<{ position: bigint; partitions: ReadonlyArray<bigint> }>`
          SELECT position, partitions FROM outbox_checkpoints WHERE sink = ${sink}`
        return row!
      })

      const tell = Effect.fn("Outbox.tell")(function* (from: Checkpoint, upTo: bigint) {
        const events = yield* store.readLog(from.position, upTo, maxBatch)
        const last = events.at(-1)?.position ?? upTo
        const partitions = [...from.partitions]
        const messages = events.map((sealed) => {
          const partition = partitionOf(sealed.owner_id, topic.partitions)
          const previous = partitions[partition]!
          partitions[partition] = sealed.position
          return toCloudEvent({ sealed, previous })
        })
        yield* bus.publish(topic, messages)
        const moved = yield* sql`
          UPDATE outbox_checkpoints SET position = ${last}, partitions = ${Columns.bigints(partitions)}, updated_at = now()
          WHERE sink = ${sink} AND position = ${from.position}
          RETURNING set_config('synchronous_commit', 'off', true)`
        if (moved.length === 0) return yield* new Fenced({ sink, position: from.position })
        if (events.length > 0) {
          yield* sql`INSERT INTO outbox_batches (sink, from_position, to_position) VALUES (${sink}, ${events[0]!.position}, ${last})`
        }
        yield* Metric.update(published, events.length)
        return { position: last, partitions }
      }, sql.withTransaction)

      const relay = Effect.gen(function* () {
        const session = yield* SessionLock.session
        yield* SessionLock.take(session, `outbox/${sink}`)
        const lead = Effect.gen(function* () {
          let told: Checkpoint = yield* checkpoint
          while (true) {
            const seen = signals.current("events")
            const { position, head } = yield* fence.advance
            if (position > told.position) told = yield* tell(told, position)
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
          Effect.retry(Schedule.min([Schedule.exponential("250 millis"), Schedule.spaced("10 seconds")]).pipe(Schedule.jittered)),
          Effect.orDie
        ),
        lag: Effect.gen(function* () {
          const { position } = yield* checkpoint
          const { head } = yield* fence.advance
          return { sink, position, head }
        })
      })
    })
  )
}

interface Checkpoint {
  readonly position: bigint
  readonly partitions: ReadonlyArray<bigint>
}

const maxBatch = 1_000

const published = Metric.counter("finance_outbox_published_total", {
  description: "Events told to the bus",
  incremental: true
})
