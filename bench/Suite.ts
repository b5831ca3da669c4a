/**
 * Suite: what can be measured with `npm run bench -- NAME`. A suite starts what it measures, checks that it did its work right (a wrong
 * result ends the suite, however fast it came), and gives figures.
 */
import { median } from "./Measurement.ts"

export interface Setting {
  /** How often each thing is measured; a suite may do with fewer where one run takes minutes, and the figure's `runs` show it. */
  readonly runs: number
  /** A look whether all works, on small sizes: its figures prove nothing. */
  readonly quick: boolean
  /** The parts that are asked for; all of them when none is named. */
  readonly only: ReadonlyArray<string>
  /** Tells whoever waits what is going on. */
  readonly say: (line: string) => void
}

export interface Suite {
  /** What it can measure by itself, by name, in this order; a suite that has none is always measured whole. */
  readonly parts?: ReadonlyArray<string>
  readonly measure: (setting: Setting) => Promise<ReadonlyArray<Figure>>
}

export interface Figure {
  readonly name: string
  /** The median of `runs`. */
  readonly value: number
  readonly unit: string
  /** As a person would say it (`≥ 3000`); null where there is nothing to reach. */
  readonly goal: string | null
  readonly holds: boolean | null
  /** Another program's median at the same work in the same suite, in the same unit. */
  readonly peer?: Peer
  /** How many times better than the peer: the quotient of the medians. */
  readonly ratio?: number
  /** The value of every run, in order. */
  readonly runs: ReadonlyArray<number>
}

export interface Peer {
  readonly name: string
  readonly value: number
  readonly runs: ReadonlyArray<number>
}

export interface Goal {
  readonly bound: "at least" | "at most"
  readonly value: number
}

export const atLeast = (value: number): Goal => ({ bound: "at least", value })
export const atMost = (value: number): Goal => ({ bound: "at most", value })

const told = ({ bound, value }: Goal) => `${bound === "at least" ? "≥" : "≤"} ${value}`
const isReached = ({ bound, value }: Goal, reached: number) => (bound === "at least" ? reached >= value : reached <= value)

/** A figure whose median has a goal to reach, or none. */
export const figure = (name: string, unit: string, runs: ReadonlyArray<number>, goal: Goal | null): Figure => {
  const value = median(runs)
  return { name, value, unit, goal: goal && told(goal), holds: goal && isReached(goal, value), runs }
}

/** A figure, more being better, that is to be so many times the peer's. */
export const against = (
  name: string,
  unit: string,
  runs: ReadonlyArray<number>,
  peer: Omit<Peer, "value">,
  goal: Goal
): Figure => {
  const value = median(runs)
  const peerValue = median(peer.runs)
  const ratio = value / peerValue
  return {
    name,
    value,
    unit,
    goal: `${told(goal)} ×`,
    holds: isReached(goal, ratio),
    peer: { ...peer, value: peerValue },
    ratio,
    runs
  }
}
