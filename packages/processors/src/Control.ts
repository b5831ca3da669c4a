/**
 * Control: what an operator wants of the processors (`ProcessorControl`), as this process knows it. It looks when it is signalled, and
 * every second as a net.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as SubscriptionRef from "effect/SubscriptionRef"
import * as SqlClient from "effect/sql/SqlClient"
import { Signals } from "@finance/core/database/Signals"

/** What is wanted, as of the last look. */
export interface Wanted {
  readonly paused: ReadonlySet<string>
  /** The partitions whose parked events are to be tried again, by processor. */
  readonly replays: ReadonlyMap<string, ReadonlySet<number>>
  /** Asked for, or under way in some process. */
  readonly rebuilds: ReadonlyArray<OpenRebuild>
}

export interface OpenRebuild {
  readonly id: string
  readonly processor: string
  readonly isRunning: boolean
}

export class Control extends Context.Service<
  Control,
  {
    readonly current: () => Wanted
    /** Waits while the processor is paused. */
    whileRunning(processor: string): Effect.Effect<void>
    /** What is wanted, now and after every look. */
    readonly looks: Stream.Stream<Wanted>
  }
>()("finance/processors/Control") {
  /** Knows what is wanted from the start: a processor that was paused does not begin. */
  static readonly layer = Layer.effect(
    Control,
    Effect.gen(function* () {
      const signals = yield* Signals
      const known = yield* SubscriptionRef.make(yield* Effect.retry(look, Schedule.spaced("1 second")))
      const watch = Effect.gen(function* () {
        const seen = signals.current("control")
        yield* SubscriptionRef.set(known, yield* look)
        yield* signals.changedSince("control", seen, "1 second")
      })
      yield* watch.pipe(
        Effect.catch((error) =>
          Effect.andThen(Effect.logDebug("what is wanted is not known anew", error), Effect.sleep("1 second"))
        ),
        Effect.forever,
        Effect.forkScoped
      )
      const isPaused = (processor: string) => SubscriptionRef.getUnsafe(known).paused.has(processor)
      return Control.of({
        current: () => SubscriptionRef.getUnsafe(known),
        whileRunning: (processor) =>
          Effect.suspend(() =>
            isPaused(processor)
              ? SubscriptionRef.changes(known).pipe(
                  Stream.takeUntil(({ paused }) => !paused.has(processor)),
                  Stream.runDrain
                )
              : Effect.void
          ),
        looks: SubscriptionRef.changes(known)
      })
    })
  )
}

const look = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<
    | { readonly wanted: "paused"; readonly processor: string }
    | { readonly wanted: "replay"; readonly processor: string; readonly partition: number }
    | { readonly wanted: "requested" | "running"; readonly processor: string; readonly id: string }
  >`
    SELECT 'paused' AS wanted, processor, NULL::integer AS partition, NULL::uuid AS id FROM processor_control WHERE paused
    UNION ALL SELECT DISTINCT 'replay', processor, partition, NULL::uuid FROM parked_events WHERE replay_requested_at IS NOT NULL
    UNION ALL SELECT state, processor, NULL, id FROM processor_rebuilds WHERE state IN ('requested', 'running')`
  const paused = new Set<string>()
  const replays = new Map<string, Set<number>>()
  const rebuilds: Array<OpenRebuild> = []
  for (const row of rows) {
    if (row.wanted === "paused") paused.add(row.processor)
    else if (row.wanted === "replay") {
      const partitions = replays.get(row.processor) ?? new Set()
      replays.set(row.processor, partitions.add(row.partition))
    } else rebuilds.push({ id: row.id, processor: row.processor, isRunning: row.wanted === "running" })
  }
  return { paused, replays, rebuilds } satisfies Wanted
})
