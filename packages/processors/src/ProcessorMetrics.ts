/**
 * ProcessorMetrics: what an actor counts as it works. How it stands (lag, parked, rebuild) is read from the database when it is asked for
 * (core/src/telemetry/ProcessorGauges).
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"

const events = Metric.counter("finance_processor_events_total", { description: "Events handled", incremental: true })
const restarts = Metric.counter("finance_processor_restarts_total", {
  description: "Batches that failed and were tried again",
  incremental: true
})
const parkings = Metric.counter("finance_processor_parked_total", {
  description: "Events set aside because they could not be handled, or wait behind such a one",
  incremental: true
})
const seconds = Metric.histogram("finance_processor_batch_duration_seconds", {
  description: "Time to handle a batch, from taking it up to its commit",
  boundaries: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20]
})

export interface ActorMetrics {
  handled(count: number): Effect.Effect<void>
  readonly restarted: Effect.Effect<void>
  parked(count: number): Effect.Effect<void>
  /** Tells how long the batch took, however it ended. */
  timed<A, E, R>(batch: Effect.Effect<A, E, R>): Effect.Effect<A, E, R>
}

export const ofActor = (processor: string, partition: number): ActorMetrics => {
  const labels = { processor, partition: String(partition) }
  const handled = Metric.withAttributes(events, labels)
  const restarted = Metric.withAttributes(restarts, labels)
  const parked = Metric.withAttributes(parkings, labels)
  const took = Metric.withAttributes(seconds, labels)
  return {
    handled: (count) => Metric.update(handled, count),
    restarted: Metric.update(restarted, 1),
    parked: (count) => Metric.update(parked, count),
    timed: (batch) => Effect.trackDuration(batch, took, Duration.toSeconds)
  }
}
