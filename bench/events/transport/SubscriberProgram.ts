/**
 * The process that handles what is published, and holds it against what was promised: every parcel, each key's in order, in its partition.
 */
import { EventBus, type Batch } from "@finance/core/bus/EventBus"
import { partitionOf } from "@finance/core/bus/Partition"
import * as Effect from "effect/Effect"
import { carryOut, say } from "../../Program.ts"
import * as Carrier from "./Carrier.ts"
import type { Handled, Order } from "./Delivery.ts"
import { keys, now, unpack } from "./Parcel.ts"

const stop = (problem: string): never => {
  console.error(problem)
  process.exit(1)
}

class Desk {
  private readonly order: Order
  private readonly latest = new Map<string, number>()
  private readonly waits: Array<number> = []
  private begun = Number.POSITIVE_INFINITY
  private arrived = 0
  private repeated = 0

  constructor(order: Order) {
    this.order = order
  }

  take({ partition, events }: Batch): void {
    const { topic, warmUp, parcels } = this.order
    const before = this.arrived
    for (const event of events) {
      const { due, number } = unpack(event)
      const key = event.partitionkey
      const wanted = (this.latest.get(key) ?? (number % keys.length) - keys.length) + keys.length
      if (partitionOf(key, topic.partitions) !== partition) stop(`key ${key} came in partition ${partition}`)
      if (number > wanted) stop(`parcel ${number} of key ${key} came where ${wanted} was due`)
      if (number < wanted) {
        this.repeated++
        continue
      }
      this.latest.set(key, number)
      this.arrived++
      if (number < warmUp) continue
      this.begun = Math.min(this.begun, due)
      this.waits.push(now() - due)
    }
    if (this.arrived === before) return
    if (this.arrived === warmUp) say("warm")
    if (this.arrived === warmUp + parcels) {
      say({ waits: this.waits, milliseconds: now() - this.begun, repeated: this.repeated } satisfies Handled)
    }
  }
}

carryOut(async (order: Order) => {
  const desk = new Desk(order)
  const handle = (batch: Batch) => Effect.sync(() => desk.take(batch))
  await Effect.gen(function* () {
    const bus = yield* EventBus
    return yield* bus.subscribe(order.topic, order.group, handle)
  }).pipe(Effect.provide(Carrier.layer(order.carrier)), Effect.scoped, Effect.runPromise)
})
