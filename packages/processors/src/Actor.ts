/**
 * Actor: one partition of a program: takes batches in turn, each of its events once, and sets aside those that cannot be handled.
 *
 *   batch ─▶ wait while paused ─┬─ drop what is ≤ checkpoint
 *                               ├─ fill what is missing from the event store
 *                               ├─ transaction { checkpoint · park what waits behind a parked key · effect · new events } ─▶ commit
 *                               └─ failed ─┬─ for what passes: again, after a while, for ever
 *                                          └─ for what is in it: once more, then by halves, each a transaction of its own,
 *                                             down to the event, which is parked
 *
 * Terms. *checkpoint*: the position of the last event of the partition whose effect is committed, or that is parked. *gap*: the first new
 * event says that another came before it than the checkpoint. *key*: whose events must stay in order, a stream's or a person's. *parked*: a
 * key of which an event waits in `parked_events`.
 *
 * Invariants
 *  1. Exactly-once effect: checkpoint and effect commit together, and the checkpoint moves by compare-and-swap, so of two actors that
 *     hold the same partition for a moment, one fails.
 *  2. Events of a partition take effect in the order of the log, none missing, whatever the bus repeats or has forgotten; but for those of
 *     a parked key, which keep their order among themselves.
 *  3. A batch that fails for what passes (the database, the bus, a time limit, another process) is tried again, with growing and jittered
 *     pauses, and never passed by.
 *  4. An event that fails in itself is parked, with every later one of its key, and the checkpoint moves on with them. Others flow.
 *  5. What a program appends is appended last in the transaction, so that neither fence nor lane waits for its work.
 *  6. An event of a type that only a newer release knows is passed by and counted: no program of this release wants it. One that is
 *     wanted, in a version that only a newer release can read, holds its partition up until that release takes over.
 *  7. A replay takes the events of a key in order, and each leaves `parked_events` in the transaction of its effect. The key is free when
 *     none is left; what comes meanwhile waits behind. One that fails again stops its key, and no other.
 *  8. A batch in hand is finished, within 20 seconds, when the process is asked to stop or the program is paused.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Semaphore from "effect/Semaphore"
import * as SqlClient from "effect/sql/SqlClient"
import { fromCloudEvent, type LedgerMessage } from "@finance/core/bus/CloudEvent"
import { type Batch, ledgerEvents } from "@finance/core/bus/EventBus"
import { partitionOf } from "@finance/core/bus/Partition"
import { Signals } from "@finance/core/database/Signals"
import { EventCodec, isReadable } from "@finance/core/event-store/EventCodec"
import { EventStore, type RecordedEvent, type SealedEvent } from "@finance/core/event-store/EventStore"
import type { EventType } from "@finance/core/event-store/LedgerEvent"
import * as Correlation from "@finance/core/telemetry/Correlation"
import type { ActorStatus } from "./ActorStatus.ts"
import { Control } from "./Control.ts"
import * as Failure from "./Failure.ts"
import * as Parking from "./Parking.ts"
import { keyOf, type Program } from "./Program.ts"
import * as ProcessorMetrics from "./ProcessorMetrics.ts"
import * as UnknownEvents from "./UnknownEvents.ts"

export interface Actor {
  /** Returns when all of the batch has had its effect, or is parked. */
  readonly handle: (batch: Batch) => Effect.Effect<void>
  /** Tries what is parked of the keys that an operator wants tried again. What passes is left for the next time. */
  readonly replay: Effect.Effect<void>
}

/** Where the actor stands, as the database last said. */
interface Place {
  readonly checkpoint: bigint
  readonly parked: ReadonlySet<string>
}

/** What an actor of the program is made with. */
const surroundings = <R>() =>
  Effect.all({
    sql: SqlClient.SqlClient,
    store: EventStore,
    codec: EventCodec,
    signals: Signals,
    control: Control,
    services: Effect.context<R>()
  })

/** A maker of the program's actors. */
export const maker = <E, R>(program: Program<E, R>) =>
  Effect.map(
    surroundings<R>(),
    (around) =>
      (partition: number, status: ActorStatus): Actor =>
        make(program, partition, status, around)
  )

