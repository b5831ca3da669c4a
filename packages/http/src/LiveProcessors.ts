/**
 * LiveProcessors: the `processor` events of an operator's live stream: a program as `GET /v1/processors` tells of it, when something of it
 * has changed, and of each at most once in `beat`. They have no id: who comes back asks anew how the programs are.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as ProcessorStatus from "@finance/core/read-models/ProcessorStatus"
import * as Answers from "./Answers.ts"

const beat = "2 seconds"

/** What an operator would look up for: not each event more, nor how long the same ones have waited. */
const gistOf = ({ name, state, parked, rebuild, last_error, partitions, throughput }: ProcessorStatus.ProcessorStatus) =>
  JSON.stringify([
    name,
    state,
    parked,
    rebuild,
    last_error,
    Math.round(throughput),
    partitions.map(({ lag_events }) => lag_events)
  ])

/** Never fails: a database that is away has told of itself elsewhere. */
const look = Effect.catch(ProcessorStatus.list, () => Effect.succeed<ReadonlyArray<ProcessorStatus.ProcessorStatus>>([]))

export const events = Stream.unwrap(
  Effect.map(look, (first) => {
    const told = new Map(first.map((processor) => [processor.name, gistOf(processor)]))
    return Stream.tick(beat).pipe(
      Stream.drop(1),
      Stream.mapEffect(() => look),
      Stream.map((processors) => {
        const changed = processors.filter((processor) => told.get(processor.name) !== gistOf(processor))
        for (const processor of changed) told.set(processor.name, gistOf(processor))
        return changed.map((processor) => `event: processor\ndata: ${JSON.stringify(Answers.processor(processor))}\n\n`).join("")
      })
    )
  })
)
