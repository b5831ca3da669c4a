/**
 * UnreliableEventBus: a bus as bad as the contract allows, and worse. What it does to events is drawn, so that a run can be repeated.
 *
 *   publish     takes all and says that it took none · takes a part and fails · takes all twice
 *   subscribe   hands a batch again · begins some events back · leaves some out · shuffles a batch
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { CloudEvent } from "@finance/core/bus/CloudEvent"
import { type Batch, EventBus, EventBusUnavailable, type Topic } from "@finance/core/bus/EventBus"
import * as MemoryEventBus from "@finance/core/bus/MemoryEventBus"
import { type Draw, drawFrom } from "@finance/core/demo/Draw"

const away = new EventBusUnavailable({
  transport: "memory",
  detail: "the connection broke after the broker had taken the events"
})

const shuffled = (events: ReadonlyArray<CloudEvent>, draw: Draw): ReadonlyArray<CloudEvent> =>
  events
    .map((event) => ({ event, place: draw.below(1_000_000) }))
    .toSorted((one, other) => one.place - other.place)
    .map(({ event }) => event)

/** What comes of one batch on its way: at least its last event, for what follows shows what is missing. */
const delivered = (events: ReadonlyArray<CloudEvent>, draw: Draw): ReadonlyArray<ReadonlyArray<CloudEvent>> => {
  const kept = events.filter((_, index) => index === events.length - 1 || !draw.chance(10))
  const batches = [draw.chance(30) ? shuffled(kept, draw) : kept]
  if (draw.chance(40)) batches.push(events.slice(-draw.between(1, 5)))
  if (draw.chance(20)) batches.push([...events, ...events])
  return batches
}

export const layer = (seed: string): Layer.Layer<EventBus, never, Layer.Services<typeof MemoryEventBus.layer>> =>
  Layer.effect(
    EventBus,
    Effect.gen(function* () {
      const bus = yield* EventBus
      const draw = drawFrom(seed)
      return EventBus.of({
        ...bus,
        publish: Effect.fnUntraced(function* (topic: Topic, events: ReadonlyArray<CloudEvent>) {
          const luck = draw.below(10)
          if (luck === 0) yield* bus.publish(topic, events.slice(0, draw.below(events.length + 1)))
          else yield* bus.publish(topic, events)
          if (luck === 1) yield* bus.publish(topic, events)
          if (luck === 0 || luck === 2) return yield* away
        }),
        subscribe: <R>(
          topic: Topic,
          group: string,
          handle: (batch: Batch) => Effect.Effect<void, never, R>,
          hold?: (partitions: ReadonlySet<number>) => void
        ) =>
          bus.subscribe(
            topic,
            group,
            ({ partition, events }) =>
              Effect.forEach(delivered(events, draw), (events) => handle({ partition, events }), { discard: true }),
            hold
          )
      })
    })
  ).pipe(Layer.provide(MemoryEventBus.layer))
