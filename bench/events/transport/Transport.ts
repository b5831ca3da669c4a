/**
 * Transport: how long an event is on its way from `publish` to its handler, and how many a second go through, over each bus. Publisher and
 * handler are processes of their own; payloads are 500 bytes, carried by value.
 */
import { percentile } from "../../Measurement.ts"
import { load } from "../../Report.ts"
import { atLeast, atMost, type Figure, figure, type Setting } from "../../Suite.ts"
import type { Server } from "../Server.ts"
import * as Broker from "./Broker.ts"
import type { Carrier } from "./Carrier.ts"
import { deliver, type Handled } from "./Delivery.ts"

/** What a bus is to reach. */
interface Goals {
  /** Milliseconds at 200 a second. */
  readonly p99: number
  /** Events a second. */
  readonly sustained: number
}

/** A bus that runs. */
interface Subject extends Goals {
  readonly name: string
  readonly carrier: Carrier
}

const paced = 200

const repeatedly = async (name: string, setting: Setting, once: () => Promise<Handled>, told: (handled: Handled) => string) => {
  const all: Array<Handled> = []
  for (let run = 0; run < setting.runs; run++) {
    const before = load()
    const handled = await once()
    setting.say(`${name}: ${told(handled)}, ${handled.repeated} repeated (load ${before})`)
    all.push(handled)
  }
  return all
}

const rateOf = ({ waits, milliseconds }: Handled) => (waits.length * 1_000) / milliseconds

const measured = async ({ name, carrier, ...goals }: Subject, setting: Setting): Promise<ReadonlyArray<Figure>> => {
  const seconds = setting.quick ? 1 : 6
  const many = setting.quick ? 4_000 : 60_000
  const wait = ({ waits }: Handled, share: number) => percentile(waits, share)
  const latencies = await repeatedly(
    `${name}, ${paced}/s`,
    setting,
    () => deliver({ carrier, warmUp: 500, parcels: paced * seconds, rate: paced }),
    (handled) => `p50 ${wait(handled, 0.5).toFixed(1)} p99 ${wait(handled, 0.99).toFixed(1)} ms`
  )
  const rates = await repeatedly(
    `${name}, all at once`,
    setting,
    () => deliver({ carrier, warmUp: 2_000, parcels: many, rate: null }),
    (handled) => `${rateOf(handled).toFixed(0)} events/s`
  )
  return [
    figure(
      `${name}: publish to handled p50 at ${paced}/s`,
      "ms",
      latencies.map((handled) => wait(handled, 0.5)),
      null
    ),
    figure(
      `${name}: publish to handled p99 at ${paced}/s`,
      "ms",
      latencies.map((handled) => wait(handled, 0.99)),
      atMost(goals.p99)
    ),
    figure(`${name}: sustained, 500 bytes`, "events/s", rates.map(rateOf), atLeast(goals.sustained))
  ]
}

const brokers = new Map<Broker.Kind, Goals>([
  ["nats", { p99: 25, sustained: 10_000 }],
  ["nats, sync always", { p99: 25, sustained: 3_000 }],
  ["kafka", { p99: 50, sustained: 10_000 }]
])

export const measure = async (server: Server, setting: Setting): Promise<ReadonlyArray<Figure>> => {
  const place = await server.ledger("transport")
  const postgres: Carrier = { transport: "postgres", address: "", place }
  const figures = [...(await measured({ name: "postgres", carrier: postgres, p99: 25, sustained: 10_000 }, setting))]
  for (const [name, goals] of brokers) {
    const found = await Broker.during(name, ({ transport, address }) =>
      measured({ name, carrier: { transport, address, place }, ...goals }, setting)
    )
    figures.push(...found)
  }
  return figures
}
