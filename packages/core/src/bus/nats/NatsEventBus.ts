/**
 * NatsEventBus: the bus over NATS JetStream. A topic is a stream, an event a message under a subject of its key, a group one durable
 * consumer per partition.
 *
 *   publish ─▶ stream ledger_events ─▶ durable projections__3__42 ─▶ handler ─▶ acknowledged up to its last event
 *              (NatsStream,            (NatsPlace)                   while this process holds the partition's lease (NatsLease)
 *               NatsPublisher)
 *
 *  1. Events of a key are stored in order, whatever fails between (NatsPublisher). A repeat within two minutes is not stored again.
 *  2. A partition of a group is followed by one process at a time, and each has its share (FairShare, NatsMembers). Who takes one over
 *     begins after the last acknowledged event.
 *  3. An event is acknowledged when its handler has returned, and never before.
 *  4. A lost connection ends what hangs on it: `publish` fails, and whoever subscribes takes partitions anew on the next connection.
 *  5. A message that is no CloudEvent holds nobody up: it is counted, told of, and passed over.
 *
 * What the server acknowledges is on its disk only if it syncs always (`sync_interval: always`), or on three servers' pages with three
 * replicas. No client can ask which, so that the operator is warned until told otherwise.
 */
import { AckPolicy, type Consumer, DeliverPolicy, type JsMsg } from "@nats-io/jetstream"
import { nanos } from "@nats-io/transport-node"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type { CloudEvent } from "../CloudEvent.ts"
import { fromHeaders } from "../CloudEventHeaders.ts"
import { type Batch, EventBus, type Topic } from "../EventBus.ts"
import { EventTooLarge, maxEventBytes } from "../../event-store/EventTooLarge.ts"
import * as FairShare from "../FairShare.ts"
import { ask, unavailable } from "./NatsFailure.ts"
import * as NatsLease from "./NatsLease.ts"
import * as NatsMembers from "./NatsMembers.ts"
import * as NatsPlace from "./NatsPlace.ts"
import * as NatsPublisher from "./NatsPublisher.ts"
import * as NatsSession from "./NatsSession.ts"
import type { NatsSettings } from "./NatsSettings.ts"
import * as NatsStream from "./NatsStream.ts"

const maxBatch = 500

export const layer = (settings: NatsSettings) =>
  Layer.effect(
    EventBus,
    Effect.gen(function* () {
      const sessions = yield* NatsSession.make(settings)
      const streams = new WeakMap<NatsSession.Session, Map<string, NatsStream.NatsStream>>()
      let hasWarned = settings.syncsAlways

      const opened = Effect.fnUntraced(function* (topic: Topic) {
        const session = yield* sessions
        const known = streams.get(session) ?? new Map<string, NatsStream.NatsStream>()
        streams.set(session, known)
        const stream = known.get(topic.name) ?? (yield* NatsStream.open(session, topic, settings.replicas))
        known.set(topic.name, stream)
        if (!hasWarned && stream.replicas < 3) {
          hasWarned = true
          yield* Effect.logWarning(
            "NATS keeps what it acknowledges on one server: let it sync always (jetstream { sync_interval: always }) and say so with " +
              "NATS_SYNC_ALWAYS=true, or a power cut may take the last two minutes. With three replicas (NATS_REPLICAS=3) none of it is needed"
          )
        }
        return { session, stream }
      })

      const publish = Effect.fnUntraced(function* (topic: Topic, events: ReadonlyArray<CloudEvent>) {
        if (events.length === 0) return
        const tooLarge = events.find(({ data }) => data !== null && data.length > maxEventBytes)
        if (tooLarge !== undefined) return yield* new EventTooLarge({ event_id: tooLarge.id, bytes: tooLarge.data!.length })
        const { session, stream } = yield* opened(topic)
        yield* Effect.tapError(NatsPublisher.publish(session, stream, topic, events), () =>
          // Somebody may have deleted it: looked at again, and made anew, the next time.
          Effect.sync(() => streams.get(session)?.delete(topic.name))
        )
      })

      const subscribe = <R>(
        topic: Topic,
        group: string,
        handle: (batch: Batch) => Effect.Effect<void, never, R>,
        hold?: (partitions: ReadonlySet<number>) => void
      ) => {
        const held = FairShare.holding(hold)
        const follow = Effect.fnUntraced(function* (session: NatsSession.Session, stream: string, partition: number) {
          const lost = yield* NatsLease.hold(session.leases, `${stream}.${group}.${partition}`)
          const consumer = yield* NatsPlace.begin(session, stream, group, partition, NatsStream.subjectsOf(topic, partition))
          const { arrived, ended } = yield* delivered(consumer)
          const handled = Effect.gen(function* () {
            const messages = yield* batchOf(arrived)
            const events = yield* eventsOf(messages)
            if (events.length > 0) yield* handle({ partition, events })
            yield* ask(() => messages.at(-1)!.ackAck())
          })
          return yield* held(partition)(Effect.raceAllFirst([Effect.forever(handled), lost, ended]))
        }, Effect.scoped)
        const share = Effect.gen(function* () {
          const { session, stream } = yield* opened(topic)
          const { self, members, present } = yield* NatsMembers.join(session.leases, `${stream.name}.${group}`)
          const following = FairShare.follow({
            share: Effect.map(members, (members) => FairShare.shareOf(topic.partitions, members, self)),
            own: (partition) => follow(session, stream.name, partition)
          })
          return yield* Effect.raceAllFirst([following, present, session.lost])
        })
        return Effect.scoped(share).pipe(
          Effect.tapErrorTag("EventBusUnavailable", (error) => Effect.logWarning(`${group} follows ${topic.name} anew`, error)),
          Effect.retry({ while: ({ _tag }) => _tag === "EventBusUnavailable", schedule: again })
        )
      }

      const lag = Effect.fnUntraced(function* (topic: Topic, group: string) {
        const { session, stream } = yield* opened(topic)
        const places = yield* NatsPlace.placesOf(session, stream.name, group)
        return yield* Effect.forEach(
          Array.from({ length: topic.partitions }, (_, partition) => partition),
          (partition) => {
            const floor = NatsPlace.floorOf(places.get(partition))
            const events = countAfter(session, stream.name, NatsStream.subjectsOf(topic, partition), floor)
            return Effect.map(events, (events) => ({ partition, events: BigInt(events) }))
          },
          { concurrency: "unbounded" }
        )
      })

      return EventBus.of({ transport: "nats", isTransactional: false, publish, subscribe, lag })
    })
  )

