/**
 * NatsStream: a topic as a stream of JetStream.
 *
 *   topic        ledger.events                        8 partitions, kept in the stream's metadata
 *   stream       ledger_events
 *   event        ledger.events.<partition>.<token>    the token is its key, percent-encoded
 */
import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type StreamConfig
} from "@nats-io/jetstream"
import { nanos } from "@nats-io/transport-node"
import * as Effect from "effect/Effect"
import type { CloudEvent } from "../CloudEvent.ts"
import type { Topic } from "../EventBus.ts"
import { ask, misconfigured } from "./NatsFailure.ts"
import type { Session } from "./NatsSession.ts"
import { partitionOf } from "../Partition.ts"

export interface NatsStream {
  readonly name: string
  readonly replicas: number
  /** Whether it takes atomic batches. */
  readonly takesBatches: boolean
}

const day = 86_400_000
const retentionMillis = 7 * day
/** What is published again within this time under the same id is not stored again. */
const duplicateMillis = 120_000

export const nameOf = (topic: Topic): string => topic.name.replaceAll(".", "_")

/** The subjects of all events of a partition. */
export const subjectsOf = (topic: Topic, partition: number): string => `${topic.name}.${partition}.*`

export const subjectOf = (topic: Topic, { partitionkey }: CloudEvent): string =>
  `${topic.name}.${partitionOf(partitionkey, topic.partitions)}.${token(partitionkey)}`

/** Within a subject, a dot, a space and a wildcard would mean something else. */
const token = (key: string): string =>
  /^[\w-]+$/.test(key)
    ? key
    : Array.from(new TextEncoder().encode(key), (byte) =>
        /[\w-]/.test(String.fromCharCode(byte))
          ? String.fromCharCode(byte)
          : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`
      ).join("")

/** The topic's stream: the one that is there if it will do, or a new one. */
export const open = Effect.fnUntraced(function* (session: Session, topic: Topic, replicas: number) {
  const { streams } = session.manager
  const { config } = yield* ask(async () => {
    try {
      return await streams.info(nameOf(topic))
    } catch (error) {
      if (!(error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound)) throw error
      return await streams.add(configurationOf(session, topic, replicas))
    }
  })
  const difference = differenceOf(config, topic)
  if (difference !== undefined) {
    return yield* misconfigured(`the stream ${config.name} ${difference}`, adviceFor(topic))
  }
  return { name: config.name, replicas: config.num_replicas, takesBatches: config.allow_atomic === true } satisfies NatsStream
})

const configurationOf = (session: Session, topic: Topic, replicas: number): Partial<StreamConfig> & { name: string } => ({
  name: nameOf(topic),
  subjects: [`${topic.name}.*.*`],
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
  discard: DiscardPolicy.Old,
  max_age: nanos(retentionMillis),
  duplicate_window: nanos(duplicateMillis),
  num_replicas: replicas,
  metadata: { partitions: String(topic.partitions) },
  ...(session.takesBatches && { allow_atomic: true })
})

/** What makes it another stream than the bus needs. How long, where and how often it keeps the events is the operator's to choose. */
const differenceOf = (config: StreamConfig, topic: Topic): string | undefined => {
  const partitions = config.metadata?.["partitions"]
  if (partitions === undefined) return "says nothing of its partitions in its metadata"
  if (partitions !== String(topic.partitions)) return `has ${partitions} partitions, and ${topic.partitions} are needed`
  if (config.subjects.join() !== `${topic.name}.*.*`) return `takes the subjects ${config.subjects.join(", ")}`
  if (config.retention !== RetentionPolicy.Limits) return `drops events once they are read (its retention is ${config.retention})`
  return undefined
}

const adviceFor = ({ name, partitions }: Topic) =>
  `Delete it, and the tracker makes it anew, for the log holds every event; or make it yourself with the subjects ${name}.*.*, ` +
  `limits retention and the metadata partitions=${partitions}`
