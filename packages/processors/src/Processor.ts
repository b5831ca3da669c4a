/**
 * Processor: a program over the ledger's events, run as one actor per partition.
 *
 *   bus ─batch─▶ actor(partition) ─┬─ drop what is ≤ checkpoint
 *                                  ├─ fill what is missing from the event store
 *                                  └─ transaction { checkpoint · effect · new events } ─▶ commit
 *
 * Terms. *checkpoint*: the position of the last event of the partition whose effect is committed. *gap*: the first new event says that
 * another came before it than the checkpoint.
 *
 * Invariants
 *  1. Exactly-once effect: checkpoint and effect commit together, and the checkpoint moves by compare-and-swap, so of two actors that
 *     hold the same partition for a moment, one fails.
 *  2. Events of a partition take effect in the order of the log, none missing, whatever the bus repeats or has forgotten.
 *  3. An actor that fails tries again, with growing and jittered pauses, and never moves past what it could not do. Others go on.
 *  4. What a program appends is appended last in the transaction, so that neither fence nor lane waits for its work.
 *  5. An event of a type that only a newer release knows is passed by and counted: no program of this release wants it. One that is
 *     wanted, in a version that only a newer release can read, holds its partition up until that release takes over.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { type LedgerMessage, fromCloudEvent } from "@finance/core/bus/CloudEvent"
import { type Batch, EventBus, ledgerEvents } from "@finance/core/bus/EventBus"
import { partitionOf } from "@finance/core/bus/Partition"
import { Signals } from "@finance/core/database/Signals"
import { EventCodec, isReadable } from "@finance/core/event-store/EventCodec"
import { type EventHeader, EventStore, type RecordedEvent, type SealedEvent } from "@finance/core/event-store/EventStore"
import type { EventType } from "@finance/core/event-store/LedgerEvent"
import * as UnknownEvents from "./UnknownEvents.ts"

export interface Program<E, R> {
  readonly name: string
  readonly version: number
  /** The events it wants; the others pass it by. */
  readonly types: ReadonlySet<EventType>
  /**
   * Whether it appends events. One that only writes read models need not wait for the disk at every commit: what a power cut takes, its
   * checkpoint goes back with, and it is done again.
   */
  readonly appends: boolean
  /**
   * Whether something that soon follows these events is best taken with them. What is so gathered waits a moment at most, and comes to
   * the program no other way than one after the other would.
   */
  readonly expectsMore?: (events: ReadonlyArray<EventHeader>) => boolean
  /** What has to be done before the checkpoint moves and outside its transaction, such as telling a broker. It may be done again. */
  readonly beforehand?: (events: ReadonlyArray<RecordedEvent>) => Effect.Effect<void, E, R>
  /** Carries out what these events, in order and of one partition, bring about. Runs inside the actor's transaction. */
  readonly handle: (events: ReadonlyArray<RecordedEvent>) => Effect.Effect<void, E, R>
}

export type ProcessorState = "starting" | "running" | "caught-up" | "failed"

/** What an operator sees of a processor in this process. */
export interface ProcessorStatus {
  readonly name: string
  readonly version: number
  state: ProcessorState
  handled: number
  last_error: string | null
}

/** Another process has moved this partition's checkpoint: it is theirs now. */
class CheckpointMoved extends Schema.TaggedError<CheckpointMoved>()("CheckpointMoved", {
  processor: Schema.String,
  partition: Schema.Int
}) {}

/** An event of this partition cannot be read, and skipping it would lose its effect. */
class CannotRead extends Schema.TaggedError<CannotRead>()("CannotRead", { position: Schema.BigInt, detail: Schema.String }) {
  override get message() {
    return `The event at position ${this.position} cannot be read: ${this.detail}`
  }
}