const again = Schedule.jittered(Schedule.spaced("1 second"))

/** What the server hands over, as it comes, and what fails when it hands over no more. */
const delivered = Effect.fnUntraced(function* (consumer: Consumer) {
  const arrived = yield* Queue.unbounded<JsMsg>()
  let last = 0
  const take = (message: JsMsg) => {
    // Delivered again: it is here already, or has been.
    if (message.seq <= last) return
    last = message.seq
    Queue.offerUnsafe(arrived, message)
  }
  const messages = yield* Effect.acquireRelease(
    ask(() =>
      consumer.consume({
        max_messages: maxBatch,
        abort_on_missing_resource: true,
        callback: take
      })
    ),
    (messages) => Effect.promise(() => messages.close())
  )
  const ended = Effect.andThen(
    Effect.promise(() => messages.closed()),
    (cause) => Effect.fail(unavailable(`a durable delivers no more${cause instanceof Error ? `: ${cause.message}` : ""}`))
  )
  return { arrived, ended }
})

/** What has arrived; with what the server says is on its way, if that comes at once. */
const batchOf = Effect.fnUntraced(function* (arrived: Queue.Dequeue<JsMsg>) {
  const messages = yield* Queue.takeBetween(arrived, 1, maxBatch)
  const onTheirWay = Math.min(messages.at(-1)!.info.pending, maxBatch - messages.length)
  if (onTheirWay === 0) return messages
  const rest = yield* Effect.timeoutOption(Queue.takeBetween(arrived, onTheirWay, onTheirWay), "20 millis")
  return [...messages, ...Option.getOrElse(rest, () => [])]
})

const eventsOf = Effect.fnUntraced(function* (messages: ReadonlyArray<JsMsg>) {
  const events: Array<CloudEvent> = []
  for (const message of messages) {
    const read = fromHeaders(headersOf(message), message.data)
    if (Result.isSuccess(read)) {
      events.push(read.success)
      continue
    }
    const { stream, streamSequence } = message.info
    yield* Metric.update(Metric.withAttributes(unreadable, { topic: message.subject.split(".", 2).join(".") }), 1)
    yield* Effect.logWarning(`The message ${streamSequence} of the stream ${stream} is passed over`, read.failure)
  }
  return events
})

function* headersOf({ headers }: JsMsg): Generator<readonly [name: string, value: string]> {
  for (const [name, [value]] of headers ?? []) yield [name, value!]
}

/** How many events there are after this one. Counted by a consumer made for it: what a durable knows of comes a moment after the event. */
const countAfter = ({ manager: { consumers } }: NatsSession.Session, stream: string, subjects: string, sequence: number) =>
  ask(async () => {
    const { name, num_pending } = await consumers.add(stream, {
      filter_subject: subjects,
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: sequence + 1,
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: nanos(5_000)
    })
    await consumers.delete(stream, name)
    return num_pending
  })

const unreadable = Metric.counter("finance_bus_unreadable_total", {
  description: "Messages passed over because they are no CloudEvents",
  incremental: true
})
