/**
 * Ordering: whether a reader of the log is given every event, once, and each stream's in order, while writers stress it (`Stress`).
 */
import { percentile } from "../../Measurement.ts"
import { ask } from "../../Program.ts"
import { load } from "../../Report.ts"
import { atMost, type Figure, figure, type Setting } from "../../Suite.ts"
import * as Emmett from "../Emmett.ts"
import type { Place, Server } from "../Server.ts"
import { held } from "./Stress.ts"
import type { Outcome } from "./Tally.ts"

export interface Order {
  readonly side: "ours" | "peer"
  readonly place: Place
  readonly seed: number
  readonly milliseconds: number
}

const program = new URL("OrderingProgram.ts", import.meta.url)

const placeOf = async (server: Server, side: Order["side"], seed: number): Promise<Place> => {
  const name = `ordering_${side}_${seed}`
  if (side === "ours") return server.ledger(name)
  const place = await server.empty(name)
  await Emmett.prepare(place.url)
  return place
}

/** So many runs, each over a new log; the same seed stresses both sides alike. */
const outcomes = async (server: Server, side: Order["side"], runs: number, milliseconds: number, setting: Setting) => {
  const outcomes: Array<Outcome> = []
  for (let seed = 1; seed <= runs; seed++) {
    const before = load()
    const place = await placeOf(server, side, seed)
    const outcome = await ask<Outcome>(program, { side, place, seed, milliseconds } satisfies Order)
    const { committed, lost, doubled, inverted, waits } = outcome
    if (committed === 0) throw new Error(`the writers of ${side} committed nothing`)
    setting.say(
      `${side}, run ${seed}: ${committed} committed, ${lost} lost, ${doubled} doubled, ${inverted} out of order, p99 ${percentile(waits, 0.99).toFixed(0)} ms to the reader (load ${before})`
    )
    outcomes.push(outcome)
  }
  return outcomes
}

const waits = (outcomes: ReadonlyArray<Outcome>) => outcomes.map(({ waits }) => percentile(waits, 0.99))
const shares = (outcomes: ReadonlyArray<Outcome>, of: "lost" | "doubled" | "inverted") =>
  outcomes.map((outcome) => (outcome[of] / outcome.committed) * 100)

/** Four of our runs for each of the peer's: 20 by default. */
const ourShare = 4

export const measure = async (server: Server, setting: Setting): Promise<ReadonlyArray<Figure>> => {
  const [runs, milliseconds] = setting.quick ? [1, 2_000] : [setting.runs * ourShare, 10_000]
  const ours = await outcomes(server, "ours", runs, milliseconds, setting)
  const stalled = waits(ours).filter((wait) => wait >= held)
  if (stalled.length > 0) throw new Error(`in ${stalled.length} of ${runs} runs our reader waited for a stranger`)
  const theirs = await outcomes(server, "peer", setting.runs, milliseconds, setting)
  // Their sum: a median would forgive the one run in twenty that lost something.
  const total = (of: "lost" | "doubled" | "inverted") => [ours.reduce((sum, outcome) => sum + outcome[of], 0)]
  const stress = `${runs} × ${milliseconds / 1_000} s`
  return [
    figure(`lost under stress, ${stress}`, "events", total("lost"), atMost(0)),
    figure(`doubled under stress, ${stress}`, "events", total("doubled"), atMost(0)),
    figure(`out of order in their stream, ${stress}`, "events", total("inverted"), atMost(0)),
    figure("commit to reader p99, a stranger's transaction open", "ms", waits(ours), null),
    figure(`lost under stress by ${Emmett.name}`, "%", shares(theirs, "lost"), null),
    figure(`doubled under stress by ${Emmett.name}`, "%", shares(theirs, "doubled"), null),
    figure(`out of order in their stream by ${Emmett.name}`, "%", shares(theirs, "inverted"), null),
    figure(`commit to reader p99 by ${Emmett.name}, a stranger's transaction open`, "ms", waits(theirs), null)
  ]
}
