/**
 * RequestedRebuilds: carries out the rebuilds that an operator asks for, in whichever instance comes first, and says how far each is.
 *
 *   requested ─claim─▶ running ─┬─▶ completed
 *       ▲                       ├─▶ failed: an event cannot be taken in, or a table cannot be put in place
 *       └── told to stop ───────┤
 *       └── silent for 5 s ─────┘ killed, or cut off from the database
 *
 * Invariants
 *  1. A rebuild that was asked for is carried out until it is completed or has failed for what is in the log, whoever is killed meanwhile.
 *  2. One process works on it: it is claimed by compare-and-swap, and `Rebuild` holds a lock besides.
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as SqlClient from "effect/sql/SqlClient"
import { DataDirectory } from "@finance/core/database/DataDirectory"
import { Signals } from "@finance/core/database/Signals"
import { Control, type OpenRebuild } from "./Control.ts"
import * as Failure from "./Failure.ts"
import { rebuildables, type RebuildableName } from "./projections/Rebuildables.ts"
import * as Rebuild from "./Rebuild.ts"
import * as RebuildThreads from "./RebuildThreads.ts"

const isRebuildable = (name: string): name is RebuildableName => Object.hasOwn(rebuildables, name)

/** Never returns. */
export const run = Effect.gen(function* () {
  const control = yield* Control
  const carryOutAll = ({ rebuilds }: { readonly rebuilds: ReadonlyArray<OpenRebuild> }) =>
    Effect.forEach(rebuilds, carryOut, { discard: true })
  yield* control.looks.pipe(Stream.buffer({ capacity: 1, strategy: "sliding" }), Stream.runForEach(carryOutAll))
  return yield* Effect.never
})

const carryOut = Effect.fn("RequestedRebuilds.carryOut")(function* ({ id, processor }: OpenRebuild) {
  if (!isRebuildable(processor)) return
  const sql = yield* SqlClient.SqlClient
  const signals = yield* Signals
  const claimed = yield* sql`
    UPDATE processor_rebuilds SET state = 'running', started_at = now(), heard_at = now(), done = 0, total = NULL
    WHERE id = ${id} AND (state = 'requested' OR state = 'running' AND heard_at < now() - ${silence}::interval) RETURNING id`
  if (claimed.length === 0) return
  signals.raise("control")
  const progress: Rebuild.Progress = { done: 0n, total: 0n }
  const say = Effect.suspend(
    () => sql`
      UPDATE processor_rebuilds SET done = ${progress.done}, total = ${progress.total}, heard_at = now()
      WHERE id = ${id} AND state = 'running'`
  )
  const saying = Effect.forever(Effect.andThen(Effect.sleep("1 second"), Effect.ignore(say)))
  yield* rebuild(processor, progress).pipe(
    Effect.raceFirst(saying),
    Effect.onExit((exit) => Effect.andThen(Effect.ignore(say), Effect.ignore(end(id, exit)))),
    Effect.tapCause((cause) => Effect.logError(`the rebuild of ${processor} has ended`, cause)),
    Effect.ignoreCause
  )
  signals.raise("control")
})

/** By threads where they can be given the key files, and by this one otherwise. */
const rebuild = Effect.fnUntraced(function* (name: RebuildableName, progress: Rebuild.Progress) {
  const home = yield* Effect.serviceOption(DataDirectory)
  const program = rebuildables[name]
  if (Option.isNone(home)) return yield* Rebuild.run(program, progress)
  return yield* Rebuild.runWith(program, RebuildThreads.fill(name), progress).pipe(
    Effect.provideService(DataDirectory, home.value)
  )
})

const end = Effect.fnUntraced(function* (id: string, exit: Exit.Exit<unknown, unknown>) {
  const sql = yield* SqlClient.SqlClient
  if (Exit.isSuccess(exit)) {
    yield* sql`UPDATE processor_rebuilds SET state = 'completed', finished_at = now() WHERE id = ${id} AND state = 'running'`
  } else if (Failure.isPassing(exit.cause)) {
    yield* sql`UPDATE processor_rebuilds SET state = 'requested' WHERE id = ${id} AND state = 'running'`
  } else {
    yield* sql`
      UPDATE processor_rebuilds SET state = 'failed', error = ${Failure.describe(exit.cause)}, finished_at = now()
      WHERE id = ${id} AND state = 'running'`
  }
})

/** Whose process has said nothing for so long may be taken up by another. */
const silence = "5 seconds"
