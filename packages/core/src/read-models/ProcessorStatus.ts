/**
 * ProcessorStatus: what each program is doing, over all the instances that run it, for the one who runs the house.
 *
 * Of what its actors say, the worst is told: a program that has failed in one partition has failed. An actor that has not been heard of for
 * `silentSeconds` has failed, unless another instance has taken its partition over; so has a program that nobody runs any more.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import * as ProcessorLag from "./ProcessorLag.ts"

/** From the one that wins to the one that gives way to all. */
export const states = ["failed", "rebuilding", "paused", "starting", "running", "caught-up"] as const
export type ProcessorState = (typeof states)[number]

export type PartitionStatus = Omit<ProcessorLag.PartitionLag, "processor">

export interface ProcessorStatus {
  readonly name: string
  readonly version: number
  readonly state: ProcessorState
  readonly partitions: ReadonlyArray<PartitionStatus>
  /** Events a second, lately, of all instances together. */
  readonly throughput: number
  /** Events set aside. */
  readonly parked: number
  /** Positions of the log that a rebuild under way has passed, of those up to its end; `total` is 0 until it begins. */
  readonly rebuild?: { readonly done: number; readonly total: number }
  readonly last_error: string | null
}

export const silentSeconds = 30

interface Program {
  readonly name: string
  readonly version: number
  readonly is_silent: boolean
  readonly paused: boolean
  readonly rebuild_done: bigint | null
  readonly rebuild_total: bigint | null
  readonly parked: number
}

interface Actor {
  readonly processor: string
  readonly partition: number
  readonly state: ProcessorState
  readonly throughput: number
  readonly last_error: string | null
  readonly is_silent: boolean
}

const programs = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<Program>`
    SELECT p.name, p.version, p.updated_at < now() - make_interval(secs => ${silentSeconds}) AS is_silent, coalesce(c.paused, false) AS paused,
           r.done AS rebuild_done, coalesce(r.total, 0) AS rebuild_total,
           (SELECT count(*)::int FROM parked_events e WHERE e.processor = p.name) AS parked
    FROM processors p
    LEFT JOIN processor_control c ON c.processor = p.name
    LEFT JOIN processor_rebuilds r ON r.processor = p.name AND r.state IN ('requested', 'running')
    ORDER BY p.name`
)

/** The one that was heard of last in each partition: who held it before has nothing more to say. */
const actors = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<Actor>`
    SELECT DISTINCT ON (processor, partition) processor, partition, state, throughput, last_error,
           heard_at < now() - make_interval(secs => ${silentSeconds}) AS is_silent
    FROM processor_actors ORDER BY processor, partition, heard_at DESC`
)

const stateOf = (program: Program, own: ReadonlyArray<Actor>): ProcessorState => {
  const said = own.map(({ state, is_silent }): ProcessorState => (is_silent ? "failed" : state))
  if (program.is_silent) said.push("failed")
  if (program.paused) said.push("paused")
  if (program.rebuild_done !== null) said.push("rebuilding")
  return states.find((state) => said.includes(state)) ?? "starting"
}

const errorOf = (program: Program, own: ReadonlyArray<Actor>): string | null => {
  const said = own.find(({ last_error }) => last_error !== null)?.last_error
  if (said !== undefined) return said
  if (program.is_silent)
    return `Nothing has been heard of it for ${silentSeconds} seconds: is any instance of the programs running?`
  const silent = own.filter(({ is_silent }) => is_silent).map(({ partition }) => partition)
  return silent.length === 0 ? null : `Nothing has been heard of partition ${silent.join(", ")} for ${silentSeconds} seconds`
}

export const list = Effect.gen(function* () {
  const [all, said, lags] = yield* Effect.all([programs, actors, ProcessorLag.list])
  return all.map((program): ProcessorStatus => {
    const own = said.filter(({ processor }) => processor === program.name)
    const { name, version, parked, rebuild_done, rebuild_total } = program
    return {
      name,
      version,
      state: stateOf(program, own),
      partitions: lags.flatMap(({ processor, ...partition }) => (processor === name ? [partition] : [])),
      throughput: own.reduce((sum, { throughput, is_silent }) => (is_silent ? sum : sum + throughput), 0),
      parked,
      ...(rebuild_done !== null && { rebuild: { done: Number(rebuild_done), total: Number(rebuild_total) } }),
      last_error: errorOf(program, own)
    }
  })
})
