/**
 * KafkaHands: what a member of a group holds: the batches that wait, the one of each partition that a handler has, and the places that
 * Kafka has not been told of yet. See KafkaMember.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Latch from "effect/Latch"
import * as Metric from "effect/Metric"
import * as Result from "effect/Result"
import * as Semaphore from "effect/Semaphore"
import type { EachBatchPayload, KafkaMessage } from "kafkajs"
import type { CloudEvent } from "../CloudEvent.ts"
import type { Batch, Topic } from "../EventBus.ts"
import * as KafkaClient from "./KafkaClient.ts"
import { eventIn } from "./KafkaRecords.ts"

export interface KafkaHands {
  /** From now on batches of these partitions are taken. */
  readonly open: (partitions: ReadonlyArray<number>) => void
  /** Takes what was fetched, for a handler to get in its turn. */
  readonly take: (fetched: EachBatchPayload) => void
  /** Whether nothing is held. If something is: asks the handlers to stop, commits what they did, and forgets the rest. */
  readonly putDown: () => boolean
  /** Puts down everything, and takes nothing any more. */
  readonly close: Effect.Effect<void>
}

const maxBatch = 1_000

/** What of a partition may wait before no more of it is fetched: more than a fast handler gets through while the next is on its way. */
const isFull = (queue: ReadonlyArray<KafkaMessage>): boolean =>
  queue.length >= 2_000 || queue.reduce((bytes, { value }) => bytes + (value?.length ?? 0), 0) >= 8_000_000

/** `fail` is told of a handler that died, `hold` of the partitions that are taken, each time that changes. */
export const make = Effect.fnUntraced(function* <R>(
  topic: Topic,
  handle: (batch: Batch) => Effect.Effect<void, never, R>,
  fail: (cause: Cause.Cause<never>) => void,
  hold: (partitions: ReadonlySet<number>) => void = () => {}
) {
  const handlers = yield* FiberSet.make<void, never>()
  const fork = yield* FiberSet.runtime(handlers)<R>()
  const forkLast = Effect.runForkWith(yield* Effect.context<never>())

  let assigned: ReadonlySet<number> = new Set()
  const assign = (partitions: ReadonlySet<number>) => {
    if (assigned.size === 0 && partitions.size === 0) return
    assigned = partitions
    hold(partitions)
  }
  let isClosed = false
  /** What waits, of each partition that has a handler. */
  const waiting = new Map<number, Array<KafkaMessage>>()
  const resumes = new Map<number, () => void>()

  const places = new Map<number, bigint>()
  let commitTo: EachBatchPayload["commitOffsetsIfNecessary"] = async () => {}
  const hasPlaces = yield* Latch.make()
  const oneCommit = yield* Semaphore.make(1)

  /** Tells Kafka of all places at once, however many batches have been handled since the last time. */
  const commit = oneCommit.withPermits(1)(
    Effect.suspend(() => {
      hasPlaces.closeUnsafe()
      const told = [...places]
      if (told.length === 0) return Effect.void
      const partitions = told.map(([partition, offset]) => ({ partition, offset: String(offset) }))
      return Effect.tap(
        KafkaClient.ask(() => commitTo({ topics: [{ topic: topic.name, partitions }] })),
        () =>
          Effect.sync(() => {
            for (const [partition, place] of told) if (places.get(partition) === place) places.delete(partition)
          })
      )
    })
  )
  yield* hasPlaces.await.pipe(
    Effect.andThen(commit),
    Effect.catch((error) =>
      Effect.logDebug("Kafka could not be told how far we are", error).pipe(
        Effect.andThen(Effect.sleep("500 millis")),
        Effect.andThen(hasPlaces.open)
      )
    ),
    Effect.forever,
    Effect.forkScoped
  )

  const readable = Effect.fnUntraced(function* (partition: number, messages: ReadonlyArray<KafkaMessage>) {
    const events: Array<CloudEvent> = []
    for (const message of messages) {
      const event = eventIn(message)
      if (Result.isSuccess(event)) events.push(event.success)
      else {
        yield* Metric.update(Metric.withAttributes(unreadable, { topic: topic.name }), 1)
        yield* Effect.logWarning(
          `a record is passed over: topic ${topic.name}, partition ${partition}, offset ${message.offset}`,
          event.failure
        )
      }
    }
    return events
  })

  const work = Effect.fnUntraced(
    function* (partition: number, queue: Array<KafkaMessage>) {
      while (queue.length > 0) {
        const messages = queue.splice(0, maxBatch)
        const events = yield* readable(partition, messages)
        if (events.length > 0) yield* handle({ partition, events })
        places.set(partition, BigInt(messages.at(-1)!.offset) + 1n)
        hasPlaces.openUnsafe()
        if (!isFull(queue)) {
          resumes.get(partition)?.()
          resumes.delete(partition)
        }
      }
      waiting.delete(partition)
    },
    Effect.tapCause((cause) => (Cause.hasInterruptsOnly(cause) ? Effect.void : Effect.sync(() => fail(cause))))
  )

  const take = ({ batch, pause, resolveOffset, commitOffsetsIfNecessary }: EachBatchPayload) => {
    const { partition, messages } = batch
    // Of a generation that has ended; it is fetched again in the next one.
    if (!assigned.has(partition)) return void pause()
    commitTo = commitOffsetsIfNecessary
    resolveOffset(batch.lastOffset())
    const queue = waiting.get(partition) ?? []
    for (const message of messages) queue.push(message)
    if (isFull(queue)) resumes.set(partition, pause())
    if (waiting.has(partition)) return
    waiting.set(partition, queue)
    fork(work(partition, queue))
  }

  let isPuttingDown = false
  const putDownAll = Effect.gen(function* () {
    isPuttingDown = true
    assign(new Set())
    yield* FiberSet.clear(handlers)
    waiting.clear()
    resumes.clear()
    yield* commit.pipe(Effect.timeoutOption("3 seconds"), Effect.ignore)
    places.clear()
    isPuttingDown = false
  })

  return {
    open: (partitions) => {
      if (!isClosed) assign(new Set(partitions))
    },
    take,
    putDown: () => {
      assign(new Set())
      if (isPuttingDown) return false
      if (waiting.size === 0 && places.size === 0) return true
      forkLast(putDownAll)
      return false
    },
    close: Effect.suspend(() => {
      isClosed = true
      return putDownAll
    })
  } satisfies KafkaHands
})

const unreadable = Metric.counter("finance_bus_unreadable_total", {
  description: "Records on the bus that are no CloudEvent, and were passed over",
  incremental: true
})
