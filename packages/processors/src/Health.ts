/**
 * Health: the small port of a processors process of its own: whether it lives, whether it can work, and its metrics. Without its bus it
 * cannot work; a program that is paused, behind or has set something aside is told of, and takes nothing away from the others.
 */
import { createServer } from "node:http"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import { EventBus } from "@finance/core/bus/EventBus"
import * as ProcessorGauges from "@finance/core/telemetry/ProcessorGauges"
import * as Readiness from "@finance/core/telemetry/Readiness"

const ready = Effect.gen(function* () {
  const checks = [Readiness.database, Readiness.migrations, Readiness.bus(yield* EventBus), Readiness.processors]
  const body = yield* Readiness.of(checks)
  return yield* HttpServerResponse.json(body, { status: body.status === "failed" ? 503 : 200 })
})

const metrics = Effect.map(ProcessorGauges.format, (text) =>
  HttpServerResponse.text(text, { contentType: "text/plain; version=0.0.4; charset=utf-8" })
)

const routes = Layer.mergeAll(
  HttpRouter.add("GET", "/health", HttpServerResponse.json({ status: "ok" })),
  HttpRouter.add("GET", "/ready", ready),
  HttpRouter.add("GET", "/metrics", metrics)
)

const address = Config.all({
  host: Config.String("HOST").pipe(Config.withDefault("127.0.0.1")),
  port: Config.Port("PORT").pipe(Config.withDefault(8001))
})

/** Serves on HOST and PORT (8001) until its scope closes. */
export const layer = HttpRouter.serve(routes, { disableLogger: true, disableListenLog: true }).pipe(
  Layer.provide(NodeHttpServer.layerConfig(createServer, address))
)
