/**
 * KafkaMember: one member of a consumer group: what it is given of the topic, it hands on, each partition in order and all side by side.
 *
 *   fetch ──▶ waiting(partition) ──▶ handler ──▶ place(partition) ──commit──▶ Kafka
 *               └ full: paused
 *
 * kafkajs fetches anew only when all that it fetched before has been handled, so that one slow partition would hold up all others. Here a
 * batch waits in memory instead, and kafkajs is told at once that it is done; it goes on fetching, and with that it keeps the group told
 * that we live, however long a handler takes.
 *
 * Terms. *in hand*: handed to a handler that has not returned. *place*: the offset after the last event handled.
 *
 * Invariants
 *  1. A place never passes an event that has not been handled.
 *  2. We join no new generation of the group while anything is in hand: the partition may be another's in that one. Handlers are asked to
 *     stop, and what they did is committed first.
 *  3. What was fetched in a generation is forgotten with it, and fetched again from the place.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import kafkajs from "kafkajs"
import type { Consumer, Kafka, PartitionAssigner } from "kafkajs"
import type { Batch, EventBusMisconfigured, EventBusUnavailable, Topic } from "../EventBus.ts"
import * as KafkaClient from "./KafkaClient.ts"
import { failureOf } from "./KafkaFailure.ts"
import * as KafkaHands from "./KafkaHands.ts"

/**
 * The group takes a member for dead that has not been heard of for so long, which no live one exceeds: kafkajs speaks up with every fetch.
 * The least that brokers allow by default, since a partition of a process that was killed waits for it.
 */
const sessionTimeout = 6_000
const heartbeatInterval = 1_500

/** A fetch that finds nothing waits so long for something to come; and so long it takes until a full partition that has room is fetched again. */
const maxWaitTimeInMs = 100

/** A join is tried again while something is in hand: for longer than any batch may take. */
const retry = { ...KafkaClient.retry, retries: 40, restartOnFailure: async () => false }

/**
 * Takes part in the group until interrupted, or until Kafka has been gone for longer than kafkajs tries. `kafka` is for this member alone.
 */
export const run = <R>(
  kafka: Kafka,
  topic: Topic,
  groupId: string,
  handle: (batch: Batch) => Effect.Effect<void, never, R>,
  hold?: (partitions: ReadonlySet<number>) => void
) =>
  Effect.gen(function* () {
    const ended = yield* Deferred.make<never, EventBusUnavailable | EventBusMisconfigured>()
    const hands = yield* KafkaHands.make(topic, handle, (cause) => Deferred.doneUnsafe(ended, Effect.failCause(cause)), hold)
    const consumer = kafka.consumer({
      groupId,
      partitionAssigners: [joiningWith(hands)],
      sessionTimeout,
      heartbeatInterval,
      maxWaitTimeInMs,
      allowAutoTopicCreation: false,
      retry
    })
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      Deferred.doneUnsafe(ended, Effect.fail(failureOf(payload.error)))
    })
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      hands.open(payload.memberAssignment[topic.name] ?? [])
      consumer.resume([{ topic: topic.name }])
    })
    yield* Effect.addFinalizer(() => KafkaClient.disconnect(consumer))
    yield* asked(() => consumer.connect())
    yield* asked(() => consumer.subscribe({ topics: [topic.name], fromBeginning: true }))
    yield* join(consumer, hands)
    return yield* Deferred.await(ended)
  }).pipe(Effect.scoped)

const asked = <A>(request: () => Promise<A>) => Effect.mapError(KafkaClient.ask(request), failureOf)

/** Joins the group and begins to fetch. Whoever leaves before it has joined waits for it, or kafkajs would join behind our back. */
const join = Effect.fnUntraced(function* (consumer: Consumer, hands: KafkaHands.KafkaHands) {
  const begun = consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    // It only takes in what was fetched, which takes no time.
    partitionsConsumedConcurrently: 1,
    eachBatch: async (fetched) => hands.take(fetched)
  })
  yield* Effect.addFinalizer(() =>
    Effect.andThen(hands.close, KafkaClient.ask(() => begun).pipe(Effect.timeoutOption("10 seconds"), Effect.ignore))
  )
  yield* asked(() => begun)
})

/** Spreads the partitions in turn, as kafkajs does, but joins with empty hands only. To kafkajs it is as if the group were not ready yet. */
const joiningWith =
  (hands: KafkaHands.KafkaHands): PartitionAssigner =>
  (config) => {
    const roundRobin = kafkajs.PartitionAssigners.roundRobin(config)
    return {
      ...roundRobin,
      protocol: (subscription) => {
        if (!hands.putDown()) throw Object.assign(new Error("a batch is still in hand"), { type: "REBALANCE_IN_PROGRESS" })
        return roundRobin.protocol(subscription)
      }
    }
  }
