/**
 * Outage: a broker that is away for half an hour while 50 events a second are stored. The half hour is not waited for: its 90,000 events are
 * stored as fast as they can be, and the broker stays away long enough that whoever looks for it looks at his longest intervals.
 *
 *   broker   ████████▏away                                       ▕████████████
 *   writes   50/s    ▏50/s       the rest of 90,000 at once       ▕
 *   handled  ████████▏                                            ▕drained ◀─ measured from when the broker answers
 */
import { setTimeout as sleep } from "node:timers/promises"
import { median, percentile } from "../../Measurement.ts"
import { type Running, start } from "../../Program.ts"
import { load } from "../../Report.ts"
import { atMost, type Figure, figure, type Setting } from "../../Suite.ts"
import type { Server } from "../Server.ts"
import * as Broker from "../transport/Broker.ts"
import { now } from "../transport/Parcel.ts"

/** What the writer is told to enter; at once where there is no rate. */
export interface Task {
  readonly count: number
  readonly rate: number | null
}

export interface Entered {
  /** Milliseconds from when each was due until it was stored; none for what was entered at once. */
  readonly waits: ReadonlyArray<number>
}

/** What the programs are told: how many events there are in all. */
export interface Awaited {
  readonly count: number
}

/** When the first of them was handled after that, and the last. Milliseconds since 1970. */
export interface Drained {
  readonly first: number
  readonly last: number
}

interface Size {
  readonly backlog: number
  /** Events entered at 50 a second, with the broker there and away. */
  readonly paced: number
  /** The least seconds that it is away. */
  readonly away: number
}

const rate = 50

const sizeOf = ({ quick }: Setting): Size =>
  quick ? { backlog: 2_000, paced: 25, away: 0 } : { backlog: 90_000, paced: 300, away: 40 }

interface Course {
  readonly up: ReadonlyArray<number>
  readonly down: ReadonlyArray<number>
  /** Seconds from the broker's first answer until an event was handled, and until all were. */
  readonly resumed: number
  readonly drained: number
}

const programs = { writer: new URL("WriterProgram.ts", import.meta.url), relay: new URL("RelayProgram.ts", import.meta.url) }

const course = async (server: Server, broker: Broker.Broker, name: string, size: Size): Promise<Course> => {
  const place = await server.ledger(name)
  const { transport, address } = broker
  const writer = start<"ready" | Entered>(programs.writer, place)
  const relay = start<"ready" | Drained>(programs.relay, { transport, address, place })
  const enter = async (task: Task) => {
    writer.tell(task)
    const entered = await writer.next()
    if (entered === "ready") throw new Error("the writer was ready twice")
    return entered.waits
  }
  const drain = async (count: number) => {
    relay.tell({ count } satisfies Awaited)
    const drained = await relay.next()
    if (drained === "ready") throw new Error("the relay was ready twice")
    return drained
  }
  try {
    await Promise.all([writer.next(), relay.next()])
    await enter({ count: size.paced, rate })
    await drain(size.paced)
    const up = await enter({ count: size.paced, rate })
    await broker.stop()
    const left = performance.now()
    const down = await enter({ count: size.paced, rate })
    await enter({ count: size.backlog - size.paced, rate: null })
    await sleep(Math.max(0, left + size.away * 1_000 - performance.now()))
    await broker.start()
    const back = now()
    const { first, last } = await drain(size.backlog + 2 * size.paced)
    return { up, down, resumed: (first - back) / 1_000, drained: (last - back) / 1_000 }
  } finally {
    for (const program of [writer, relay] satisfies ReadonlyArray<Running<unknown>>) program.end()
  }
}

const kinds: ReadonlyArray<Broker.Kind> = ["kafka", "nats, sync always"]

export const measure = async (server: Server, setting: Setting): Promise<ReadonlyArray<Figure>> => {
  const size = sizeOf(setting)
  const figures: Array<Figure> = []
  for (const kind of kinds) {
    const courses: Array<Course> = []
    // A run takes minutes.
    for (let run = 1; run <= Math.ceil(setting.runs / 3); run++) {
      const before = load()
      const name = `outage_${kind.slice(0, 4)}_${run}`
      const found = await Broker.during(kind, (broker) => course(server, broker, name, size))
      courses.push(found)
      const p99 = (waits: ReadonlyArray<number>) => `p99 ${percentile(waits, 0.99).toFixed(1)} ms`
      setting.say(
        `${kind}: appends ${p99(found.up)} with it and ${p99(found.down)} without; resumed in ${found.resumed.toFixed(1)} s, drained in ${found.drained.toFixed(1)} s (load ${before})`
      )
    }
    const slower = courses.map(({ up, down }) => median(down) / median(up))
    figures.push(
      figure(
        `${kind} away: ${size.backlog.toLocaleString("en")} events drained once it is back`,
        "s",
        courses.map(({ drained }) => drained),
        atMost(15)
      ),
      figure(
        `${kind} away: first event handled once it is back`,
        "s",
        courses.map(({ resumed }) => resumed),
        null
      ),
      figure(
        `${kind} there: append p99 at ${rate}/s`,
        "ms",
        courses.map(({ up }) => percentile(up, 0.99)),
        null
      ),
      figure(
        `${kind} away: append p99 at ${rate}/s`,
        "ms",
        courses.map(({ down }) => percentile(down, 0.99)),
        null
      ),
      figure(`${kind} away: append p50 in terms of what it is otherwise`, "×", slower, atMost(1.25))
    )
  }
  return figures
}
