/**
 * Append: how many bookings can be entered, one event a command, by 1, 8 and 64 users at once; how long one waits among 64; and how fast
 * a thousand go in one call. Sides take turns, each run is a process of its own.
 *
 * A thousand in one call: into one stream, which is all that the peer's call takes. Ours takes a thousand streams as well, as an import
 * needs them: told beside it, without a goal.
 */
import { alternately, percentile, type Side } from "../../Measurement.ts"
import { load } from "../../Report.ts"
import { against, atLeast, atMost, type Figure, figure, type Goal, type Setting } from "../../Suite.ts"
import * as Emmett from "../Emmett.ts"
import type { Server } from "../Server.ts"
import { type Outcome, prepare, type Sides, type SideName } from "./Sides.ts"

interface Compared {
  readonly side: SideName
  readonly rates: ReadonlyArray<number>
  readonly outcomes: ReadonlyArray<Outcome>
}

const times = ({ quick }: Setting) => (quick ? { warmUp: 200, measured: 400 } : { warmUp: 800, measured: 2_500 })

/** Runs these sides in turns with so many users, and gives what each came to. */
const compare = async ({ run }: Sides, names: ReadonlyArray<SideName>, users: number, batch: number, setting: Setting) => {
  const outcomes = new Map<SideName, Array<Outcome>>(names.map((name) => [name, []]))
  const turns = names.map((side): Side => ({
    name: side,
    runs: setting.runs,
    run: async () => {
      const before = load()
      const outcome = await run({ side, users, batch, ...times(setting) })
      outcomes.get(side)!.push(outcome)
      const { latencies, milliseconds, cpu } = outcome
      const rate = (latencies.length * batch * 1_000) / milliseconds
      const wait = `p50 ${percentile(latencies, 0.5).toFixed(1)} p99 ${percentile(latencies, 0.99).toFixed(1)} ms`
      const computed = `${((cpu * 1_000) / (latencies.length * batch)).toFixed(0)} µs CPU each`
      setting.say(`${users} × ${batch}, ${side}: ${rate.toFixed(0)} events/s, ${wait}, ${computed} (load ${before})`)
      return rate
    }
  }))
  const rates = await alternately(turns)
  return (side: SideName): Compared => ({ side, rates: rates.get(side)!, outcomes: outcomes.get(side)! })
}

const versus = (name: string, ours: Compared, other: Compared, otherName: string, goal: Goal) =>
  against(name, "events/s", ours.rates, { name: otherName, runs: other.rates }, goal)

const waits = ({ outcomes }: Compared, share: number) => outcomes.map(({ latencies }) => percentile(latencies, share))

const commands = async (sides: Sides, setting: Setting): Promise<ReadonlyArray<Figure>> => {
  const names: ReadonlyArray<SideName> = ["ours", "ours, without command ids", "peer", "bare"]
  const goals = new Map([
    [8, atLeast(2)],
    [64, atLeast(6)]
  ])
  const figures: Array<Figure> = []
  for (const users of [1, 8, 64]) {
    const of = await compare(sides, names, users, 1, setting)
    const [ours, without, peer, bare] = [of("ours"), of("ours, without command ids"), of("peer"), of("bare")]
    const title = users === 1 ? "append, 1 user" : `append, ${users} users`
    const goal = goals.get(users)
    figures.push(
      goal === undefined ? figure(title, "events/s", ours.rates, null) : versus(title, ours, peer, Emmett.name, goal),
      figure(`${title}, without command ids`, "events/s", without.rates, null)
    )
    if (users !== 64) continue
    figures.push(
      versus(`${title}, against a bare INSERT`, ours, bare, "one row a statement", atLeast(3)),
      figure(`${title}, p50`, "ms", waits(ours, 0.5), null),
      figure(`${title}, p99`, "ms", waits(ours, 0.99), atMost(15)),
      figure(`${title}, p99 of ${Emmett.name}`, "ms", waits(peer, 0.99), null)
    )
  }
  return figures
}

const batches = async (sides: Sides, setting: Setting): Promise<ReadonlyArray<Figure>> => {
  const of = await compare(sides, ["ours", "ours, a stream each", "peer"], 1, 1_000, setting)
  const [ours, each, peer] = [of("ours"), of("ours, a stream each"), of("peer")]
  return [
    versus("append 1,000 events in one call", ours, peer, Emmett.name, atLeast(2)),
    figure("append 1,000 events in one call, a stream each", "events/s", each.rates, null)
  ]
}

export const measure = async (server: Server, setting: Setting): Promise<ReadonlyArray<Figure>> => {
  const sides = await prepare(server)
  const figures = [...(await commands(sides, setting)), ...(await batches(sides, setting))]
  await sides.check()
  return figures
}
