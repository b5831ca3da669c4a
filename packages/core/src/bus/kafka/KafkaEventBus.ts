/**
 * The bus over Apache Kafka, through kafkajs.
 *
 *   publish ──▶ one idempotent producer, one request in flight ──▶ topic, its partitions by Partition.ts
 *   subscribe ──▶ KafkaMember, one of the group's ◀────────────────────┘
 *
 * A topic that is missing is made: its partitions fixed, kept for seven days, not compacted, replicated as the brokers do by default.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type { Admin, Message } from "kafkajs"
import type { CloudEvent } from "../CloudEvent.ts"
import {
  type Batch,
  EventBus,
  type EventBusError,
  EventBusMisconfigured,
  EventBusUnavailable,
  type Lag,
  type Topic
} from "../EventBus.ts"
import { EventTooLarge, maxEventBytes } from "../../event-store/EventTooLarge.ts"
import * as KafkaClient from "./KafkaClient.ts"
import { failureOf, isTooLarge } from "./KafkaFailure.ts"
import * as KafkaMember from "./KafkaMember.ts"
import { recordOf, requestsOf } from "./KafkaRecords.ts"
import type { KafkaSettings } from "./KafkaSettings.ts"

export const layer = (settings: KafkaSettings) =>
  Layer.effect(
    EventBus,
    Effect.gen(function* () {
      const client = yield* KafkaClient.make(settings)
      const admin = yield* KafkaClient.kept(() => client().admin())
      const producer = yield* KafkaClient.kept(() =>
        client().producer({
          idempotent: true,
          maxInFlightRequests: 1,
          allowAutoTopicCreation: false,
          createPartitioner: () => partitioner
        })
      )

      // A broker that is away comes back; one that refuses us goes on refusing, and whoever starts this should know it now.
      yield* Effect.mapError(
        admin((admin) => admin.describeCluster()),
        failureOf
      ).pipe(
        Effect.catchTag("EventBusUnavailable", (failure) =>
          Effect.logWarning("Kafka is away; what is stored meanwhile is told when it comes back", failure)
        )
      )

      const known = new Set<string>()
      /** Makes the topic where it is missing, and makes sure of its partitions where it is not. */
      const ensure = Effect.fnUntraced(function* (topic: Topic) {
        if (known.has(topic.name)) return
        const partitions = yield* Effect.mapError(
          admin((admin) => partitionsOf(admin, topic)),
          failureOf
        )
        if (partitions !== topic.partitions) {
          return yield* new EventBusMisconfigured({
            transport: "kafka",
            problem: `the topic ${topic.name} has ${partitions} partitions, not ${topic.partitions}`,
            advice: `Its events would lose their order. Delete it, or create it with ${topic.partitions} partitions; the outbox tells it again`
          })
        }
        known.add(topic.name)
      })

      const send = (topic: Topic, messages: ReadonlyArray<Message>) =>
        Effect.mapError(
          producer((producer) =>
            producer.send({ topic: topic.name, messages: [...messages], acks: -1, timeout: KafkaClient.requestTimeout })
          ),
          (error) => ({ isTooLarge: isTooLarge(error), failure: failureOf(error) })
        )

      /** Halves what the broker refuses for its size, until it is known which event it is: a topic may take less than ours do. */
      const sendInParts = (topic: Topic, messages: ReadonlyArray<Message>): Effect.Effect<void, EventBusError> =>
        Effect.catch(Effect.asVoid(send(topic, messages)), ({ isTooLarge, failure }) => {
          if (!isTooLarge) {
            // It may have been deleted and is then made again.
            known.delete(topic.name)
            return Effect.fail(failure)
          }
          const half = Math.ceil(messages.length / 2)
          return messages.length === 1
            ? Effect.fail(tooLarge(messages[0]!))
            : Effect.andThen(sendInParts(topic, messages.slice(0, half)), sendInParts(topic, messages.slice(half)))
        })

      const publish = Effect.fnUntraced(function* (topic: Topic, events: ReadonlyArray<CloudEvent>) {
        if (events.length === 0) return
        const large = events.find(({ data }) => data !== null && data.length > maxEventBytes)
        if (large !== undefined) return yield* new EventTooLarge({ event_id: large.id, bytes: large.data!.length })
        yield* ensure(topic)
        for (const messages of requestsOf(events.map((event) => recordOf(topic, event)))) yield* sendInParts(topic, messages)
      })

      const subscribe = <R>(
        topic: Topic,
        group: string,
        handle: (batch: Batch) => Effect.Effect<void, never, R>,
        hold?: (partitions: ReadonlySet<number>) => void
      ) =>
        Effect.andThen(ensure(topic), KafkaMember.run(client(), topic, groupOf(topic, group), handle, hold)).pipe(
          Effect.tapError((failure) =>
            Effect.logWarning(`${group} hears nothing of ${topic.name} for now and tries again`, failure)
          ),
          Effect.retry({ schedule: backoff, while: (failure) => failure instanceof EventBusUnavailable })
        )

      const lag = Effect.fnUntraced(function* (topic: Topic, group: string) {
        yield* ensure(topic)
        return yield* Effect.mapError(
          admin((admin) => lagOf(admin, topic, groupOf(topic, group))),
          failureOf
        )
      })

      return EventBus.of({ transport: "kafka", isTransactional: false, publish, subscribe, lag })
    })
  )

/** Every record says its partition itself. */
const partitioner = ({ message }: { readonly message: Message }) => message.partition!

/** A group's places are in one topic only, so that members of one never get partitions of another. */
const groupOf = (topic: Topic, group: string) => `${group}.${topic.name}`

const partitionsOf = async (admin: Admin, topic: Topic): Promise<number> => {
  if (!(await admin.listTopics()).includes(topic.name)) {
    await admin.createTopics({
      topics: [
        {
          topic: topic.name,
          numPartitions: topic.partitions,
          replicationFactor: -1,
          configEntries: [
            { name: "cleanup.policy", value: "delete" },
            { name: "retention.ms", value: String(7 * 24 * 3_600_000) },
            { name: "max.message.bytes", value: String(1_048_588) }
          ]
        }
      ]
    })
  }
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic.name] })
  return topics[0]!.partitions.length
}

const lagOf = async (admin: Admin, topic: Topic, groupId: string): Promise<ReadonlyArray<Lag>> => {
  // The places first: what is handled between the two requests may then count as not handled, never the other way round.
  const [places] = await admin.fetchOffsets({ groupId, topics: [topic.name] })
  const ends = await admin.fetchTopicOffsets(topic.name)
  return ends
    .map(({ partition, low, high }) => {
      const place = BigInt(places?.partitions.find((place) => place.partition === partition)?.offset ?? -1)
      const oldest = BigInt(low)
      return { partition, events: BigInt(high) - (place < oldest ? oldest : place) }
    })
    .toSorted((one, other) => one.partition - other.partition)
}

const tooLarge = ({ value, headers }: Message) =>
  new EventTooLarge({ event_id: String(headers?.["ce_id"]), bytes: value?.length ?? 0 })

const backoff = Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("2 seconds")]).pipe(Schedule.jittered)
