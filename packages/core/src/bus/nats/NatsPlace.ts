/**
 * NatsPlace: how far a group has come in a partition, as the acknowledgement floor of a durable consumer.
 *
 *   projections__3__41   acknowledged ■ ■ ■ □ □ delivered          its owner was killed
 *   projections__3__42                      □ □ □ …                the next owner begins after the floor, and the old one is deleted
 *
 * Terms. *term*: the number at the end of the name, one more for each owner. *floor*: the last event that is acknowledged with all before it.
 *
 * Invariants
 *  1. A durable with deliveries that nobody acknowledged is never gone on with: later events would come first, and acknowledging
 *     one of those would acknowledge the lost ones.
 *  2. What a former owner still acknowledges finds no durable of its term, so that it moves nobody's floor. On one of the same name it
 *     would move the count of deliveries, by which the server then ignores the new owner's.
 *  3. The place is never lost: the old durable goes only when the new one is there. Of several, the highest term is right, for it
 *     began after the floor of the one before.
 *  4. Nothing is handed twice to one owner, however long its handler takes: the server delivers again after a day only, and what it
 *     delivers again is dropped.
 *
 * Source: nats-server, server/consumer.go (processAckMsg); JetStream documentation, consumers, AckPolicy.
 */
import { AckPolicy, type ConsumerInfo, DeliverPolicy } from "@nats-io/jetstream"
import { nanos } from "@nats-io/transport-node"
import * as Effect from "effect/Effect"
import { randomUUID } from "node:crypto"
import { ask } from "./NatsFailure.ts"
import type { Session } from "./NatsSession.ts"

/** How many events are delivered and not yet acknowledged, at most. */
export const maxInFlight = 1_000

/** Longer than any handler: see invariant 4. */
const acknowledgeMillis = 86_400_000

/** The places of a group in a stream, by partition; a group that never was there has none. */
export const placesOf = Effect.fnUntraced(function* (session: Session, stream: string, group: string) {
  const infos = yield* ask(async () => {
    const all: Array<ConsumerInfo> = []
    for await (const info of session.manager.consumers.list(stream)) all.push(info)
    return all
  })
  const places = new Map<number, ConsumerInfo>()
  for (const info of infos) {
    const name = named(info.name)
    if (name?.group !== group) continue
    const known = places.get(name.partition)
    if (known === undefined || named(known.name)!.term < name.term) places.set(name.partition, info)
  }
  return places
})

/** The last event that the group has acknowledged with all before it. */
export const floorOf = (place: ConsumerInfo | undefined): number =>
  // nats-server 2.10.26 says 0 until something is acknowledged in this term.
  place === undefined ? 0 : Math.max(place.ack_floor.stream_seq, (place.config.opt_start_seq ?? 1) - 1)

/** Begins a new term where the last one left off. Only for who holds the partition's lease. */
export const begin = Effect.fnUntraced(function* (
  session: Session,
  stream: string,
  group: string,
  partition: number,
  subjects: string
) {
  const { consumers } = session.manager
  const last = (yield* placesOf(session, stream, group)).get(partition)
  const term = last === undefined ? 1 : named(last.name)!.term + 1
  const name = `${group}__${partition}__${term}`
  yield* ask(() =>
    consumers.add(stream, {
      durable_name: name,
      // The server takes a durable for the one that is there if nothing tells them apart, and two would share its deliveries.
      metadata: { owner: randomUUID() },
      filter_subject: subjects,
      ack_policy: AckPolicy.All,
      ack_wait: nanos(acknowledgeMillis),
      max_ack_pending: maxInFlight,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: floorOf(last) + 1
    })
  )
  // One that stays, because its owner ended here, is told by its lower term.
  if (last !== undefined) yield* Effect.ignore(ask(() => consumers.delete(stream, last.name)))
  return yield* ask(() => session.js.consumers.get(stream, name))
})

const named = (name: string) => {
  const match = /^(.+)__(\d+)__(\d+)$/.exec(name)
  return match === null ? undefined : { group: match[1]!, partition: Number(match[2]), term: Number(match[3]) }
}
