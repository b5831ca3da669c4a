/**
 * A thread of `RebuildThreads`: takes its share of the log in, and says how that ended.
 */
import { parentPort, workerData } from "node:worker_threads"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { DataDirectory } from "@finance/core/database/DataDirectory"
import { Database } from "@finance/core/database/Database"
import { Signals } from "@finance/core/database/Signals"
import { EventCodec } from "@finance/core/event-store/EventCodec"
import { MasterKey } from "@finance/core/event-store/MasterKey"
import { Vault } from "@finance/core/event-store/Vault"
import * as Failure from "./Failure.ts"
import { rebuildables, type RebuildableName } from "./projections/Rebuildables.ts"
import { CannotRebuild, fillShare } from "./Rebuild.ts"
import type { Given, Told } from "./RebuildThreads.ts"

const { url, home, program, schema, upTo, share } = workerData as Given

const needs = EventCodec.layer.pipe(
  Layer.provide(Vault.layer),
  Layer.provide([MasterKey.layer, Signals.layer]),
  Layer.provideMerge(Database.projector),
  Layer.provideMerge(Layer.succeed(Database, Database.of({ url: Redacted.make(url) }))),
  Layer.provide(DataDirectory.layerShared(home))
)

const toldOf = (cause: Cause.Cause<unknown>): Told => {
  const error = Cause.squash(cause)
  if (error instanceof CannotRebuild) return { kind: "unreadable", position: error.position, detail: error.detail }
  return { kind: "failed", detail: Failure.describe(cause), isPassing: Failure.isPassing(cause) }
}

const tell = (told: Told) => parentPort!.postMessage(told)
const passed = (position: bigint) => tell({ kind: "passed", position })

const told = await fillShare(rebuildables[program as RebuildableName], schema, upTo, share, passed).pipe(
  Effect.map((events): Told => ({ kind: "filled", events })),
  Effect.provide(needs),
  Effect.catchCause((cause) => Effect.succeed(toldOf(cause))),
  Effect.runPromise
)
tell(told)
