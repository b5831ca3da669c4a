/**
 * Delivery: parcels from a publisher in one process to a handler in another, over a topic of their own.
 */
import { setTimeout as sleep } from "node:timers/promises"
import type { Topic } from "@finance/core/bus/EventBus"
import { start } from "../../Program.ts"
import type { Carrier } from "./Carrier.ts"

export interface Order {
  readonly carrier: Carrier
  readonly topic: Topic
  readonly group: string
  /** Parcels that do not count, before those that do. */
  readonly warmUp: number
  readonly parcels: number
  /** A second; null for as many as the bus takes. */
  readonly rate: number | null
}

export interface Handled {
  /** Milliseconds from when each parcel was due until it was in hand. */
  readonly waits: ReadonlyArray<number>
  /** From the first parcel's due time until the last was in hand. */
  readonly milliseconds: number
  readonly repeated: number
}

const programs = {
  publisher: new URL("PublisherProgram.ts", import.meta.url),
  subscriber: new URL("SubscriberProgram.ts", import.meta.url)
}

/** Milliseconds, in which all would have come at a twentieth of the goal: what has not is not slow but lost. */
const patience = 120_000

let topics = 0

export const deliver = async (order: Omit<Order, "topic" | "group">): Promise<Handled> => {
  const group = `bench-${process.pid}-${++topics}`
  const topic: Topic = { name: `bench.${group}`, partitions: 8 }
  const subscriber = start<"warm" | Handled>(programs.subscriber, { ...order, topic, group })
  const publisher = start<"published">(programs.publisher, { ...order, topic, group })
  const giveUp = new AbortController()
  const work = async () => {
    await subscriber.next()
    publisher.tell("go")
    const [handled] = await Promise.all([subscriber.next(), publisher.next()])
    if (handled === "warm") throw new Error("the subscriber was warm twice")
    return handled
  }
  const overdue = sleep(patience, undefined, { signal: giveUp.signal }).then(() => {
    throw new Error(`${order.carrier.transport} has not delivered ${order.parcels} parcels in ${patience / 1_000} s`)
  })
  try {
    return await Promise.race([work(), overdue])
  } finally {
    overdue.catch(() => {})
    giveUp.abort()
    publisher.end()
    subscriber.end()
  }
}
