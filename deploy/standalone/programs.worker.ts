/**
 * The programs' thread: categorisation, read models, budgets and imports compute here, so that an import never makes who uses the
 * dashboard wait for an answer.
 */
import { parentPort, workerData } from "node:worker_threads"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
import { DataDirectory } from "@finance/core/database/DataDirectory"
import { Database } from "@finance/core/database/Database"
import { Signals } from "@finance/core/database/Signals"
import * as ThreadSignals from "@finance/core/database/ThreadSignals"
import { EventCodec } from "@finance/core/event-store/EventCodec"
import { MasterKey } from "@finance/core/event-store/MasterKey"
import { Vault } from "@finance/core/event-store/Vault"
import { VapidKeys } from "@finance/core/notifications/VapidKeys"
import * as Logs from "@finance/core/telemetry/Logs"
import * as Traces from "@finance/core/telemetry/Traces"
import * as Processors from "@finance/processors/Processors"
import { explain } from "./Failure.ts"
import type { Asked, Given, Told } from "./Programs.ts"

const { url, home } = workerData as Given
const port = parentPort!
const tell = (told: Told) => port.postMessage(told)

const programs = Processors.layer.pipe(
  Layer.provide(EventCodec.layer),
  Layer.provide(Vault.layer),
  Layer.provide([MasterKey.layer, VapidKeys.layer]),
  Layer.provide(ThreadSignals.layer.pipe(Layer.provideMerge(Signals.layer))),
  Layer.provide(Database.projector),
  Layer.provide(Layer.succeed(Database, Database.of({ url: Redacted.make(url) }))),
  Layer.provide(DataDirectory.layerShared(home))
)

const main = Effect.gen(function* () {
  const stop = yield* Deferred.make<void>()
  const context = yield* Effect.context<never>()
  yield* Layer.build(programs)
  port.on("message", (asked: Asked) => {
    if (asked.kind === "stop") Effect.runForkWith(context)(Deferred.succeed(stop, undefined))
    else {
      Effect.runForkWith(context)(Effect.map(PrometheusMetrics.format(), (text) => tell({ kind: "metrics", id: asked.id, text })))
    }
  })
  tell({ kind: "ready" })
  yield* Deferred.await(stop)
}).pipe(
  Effect.scoped,
  Effect.tapCause((cause) => Effect.sync(() => tell({ kind: "failed", detail: explain(cause) }))),
  Effect.ensuring(Effect.sync(() => port.close()))
)

NodeRuntime.runMain(Effect.provide(main, [Logs.layer, Traces.layer("finance-tracker")]), { disableErrorReporting: true })
