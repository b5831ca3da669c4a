/** KafkaRecords: events as Kafka's records and back, and as many of them in one request as a broker takes. */
import * as Result from "effect/Result"
import type { KafkaMessage, Message } from "kafkajs"
import type { CloudEvent } from "../CloudEvent.ts"
import { fromHeaders, NotACloudEvent, toHeaders } from "../CloudEventHeaders.ts"
import type { Topic } from "../EventBus.ts"
import { partitionOf } from "../Partition.ts"

/** The record of an event. A bridge to NATS copies its headers: with this one, JetStream knows a repeat by its id. */
export const recordOf = (topic: Topic, event: CloudEvent): Message => ({
  partition: partitionOf(event.partitionkey, topic.partitions),
  key: event.partitionkey,
  value: event.data === null ? null : bufferOf(event.data),
  headers: { ...toHeaders(event, "kafka"), "Nats-Msg-Id": event.id }
})

/** The event of a record. */
export const eventIn = ({ key, value, headers }: KafkaMessage): Result.Result<CloudEvent, NotACloudEvent> =>
  key === null ? Result.fail(new NotACloudEvent({ detail: "the record has no key" })) : fromHeaders(textOf(headers ?? {}), value)

const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array) => Buffer.from(buffer, byteOffset, byteLength)

const textOf = (headers: NonNullable<KafkaMessage["headers"]>): ReadonlyArray<readonly [string, string]> => {
  const text: Array<readonly [string, string]> = []
  for (const name in headers) {
    const value = headers[name]
    const first = Array.isArray(value) ? value[0] : value
    if (first !== undefined) text.push([name, first.toString()])
  }
  return text
}

/** The most bytes of one partition in one request: a broker takes 1 MiB together, unless told otherwise. */
export const maxRequestBytes = 1_000_000

/** The records in order, cut where a partition would have more bytes in one request than a broker takes; one record may be as large as that. */
export function* requestsOf(records: ReadonlyArray<Message>): Generator<ReadonlyArray<Message>> {
  let request: Array<Message> = []
  let bytes = new Map<number, number>()
  for (const record of records) {
    const size = bytesOf(record)
    const total = (bytes.get(record.partition!) ?? 0) + size
    if (total > maxRequestBytes && request.length > 0) {
      yield request
      request = []
      bytes = new Map()
    }
    request.push(record)
    bytes.set(record.partition!, (bytes.get(record.partition!) ?? 0) + size)
  }
  if (request.length > 0) yield request
}

/** At least what the record takes on the wire, counted as if every header's text were ASCII and its lengths took ten bytes. */
const bytesOf = ({ key, value, headers }: Message): number => {
  let bytes = 70 + (key?.length ?? 0) + (value?.length ?? 0)
  for (const name in headers) bytes += name.length + (headers[name]?.length ?? 0) + 10
  return bytes
}
