/**
 * Stress: what either log is put under: six writers on a handful of streams, each with its transaction left open for a while after it has
 * drawn its positions, one in five given up; and a stranger, who writes to something else and does not commit for long.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { type Draw, drawFrom } from "@finance/core/demo/Draw"
import { Client } from "pg"

export const writers = 6
export const streams = 24

/** One transaction of a writer. */
export interface Step {
  /** Which of the streams. */
  readonly stream: number
  readonly events: number
  /** Milliseconds between the append and the end of its transaction; 0 for an append by itself. */
  readonly pause: number
  readonly givesUp: boolean
}

const stepOf = (draw: Draw): Step => ({
  stream: draw.below(streams),
  events: draw.between(1, 3),
  pause: draw.chance(30) ? 0 : draw.between(1, 40),
  givesUp: draw.chance(20)
})

/** The steps of one writer, the same for the same seed. */
export const stepsOf = (seed: number, writer: number): (() => Step) => {
  const draw = drawFrom(`${seed}/${writer}`)
  return () => stepOf(draw)
}

/** Milliseconds that the stranger keeps everybody waiting who waits for strangers. */
export const held = 1_500
const between = 300

/** Holds a transaction open that has written, most of the time, until told to stop. */
export const stranger = async (url: string): Promise<() => Promise<void>> => {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query("CREATE TABLE strangers (at timestamptz NOT NULL)")
  const stopping = new AbortController()
  const rest = (milliseconds: number) => sleep(milliseconds, undefined, { signal: stopping.signal }).catch(() => {})
  const live = async () => {
    while (!stopping.signal.aborted) {
      await client.query("BEGIN")
      await client.query("INSERT INTO strangers VALUES (now())")
      await rest(held)
      await client.query("COMMIT")
      await rest(between)
    }
    await client.end()
  }
  const life = live()
  return () => {
    stopping.abort()
    return life
  }
}
