/**
 * The process that publishes, one call in flight as the relay does: first parcels to warm up on, and when it is told that they have
 * arrived, those that count.
 */
import { once } from "node:events"
import { EventBus } from "@finance/core/bus/EventBus"
import * as Effect from "effect/Effect"
import { carryOut, say } from "../../Program.ts"
import * as Carrier from "./Carrier.ts"
import type { Order } from "./Delivery.ts"
import { now, pack } from "./Parcel.ts"

/** As many as the relay publishes at once. */
const maxBatch = 1_000

/** Publishes the parcels from one number up to another as they fall due; without a rate, all are due at once. */
const publish = Effect.fnUntraced(function* ({ topic, rate }: Order, from: number, to: number) {
  const bus = yield* EventBus
  const begun = now()
  const dueOf = (number: number) => (rate === null ? now() : begun + ((number - from) * 1_000) / rate)
  let next = from
  while (next < to) {
    const batch = []
    while (next < to && batch.length < maxBatch && dueOf(next) <= now()) batch.push(pack({ due: dueOf(next), number: next++ }))
    if (batch.length > 0) yield* bus.publish(topic, batch)
    else yield* Effect.sleep("1 millis")
  }
})

const work = (order: Order) =>
  Effect.gen(function* () {
    yield* publish({ ...order, rate: null }, 0, order.warmUp)
    yield* Effect.promise(() => once(process, "message"))
    yield* publish(order, order.warmUp, order.warmUp + order.parcels)
  }).pipe(Effect.provide(Carrier.layer(order.carrier)), Effect.scoped, Effect.runPromise)

carryOut(async (order: Order) => {
  await work(order)
  say("published")
})