/** Runs the program until interrupted, telling its status as it goes. Fails only when the bus does. */
export const run = Effect.fn("Processor.run")(function* <E, R>(program: Program<E, R>, status: ProcessorStatus) {
  const sql = yield* SqlClient.SqlClient
  const bus = yield* EventBus
  const store = yield* EventStore
  const codec = yield* EventCodec
  const signals = yield* Signals
  const services = yield* Effect.context<R>()
  const checkpoints = new Map<number, bigint>()
  const ofProcessor = { processor: program.name }
  const handled = Metric.withAttributes(eventsHandled, ofProcessor)
  const duration = Metric.withAttributes(batchSeconds, ofProcessor)
  const restarted = Metric.withAttributes(restarts, ofProcessor)
  const passBy = UnknownEvents.counter(program)

  const checkpointOf = Effect.fnUntraced(function* (partition: number) {
    const known = checkpoints.get(partition)
    if (known !== undefined) return known
    const [row] = yield* sql<{ position: bigint }>`
      INSERT INTO checkpoints AS c (processor, partition, position) VALUES (${program.name}, ${partition}, 0)
      ON CONFLICT (processor, partition) DO UPDATE SET position = c.position RETURNING position`
    checkpoints.set(partition, row!.position)
    return row!.position
  })

  const move = Effect.fnUntraced(function* (partition: number, from: bigint, to: bigint, isDurable: boolean) {
    const moved = yield* sql`
      UPDATE checkpoints SET position = ${to}, updated_at = now()
      WHERE processor = ${program.name} AND partition = ${partition} AND position = ${from}
      RETURNING set_config('synchronous_commit', ${isDurable ? "on" : "off"}, true)`
    if (moved.length === 0) return yield* new CheckpointMoved({ processor: program.name, partition })
    yield* sql.afterCommit(
      Effect.sync(() => {
        checkpoints.set(partition, to)
        signals.raise("checkpoints")
      })
    )
  })

  const read = Effect.fnUntraced(function* (sealed: ReadonlyArray<SealedEvent>) {
    const wanted = sealed.filter(({ type }) => program.types.has(type as EventType))
    const readable: Array<RecordedEvent> = []
    for (const event of yield* codec.open(wanted)) {
      if (isReadable(event)) readable.push(event)
      // What was forgotten has no effect any more; anything else that does not open is a fault, and holds this partition up.
      else if (event.unreadable._tag !== "Erased") {
        return yield* new CannotRead({ position: event.position, detail: event.unreadable.message })
      }
    }
    return readable
  })

  const take = Effect.fnUntraced(function* (partition: number, from: bigint, sealed: ReadonlyArray<SealedEvent>) {
    const to = sealed.at(-1)!.position
    const events = yield* read(sealed)
    if (events.length === 0) yield* move(partition, from, to, false)
    else {
      if (program.beforehand !== undefined) yield* Effect.provideContext(program.beforehand(events), services)
      yield* move(partition, from, to, program.appends).pipe(
        Effect.andThen(program.handle(events)),
        sql.withTransaction,
        Effect.provideContext(services)
      )
    }
    yield* passBy(sealed)
  })

  /** The partition's events between the checkpoint and what the bus brought, from the log: all of them are behind the fence by now. */
  const fill = Effect.fnUntraced(function* (partition: number, upTo: bigint) {
    let from = yield* checkpointOf(partition)
    let read = from
    while (read < upTo) {
      const log = yield* store.readLog(read, upTo, fillBatch)
      if (log.length === 0) return
      read = log.at(-1)!.position
      const own = log.filter(({ owner_id }) => partitionOf(owner_id, ledgerEvents.partitions) === partition)
      if (own.length === 0) continue
      yield* take(partition, from, own)
      from = own.at(-1)!.position
    }
  })

  const settle = Effect.fnUntraced(function* (partition: number, messages: ReadonlyArray<LedgerMessage>) {
    const from = yield* checkpointOf(partition)
    const fresh = beyond(from, messages)
    if (fresh.length === 0) return 0
    const sealed = fresh.map(({ sealed }) => sealed)
    if (connects(from, fresh)) yield* take(partition, from, sealed)
    else yield* fill(partition, sealed.at(-1)!.position)
    return fresh.length
  })

  /** The batch, with what the program expects to follow it soon. */
  const gather = Effect.fnUntraced(function* ({ events, more }: Batch) {
    const messages = events.map(fromCloudEvent)
    if (more === undefined || program.expectsMore === undefined) return messages
    const until = (yield* Clock.currentTimeMillis) + gatherMillis
    while (messages.length < maxGathered && program.expectsMore(messages.map(({ sealed }) => sealed))) {
      const left = until - (yield* Clock.currentTimeMillis)
      if (left <= 0) break
      messages.push(...(yield* more(left)).map(fromCloudEvent))
    }
    return messages
  })

  const carryOut = (partition: number, messages: ReadonlyArray<LedgerMessage>) =>
    Effect.suspend(() => settle(partition, messages)).pipe(
      Effect.timeout(batchTimeout),
      Effect.tap((count) =>
        Effect.sync(() => {
          status.state = "running"
          status.handled += count
          status.last_error = null
        }).pipe(Effect.andThen(Metric.update(handled, count)))
      ),
      Effect.trackDuration(duration),
      Effect.tapCause((cause) =>
        Effect.suspend(() => {
          checkpoints.delete(partition)
          if (Cause.hasInterruptsOnly(cause)) return Effect.void
          status.state = "failed"
          status.last_error = Cause.pretty(cause)
          return Effect.andThen(
            Metric.update(restarted, 1),
            Effect.logError(`${program.name} could not handle a batch of partition ${partition} and tries again`, cause)
          )
        })
      ),
      // A batch in hand is finished when the process is asked to stop; the pause before another try is not waited for.
      Effect.uninterruptible,
      Effect.sandbox,
      Effect.retry(backoff),
      Effect.orDie,
      Effect.asVoid
    )

  status.state = "running"
  return yield* bus.subscribe(ledgerEvents, program.name, (batch) =>
    Effect.flatMap(gather(batch), (messages) => carryOut(batch.partition, messages))
  )
})

/** The messages beyond the position, each once: a bus that was told twice may hold both in one batch. */
const beyond = (position: bigint, messages: ReadonlyArray<LedgerMessage>): ReadonlyArray<LedgerMessage> => {
  let last = position
  return messages.filter(({ sealed }) => {
    const isFresh = sealed.position > last
    if (isFresh) last = sealed.position
    return isFresh
  })
}

/** Whether nothing is missing between the position and the last of these messages. */
const connects = (position: bigint, messages: ReadonlyArray<LedgerMessage>): boolean =>
  messages.every(({ previous }, index) => previous <= (messages[index - 1]?.sealed.position ?? position))

const fillBatch = 1_000
/** How long a batch waits for what its program expects, and from how many events on it no longer does. */
const gatherMillis = 500
const maxGathered = 2_000
const batchTimeout = "20 seconds"
const backoff = Schedule.min([Schedule.exponential("200 millis"), Schedule.spaced("30 seconds")]).pipe(Schedule.jittered)

const eventsHandled = Metric.counter("finance_processor_events_total", { description: "Events handled", incremental: true })
const restarts = Metric.counter("finance_processor_restarts_total", {
  description: "Batches that failed and were tried again",
  incremental: true
})
const batchSeconds = Metric.timer("finance_processor_batch_duration", { description: "Time to handle a batch" })
