/**
 * Report: says every two seconds how the processors of this process are doing: each actor in `processor_actors`, and each program in
 * `processors`, where it stays known when nobody runs it.
 */
import { hostname } from "node:os"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import * as Columns from "@finance/core/database/Columns"
import { newId } from "@finance/core/ledger/Id"
import type { ActorState, ActorStatus } from "./ActorStatus.ts"
import { Control, type Wanted } from "./Control.ts"
import type { ProcessorStatus } from "./Processor.ts"
import { rebuildables } from "./projections/Rebuildables.ts"

/** One actor, as it is said. */
interface Said {
  readonly processor: string
  readonly partition: number
  readonly state: ActorState
  readonly handled: number
  readonly throughput: number
  readonly restarts: number
  readonly last_error: string | null
}

/** The state of the program as a whole is the first of these that one of its actors is in. */
const gravest: ReadonlyArray<ActorState> = ["failed", "paused", "rebuilding", "starting", "running", "caught-up"]

const stateOf = ({ paused, rebuilds }: Wanted, processor: string, actor: ActorStatus, throughput: number): ActorState => {
  if (!actor.isBusy && paused.has(processor)) return "paused"
  if (actor.last_error !== null) return "failed"
  if (rebuilds.some((rebuild) => rebuild.processor === processor && rebuild.isRunning)) return "rebuilding"
  return actor.isBusy || throughput > 0 ? "running" : "caught-up"
}

/** Never returns; when it is interrupted, what it said of this process's actors goes with them. */
export const run = Effect.fn("Report.run")(function* (processors: ReadonlyArray<ProcessorStatus>) {
  const sql = yield* SqlClient.SqlClient
  const control = yield* Control
  const instance = newId()
  const host = `${hostname()}:${process.pid}`
  const before = new WeakMap<ActorStatus, number>()

  const sayOf = (processor: string, partition: number, actor: ActorStatus): Said => {
    const { handled, restarts, last_error } = actor
    const last = before.get(actor)
    before.set(actor, handled)
    const throughput = (handled - (last ?? 0)) / everySeconds
    const state = last === undefined && throughput === 0 ? "starting" : stateOf(control.current(), processor, actor, throughput)
    return { processor, partition, state, handled, throughput, restarts, last_error }
  }

  const sayActors = (said: ReadonlyArray<Said>) => sql`
    INSERT INTO processor_actors (processor, partition, instance, host, state, handled, throughput, restarts, last_error)
    SELECT processor, partition, ${instance}::uuid, ${host}, state, handled, throughput, restarts, last_error FROM unnest(
      ${Columns.texts(said.map(({ processor }) => processor))}, ${Columns.integers(said.map(({ partition }) => partition))},
      ${Columns.texts(said.map(({ state }) => state))}, ${Columns.bigints(said.map(({ handled }) => BigInt(handled)))},
      ${Columns.reals(said.map(({ throughput }) => throughput))}, ${Columns.bigints(said.map(({ restarts }) => BigInt(restarts)))},
      ${Columns.texts(said.map(({ last_error }) => last_error))})
      AS a (processor, partition, state, handled, throughput, restarts, last_error)
    ON CONFLICT (processor, partition, instance) DO UPDATE SET state = excluded.state, handled = excluded.handled,
      throughput = excluded.throughput, restarts = excluded.restarts, last_error = excluded.last_error, heard_at = now()`

  const forgetOthersThan = (said: ReadonlyArray<Said>) => sql`
    DELETE FROM processor_actors WHERE instance = ${instance} AND (processor, partition) NOT IN (
      SELECT * FROM unnest(${Columns.texts(said.map(({ processor }) => processor))}, ${Columns.integers(said.map(({ partition }) => partition))}))`

  /** An instance to which the bus gives nothing of a program keeps what another says of it. */
  const sayProcessors = (said: ReadonlyArray<Said>) => {
    const rows = processors.map(({ name, version }) => {
      const own = said.filter(({ processor }) => processor === name)
      const states = new Set(own.map(({ state }) => state))
      return {
        name,
        version,
        state: gravest.find((state) => states.has(state)) ?? null,
        handled: own.reduce((sum, { handled }) => sum + handled, 0),
        throughput: own.reduce((sum, { throughput }) => sum + throughput, 0),
        last_error: own.find(({ last_error }) => last_error !== null)?.last_error ?? null,
        rebuildable: Object.hasOwn(rebuildables, name)
      }
    })
    return sql`
      INSERT INTO processors AS p (name, version, state, handled, throughput, last_error, rebuildable)
      SELECT name, version, coalesce(state, 'starting'), handled, throughput, last_error, rebuildable FROM unnest(
        ${Columns.texts(rows.map(({ name }) => name))}, ${Columns.integers(rows.map(({ version }) => version))},
        ${Columns.texts(rows.map(({ state }) => state))}, ${Columns.bigints(rows.map(({ handled }) => BigInt(handled)))},
        ${Columns.reals(rows.map(({ throughput }) => throughput))}, ${Columns.texts(rows.map(({ last_error }) => last_error))},
        ${Columns.booleans(rows.map(({ rebuildable }) => rebuildable))})
        AS r (name, version, state, handled, throughput, last_error, rebuildable)
      ORDER BY name
      ON CONFLICT (name) DO UPDATE SET version = excluded.version, rebuildable = excluded.rebuildable, state = excluded.state,
        handled = excluded.handled, throughput = excluded.throughput, last_error = excluded.last_error, updated_at = now()
        WHERE excluded.state <> 'starting' OR p.state = 'starting' OR p.updated_at < now() - interval '10 seconds'`
  }

  const say = Effect.suspend(() => {
    const said = processors.flatMap(({ name, actors }) => [...actors].map(([partition, actor]) => sayOf(name, partition, actor)))
    return Effect.all([sayProcessors(said), sayActors(said), forgetOthersThan(said)], { discard: true })
  })
  const leave = sql`DELETE FROM processor_actors WHERE instance = ${instance}`.pipe(Effect.timeout("2 seconds"), Effect.ignore)
  return yield* Effect.forever(Effect.andThen(say, Effect.sleep(`${everySeconds} seconds`))).pipe(Effect.ensuring(leave))
})

const everySeconds = 2