const make = <E, R>(
  program: Program<E, R>,
  partition: number,
  status: ActorStatus,
  { sql, store, codec, signals, control, services }: Effect.Success<ReturnType<typeof surroundings<R>>>
): Actor => {
  const parking = Parking.of(sql, program, partition)
  const turn = Semaphore.makeUnsafe(1)
  const metrics = ProcessorMetrics.ofActor(program.name, partition)
  const handle = (events: ReadonlyArray<RecordedEvent>) => Correlation.following(program.name, events)(program.handle(events))
  const passBy = UnknownEvents.counter(program)

  let known: Place | undefined
  const place = Effect.suspend(() => (known === undefined ? lookUp : Effect.succeed(known)))
  const lookUp = Effect.gen(function* () {
    const [row] = yield* sql<{ position: bigint }>`
      INSERT INTO checkpoints AS c (processor, partition, position) VALUES (${program.name}, ${partition}, 0)
      ON CONFLICT (processor, partition) DO UPDATE SET position = c.position RETURNING position`
    return (known = { checkpoint: row!.position, parked: yield* parking.keys })
  })
  const committed = (next: Place) =>
    sql.afterCommit(
      Effect.sync(() => {
        known = next
        signals.raise("checkpoints")
      })
    )

  const move = Effect.fnUntraced(function* (from: bigint, to: bigint, isDurable: boolean) {
    const moved = yield* sql`
      UPDATE checkpoints SET position = ${to}, updated_at = now()
      WHERE processor = ${program.name} AND partition = ${partition} AND position = ${from}
      RETURNING set_config('synchronous_commit', ${isDurable ? "on" : "off"}, true)`
    if (moved.length === 0) return yield* new Failure.CheckpointMoved({ processor: program.name, partition })
  })

  const read = Effect.fnUntraced(function* (wanted: ReadonlyArray<SealedEvent>) {
    const readable: Array<RecordedEvent> = []
    for (const event of yield* codec.open(wanted)) {
      if (isReadable(event)) readable.push(event)
      // What was forgotten has no effect any more; anything else that does not open is a fault.
      else if (event.unreadable._tag !== "Erased") {
        const { unreadable, position } = event
        const isPassing = unreadable._tag === "UnreadableEvent" && unreadable.reason === "newer"
        return yield* new Failure.CannotRead({ position, isPassing, detail: unreadable.message })
      }
    }
    return readable
  })

  /** What the events bring about, where some may have to wait behind others. Only the database knows who was set free meanwhile. */
  const effectBehind = Effect.fnUntraced(function* (from: bigint, to: bigint, wanted: ReadonlyArray<SealedEvent>) {
    yield* move(from, to, program.appends)
    const parked = yield* parking.keys
    const hasToWait = (event: SealedEvent) => parked.has(keyOf(program, event))
    const waiting = wanted.filter(hasToWait)
    if (waiting.length > 0) {
      yield* parking.park(waiting, Parking.waits)
      yield* sql.afterCommit(metrics.parked(waiting.length))
    }
    yield* committed({ checkpoint: to, parked })
    const events = yield* read(wanted.filter((event) => !hasToWait(event)))
    if (events.length > 0) yield* Effect.andThen(beforehand(events), handle(events))
  })

  /** Where others of the batch are parked, and in a replay, which are rare, it is done with the transaction open. */
  const beforehand = (events: ReadonlyArray<RecordedEvent>) => program.beforehand?.(events) ?? Effect.void

  const effect = Effect.fnUntraced(function* (from: bigint, to: bigint, events: ReadonlyArray<RecordedEvent>, { parked }: Place) {
    yield* move(from, to, program.appends)
    yield* committed({ checkpoint: to, parked })
    yield* handle(events)
  })

  type Take = (from: bigint, sealed: ReadonlyArray<SealedEvent>) => ReturnType<typeof take>

  const take = Effect.fnUntraced(function* (from: bigint, sealed: ReadonlyArray<SealedEvent>) {
    const to = sealed.at(-1)!.position
    const wanted = sealed.filter(({ type }) => program.types.has(type as EventType))
    const now = yield* place
    const isAllFree = now.parked.size === 0
    const events = isAllFree ? yield* read(wanted) : []
    if (isAllFree && events.length === 0) {
      yield* move(from, to, false)
      yield* committed({ ...now, checkpoint: to })
    } else {
      if (isAllFree) yield* Effect.provideContext(beforehand(events), services)
      yield* (isAllFree ? effect(from, to, events, now) : effectBehind(from, to, wanted)).pipe(
        sql.withTransaction,
        Effect.provideContext(services)
      )
    }
    status.handled += sealed.length
    yield* metrics.handled(sealed.length)
    yield* passBy(sealed)
  })

  const park = Effect.fnUntraced(function* (from: bigint, event: SealedEvent, reason: Parking.Reason) {
    const now = yield* place
    yield* move(from, event.position, program.appends).pipe(
      Effect.andThen(parking.park([event], reason)),
      Effect.andThen(committed({ checkpoint: event.position, parked: new Set([...now.parked, keyOf(program, event)]) })),
      sql.withTransaction
    )
    yield* metrics.parked(1)
    yield* Correlation.logged([event])(
      Effect.logError(`${program.name} has parked the event at position ${event.position}: ${reason.error}`)
    )
  })

  /** Takes the events by halves where they fail together, until those that fail by themselves are parked and all others are done. */
  const sift =
    (failures: number): Take =>
    (from, sealed) =>
      take(from, sealed).pipe(
        Effect.catchCause((cause) => {
          if (Failure.isPassing(cause)) return Effect.failCause(cause)
          if (sealed.length === 1) return park(from, sealed[0]!, { error: Failure.describe(cause), attempts: failures + 1 })
          known = undefined
          const half = Math.ceil(sealed.length / 2)
          const again = sift(failures + 1)
          return Effect.andThen(again(from, sealed.slice(0, half)), again(sealed[half - 1]!.position, sealed.slice(half)))
        })
      )

  /** The partition's events between the checkpoint and what the bus brought, from the log: all of them are behind the fence by now. */
  const fill = Effect.fnUntraced(function* (upTo: bigint, take: Take) {
    let from = (yield* place).checkpoint
    let read = from
    while (read < upTo) {
      const log = yield* store.readLog(read, upTo, fillBatch)
      if (log.length === 0) return
      read = log.at(-1)!.position
      const own = log.filter(({ owner_id }) => partitionOf(owner_id, ledgerEvents.partitions) === partition)
      if (own.length === 0) continue
      yield* take(from, own)
      from = own.at(-1)!.position
    }
  })

  const settle = Effect.fnUntraced(function* (messages: ReadonlyArray<LedgerMessage>, take: Take) {
    const from = (yield* place).checkpoint
    const fresh = beyond(from, messages)
    if (fresh.length === 0) return
    const sealed = fresh.map(({ sealed }) => sealed)
    if (connects(from, fresh)) yield* take(from, sealed)
    else yield* fill(sealed.at(-1)!.position, take)
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

  /** In one go, within its time, and finished when the process is asked to stop. What is known of the place is known anew if it fails. */
  const inHand = <A, E2, R2>(work: Effect.Effect<A, E2, R2>) =>
    Effect.suspend(() => {
      status.isBusy = true
      return Effect.timeout(work, batchTimeout)
    }).pipe(
      Effect.tap(() => Effect.sync(() => void (status.last_error = null))),
      Effect.tapCause((cause) => {
        known = undefined
        if (Cause.hasInterruptsOnly(cause)) return Effect.void
        status.failed(Failure.describe(cause))
        return metrics.restarted
      }),
      Effect.ensuring(Effect.sync(() => void (status.isBusy = false))),
      Effect.uninterruptible
    )

  const carryOut = (messages: ReadonlyArray<LedgerMessage>) => {
    let failures = 0
    const once = Effect.suspend(() => settle(messages, failures < triesTogether ? take : sift(failures)))
    return control.whileRunning(program.name).pipe(
      Effect.andThen(metrics.timed(inHand(once))),
      Effect.tapCause((cause) => {
        if (Cause.hasInterruptsOnly(cause)) return Effect.void
        if (!Failure.isPassing(cause)) failures++
        return Effect.logError(`${program.name} could not handle a batch of partition ${partition} and tries again`, cause)
      }),
      Effect.sandbox,
      Effect.retry(backoff),
      Effect.orDie,
      Effect.asVoid,
      Correlation.logged(
        messages.map(({ sealed }) => sealed),
        { processor: program.name, partition }
      )
    )
  }

  const release = Effect.fnUntraced(function* (key: string, sealed: ReadonlyArray<SealedEvent>) {
    const { checkpoint } = yield* place
    // Whoever holds the partition now moves its checkpoint, and waits for this, or this finds out.
    yield* move(checkpoint, checkpoint, program.appends)
    yield* parking.release(key, sealed)
    const events = yield* read(sealed)
    if (events.length > 0) yield* Effect.andThen(beforehand(events), handle(events))
  })

  /** Page by page, smaller where one fails, until none is left or the first of them fails by itself. */
  const replayKey = Effect.fnUntraced(function* (key: string) {
    let size = fillBatch
    while (true) {
      yield* control.whileRunning(program.name)
      const sealed = yield* parking.first(key, size)
      if (sealed.length === 0) return yield* Effect.logInfo(`${program.name} has replayed all that was parked of ${key}`)
      const failed = yield* inHand(Effect.provideContext(sql.withTransaction(release(key, sealed)), services)).pipe(
        Effect.as(undefined),
        Effect.catchCause((cause) => (Failure.isPassing(cause) ? Effect.failCause(cause) : Effect.succeed(cause)))
      )
      if (failed === undefined) continue
      if (sealed.length === 1) {
        const error = Failure.describe(failed)
        yield* parking.failedAgain(key, sealed[0]!, error)
        return yield* Effect.logError(`${program.name} failed again at position ${sealed[0]!.position}: ${error}`)
      }
      size = Math.ceil(sealed.length / 2)
    }
  })

  return {
    handle: (batch) => turn.withPermits(1)(Effect.flatMap(gather(batch), carryOut)),
    replay: parking.wanted.pipe(
      Effect.flatMap(Effect.forEach(replayKey, { discard: true })),
      Effect.tapCause((cause) => Effect.logWarning(`${program.name} goes on with its replay in a while`, cause)),
      Effect.ignore,
      Effect.ensuring(Effect.sync(() => void (known = undefined))),
      turn.withPermits(1)
    )
  }
}

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
/** So often a batch fails as a whole for what is in it, before it is taken apart. */
const triesTogether = 2
const backoff = Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("30 seconds")]).pipe(Schedule.jittered)
