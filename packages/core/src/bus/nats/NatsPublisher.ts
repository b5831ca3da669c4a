/**
 * NatsPublisher: how a batch gets into a stream, with the events of a key in order whatever happens on the way.
 *
 * Many at once as an atomic batch, which the server takes whole or not at all, and syncs once. A few, and where the server knows no such
 * batches, one by one: keys side by side, and an event only when the one before it of its key is stored.
 *
 * Source: NATS ADR-50 (atomic batch publishing); JetStream documentation, message deduplication.
 */
import { headers } from "@nats-io/transport-node"
import * as Effect from "effect/Effect"
import type { CloudEvent } from "../CloudEvent.ts"
import { toHeaders } from "../CloudEventHeaders.ts"
import type { Topic } from "../EventBus.ts"
import { ask, failureOf, isUnanswered, unavailable } from "./NatsFailure.ts"
import type { Session } from "./NatsSession.ts"
import * as NatsStream from "./NatsStream.ts"

/** The server makes files for each batch: below this, one by one is quicker. */
const fewEvents = 32
/** The most a server takes unless told otherwise. */
const maxBatchEvents = 1_000
const maxBatchBytes = 8_000_000

/** Returns when all are stored. May be called again with the same events after a failure: what is stored already is not stored again. */
export const publish = Effect.fnUntraced(function* (
  session: Session,
  stream: NatsStream.NatsStream,
  topic: Topic,
  events: ReadonlyArray<CloudEvent>
) {
  for (const batch of batchesOf(events)) {
    if (stream.takesBatches && batch.length > fewEvents) {
      const taken = yield* Effect.isSuccess(ask(() => together(session, topic, batch)))
      if (taken) continue
    }
    // A batch is refused also because some of it is stored already, and the client does not say why.
    yield* Effect.tryPromise({ try: () => oneByOne(session, topic, batch), catch: failureOfPublishing })
  }
})

const together = async ({ js }: Session, topic: Topic, events: ReadonlyArray<CloudEvent>) => {
  const messages = events.map((event) => messageOf(topic, event))
  const [first, last] = [messages[0]!, messages.at(-1)!]
  const batch = await js.startBatch(first.subject, first.data, { headers: first.headers })
  for (const { subject, data, headers } of messages.slice(1, -1)) batch.add(subject, data, { headers })
  await batch.commit(last.subject, last.data, { headers: last.headers })
}

const oneByOne = async ({ js }: Session, topic: Topic, events: ReadonlyArray<CloudEvent>) => {
  const store = async (ofKey: ReadonlyArray<CloudEvent>) => {
    for (const event of ofKey) {
      const { subject, data, headers } = messageOf(topic, event)
      await js.publish(subject, data, { headers })
    }
  }
  await Promise.all(
    Map.groupBy(events, ({ partitionkey }) => partitionkey)
      .values()
      .map(store)
  )
}

/** The session has spoken to JetStream before: nobody answers because no stream takes the subject any more. */
const failureOfPublishing = (error: unknown) => (isUnanswered(error) ? unavailable("the stream is gone") : failureOf(error))

const empty = new Uint8Array()

const messageOf = (topic: Topic, event: CloudEvent) => {
  const written = headers()
  const attributes = toHeaders(event, "nats")
  for (const name in attributes) written.append(name, attributes[name]!)
  written.append("Nats-Msg-Id", attributes["ce-id"]!)
  return { subject: NatsStream.subjectOf(topic, event), data: event.data ?? empty, headers: written }
}

function* batchesOf(events: ReadonlyArray<CloudEvent>): Generator<ReadonlyArray<CloudEvent>> {
  let batch: Array<CloudEvent> = []
  let bytes = 0
  for (const event of events) {
    const size = event.data?.length ?? 0
    if (batch.length === maxBatchEvents || (batch.length > 0 && bytes + size > maxBatchBytes)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(event)
    bytes += size
  }
  if (batch.length > 0) yield batch
}
