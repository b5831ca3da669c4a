/**
 * Health: the small port of a processors process of its own: whether it lives, whether it can work, and its metrics.
 */
import { createServer } from "node:http"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
import * as SqlClient from "effect/sql/SqlClient"

const database = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT FROM checkpoints LIMIT 0`).pipe(
  Effect.timeout("3 seconds"),
  Effect.as({ name: "database", status: "ok" }),
  Effect.catch(() => Effect.succeed({ name: "database", status: "failed" }))
)

const ready = Effect.gen(function* () {
  const check = yield* database
  const body = { status: check.status, checks: [check] }
  return yield* HttpServerResponse.json(body, { status: check.status === "ok" ? 200 : 503 })
})

const routes = Layer.mergeAll(
  HttpRouter.add("GET", "/health", HttpServerResponse.json({ status: "ok" })),
  HttpRouter.add("GET", "/ready", ready),
  PrometheusMetrics.layerHttp()
)

const address = Config.all({
  host: Config.String("HOST").pipe(Config.withDefault("127.0.0.1")),
  port: Config.Port("PORT").pipe(Config.withDefault(8001))
})

/** Serves on HOST and PORT (8001) until its scope closes. */
export const layer = HttpRouter.serve(routes, { disableLogger: true, disableListenLog: true }).pipe(
  Layer.provide(NodeHttpServer.layerConfig(createServer, address))
)
