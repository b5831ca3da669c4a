/**
 * ProcessorGauges: how the programs stand, as metrics: read from the database when they are asked for, so that a page tells of them too
 * while no instance of them runs.
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as SqlClient from "effect/sql/SqlClient"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
import * as ProcessorStatus from "../read-models/ProcessorStatus.ts"

const lagEvents = Metric.gauge("finance_processor_lag_events", { description: "Events that wait for the program" })
const lagSeconds = Metric.gauge("finance_processor_lag_seconds", { description: "How long the oldest of them has waited" })
const parkedEvents = Metric.gauge("finance_processor_parked_events", { description: "Events set aside, waiting for a replay" })
const rebuildRatio = Metric.gauge("finance_processor_rebuild_progress_ratio", {
  description: "How far a rebuild has come, 0 to 1; 1 where none is under way"
})
const state = Metric.gauge("finance_processor_state", {
  description: "1 for the state that the program is in, 0 for every other"
})
const databaseUp = Metric.gauge("finance_database_up", {
  description: "1 while the database answers; while it is 0, what the programs are doing is as it was last seen"
})

interface Parked {
  readonly processor: string
  readonly partition: number
  readonly events: number
}

const parked = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<Parked>`SELECT processor, partition, count(*)::int AS events FROM parked_events GROUP BY processor, partition`
)

const set = (metric: Metric.Gauge<number>, labels: Readonly<Record<string, string>>, value: number) =>
  Metric.update(Metric.withAttributes(metric, labels), value)

const observe = Effect.gen(function* () {
  const aside = yield* parked
  for (const program of yield* ProcessorStatus.list) {
    const processor = program.name
    for (const { partition, lag_events, lag_seconds } of program.partitions) {
      const labels = { processor, partition: String(partition) }
      const own = aside.find((row) => row.processor === processor && row.partition === partition)
      yield* set(lagEvents, labels, lag_events)
      yield* set(lagSeconds, labels, lag_seconds)
      yield* set(parkedEvents, labels, own?.events ?? 0)
    }
    for (const each of ProcessorStatus.states) yield* set(state, { processor, state: each }, each === program.state ? 1 : 0)
    const { rebuild } = program
    const total = Math.max(rebuild?.total ?? 0, 1)
    yield* set(rebuildRatio, { processor }, rebuild === undefined ? 1 : Math.min(1, rebuild.done / total))
  }
  yield* Metric.update(databaseUp, 1)
}).pipe(
  Effect.timeout("2 seconds"),
  Effect.catch(() => Metric.update(databaseUp, 0))
)

/** This process's metrics as Prometheus text, with how the programs stand now. */
export const format = Effect.andThen(observe, PrometheusMetrics.format())
