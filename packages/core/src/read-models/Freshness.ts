/**
 * Freshness: waits until the read models show what has just been written, so that a person reads their own writes. The wait is
 * bounded: after it the answer may be a moment old, and says nothing false of what was stored. When a wait was in vain and no program
 * has moved on since, the next is not begun: a broker that is away for long makes nobody's purchase slow.
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { ledgerEvents } from "../bus/EventBus.ts"
import { partitionOf } from "../bus/Partition.ts"
import { Signals } from "../database/Signals.ts"

/** How long a request waits at most. */
export const Patience = Context.Reference<Duration.Input>("finance/read-models/Patience", { defaultValue: () => "2 seconds" })

/** What "checkpoints" was at when a wait was in vain. */
const InVain = Context.Reference<{ seen: number | null }>("finance/read-models/InVain", { defaultValue: () => ({ seen: null }) })

/** The programs whose tables the API reads. */
const projecting = ["projections", "budgets"]

/** Whether the read models of the person are as far as the position; waits for it, as long as `Patience` lasts. */
export const caughtUp = Effect.fn("Freshness.caughtUp")(function* (
  owner_id: string,
  position: bigint,
  processors: ReadonlyArray<string> = projecting
) {
  const sql = yield* SqlClient.SqlClient
  const signals = yield* Signals
  const partition = partitionOf(owner_id, ledgerEvents.partitions)
  const reached = sql<{ reached: boolean }>`
    SELECT count(*) = ${processors.length} AS reached FROM checkpoints
    WHERE processor = ANY(${processors}::text[]) AND partition = ${partition} AND position >= ${position}`.pipe(
    Effect.map(([row]) => row!.reached)
  )
  const inVain = yield* InVain
  const wait = Effect.gen(function* () {
    while (true) {
      const seen = signals.current("checkpoints")
      if (yield* reached) return true
      yield* signals.changedSince("checkpoints", seen, "100 millis")
    }
  })
  const giveUp = Effect.sync(() => {
    inVain.seen = signals.current("checkpoints")
    return false
  })
  if (inVain.seen === signals.current("checkpoints")) return yield* reached
  return yield* Effect.timeoutOrElse(wait, { duration: yield* Patience, orElse: () => giveUp })
})

/** As far back as it looks for what a person did last: whoever lags by more is not waited for. */
const within = 20_000n

/** The same for a program that only some requests ask of: waits until it has come to all that is stored of the person by now. */
export const upToDate = Effect.fn("Freshness.upToDate")(function* (owner_id: string, processor: string) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ position: bigint | null }>`
    SELECT max(e.position) AS position FROM events e
    WHERE e.owner_id = ${owner_id} AND e.position > (
      SELECT greatest(c.position, s.last_value - ${within}) FROM checkpoints c, events_position s
      WHERE c.processor = ${processor} AND c.partition = ${partitionOf(owner_id, ledgerEvents.partitions)})`
  const position = row?.position ?? null
  return position === null ? true : yield* caughtUp(owner_id, position, [processor])
})
