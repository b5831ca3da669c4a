/**
 * UnknownEvents: what a newer release has written while this one still runs. A program passes it by, and says so: each event in a
 * metric, each type and version once in the log.
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import { isKnown, type TypeAndVersion } from "@finance/core/event-store/LedgerEvent"

const passedBy = Metric.counter("finance_processor_unknown_events_total", {
  description: "Events passed by because only a newer release knows their type",
  incremental: true
})

/** Counts those of the events that the program does not want and this release could not read. */
export const counter = (program: { readonly name: string; readonly types: ReadonlySet<string> }) => {
  const told = new Set<string>()
  return Effect.fnUntraced(function* (events: ReadonlyArray<TypeAndVersion>) {
    for (const event of events) {
      if (program.types.has(event.type) || isKnown(event)) continue
      const { type, schema_version } = event
      yield* Metric.update(
        Metric.withAttributes(passedBy, { processor: program.name, type, schema_version: String(schema_version) }),
        1
      )
      const name = `${type} v${schema_version}`
      if (told.has(name)) continue
      told.add(name)
      yield* Effect.logWarning(`${program.name} passes ${name} by: only a newer release knows it. Start that one`)
    }
  })
}
