/**
 * App: everything that is served over HTTP: the contract under `/v1`, the live stream, health and metrics, the documentation, the
 * dashboard.
 *
 *   request ─▶ request id, origin ─▶ /v1/live ─▶ Live
 *                                    /v1/**   ─▶ V1 (HttpApi)
 *                                    /health /ready /metrics /openapi.json /docs
 *                                    /**      ─▶ Dashboard
 *   answer  ◀─ security headers ◀─ compression ◀─ metrics
 *
 * `layer` serves on HOST and PORT until its scope closes. It needs, from whoever composes the process:
 *   SqlClient as the role `api` (`Database.api`), EventStore and Vault on that same client, so that they join its transactions,
 *   Signals, Categorizer, Imports, the Database for its `Presence`, and the DataDirectory for the key that signs access tokens (not used where
 *   JWT_SECRET is set) and the one that Web Push knows this installation by.
 */
import { randomUUID } from "node:crypto"
import { fileURLToPath } from "node:url"
import { H3, type H3Event, serve } from "h3"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import * as HttpMiddleware from "effect/http/HttpMiddleware"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import type * as SqlClient from "effect/sql/SqlClient"
import type { Categorizer } from "@finance/core/categorizer/Categorizer"
import { Presence } from "@finance/core/database/Presence"
import type { Signals } from "@finance/core/database/Signals"
import type { EventStore } from "@finance/core/event-store/EventStore"
import type { Vault } from "@finance/core/event-store/Vault"
import { AccessTokens } from "@finance/core/identity/AccessTokens"
import { Passwords } from "@finance/core/identity/Passwords"
import { RefreshTokens } from "@finance/core/identity/RefreshTokens"
import { Sessions } from "@finance/core/identity/Sessions"
import { Users } from "@finance/core/identity/Users"
import type { Imports } from "@finance/core/imports/Imports"
import * as OutboundSettings from "@finance/core/notifications/OutboundSettings"
import { VapidKeys } from "@finance/core/notifications/VapidKeys"
import { languageOf } from "@finance/core/ledger/Explanation"
import { CurrentCause } from "@finance/core/telemetry/Correlation"
import * as ProcessorGauges from "@finance/core/telemetry/ProcessorGauges"
import { Attempts } from "./Attempts.ts"
import { bySession, byToken } from "./Authorization.ts"
import { compressed } from "./Compression.ts"
import * as Dashboard from "./Dashboard.ts"
import * as Documentation from "./Documentation.ts"
import { Outbound } from "./handlers/Notifications.ts"
import { RegistrationPolicy, registrationPolicy } from "./handlers/Identity.ts"
import { readiness } from "./Health.ts"
import * as Live from "./Live.ts"
import { type Origin, RequestOrigin } from "./RequestOrigin.ts"
import * as RequestMetrics from "./RequestMetrics.ts"
import * as RequestTrace from "./RequestTrace.ts"
import * as Routes from "./Routes.ts"
import { secure } from "./SecurityHeaders.ts"
import * as V1 from "./V1.ts"

/** What comes from outside this package. */
export type Needs = SqlClient.SqlClient | EventStore | Vault | Signals | Categorizer | Imports | Presence

/** Who people are, and how they prove it. */
export type Identity = Users | AccessTokens | RefreshTokens | Sessions | Attempts | RegistrationPolicy

const accessTokens = Layer.unwrap(
  Effect.map(Config.option(Config.Redacted("JWT_SECRET")), (secret) =>
    secret._tag === "Some" ? AccessTokens.layerSecret(secret.value) : AccessTokens.layer
  )
)

export const identity = Layer.mergeAll(
  Users.layer.pipe(Layer.provide(Passwords.layer)),
  accessTokens,
  RefreshTokens.layer,
  Sessions.layer,
  Attempts.layer,
  Layer.effect(RegistrationPolicy, registrationPolicy)
)

/** How people are told of things elsewhere than here. */
export const outbound = Layer.mergeAll(VapidKeys.layer, Layer.effect(Outbound, OutboundSettings.settings))

/** The text that `/metrics` answers: this process's own, unless whoever composes it has more to tell. */
export const Metrics = Context.Reference<Effect.Effect<string, never, SqlClient.SqlClient>>("finance/http/Metrics", {
  defaultValue: () => ProcessorGauges.format
})

const dashboardDirectory = fileURLToPath(new URL("../../web/dist", import.meta.url))

const problem = (status: number, type: string, title: string, headers: Readonly<Record<string, string>> = {}) =>
  new Response(JSON.stringify({ type: `/problems/${type}`, status, title }), {
    status,
    headers: { ...headers, "content-type": "application/problem+json" }
  })

const json = (body: unknown, status = 200) =>
  new Response(typeof body === "string" ? body : JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store" }
  })

const isDecodable = (pathname: string): boolean => {
  try {
    decodeURIComponent(pathname)
    return true
  } catch {
    return false
  }
}

const validRequestId = /^[\w.-]{8,64}$/

/** What the connection tells of a request; a proxy in front is believed only where TRUST_PROXY says that there is one. */
const originOf = (event: H3Event, trustsProxy: boolean): Origin => {
  const { headers } = event.req
  const given = headers.get("x-request-id")
  const forwarded = trustsProxy ? headers.get("x-forwarded-for")?.split(",").at(-1)?.trim() : undefined
  const protocol = (trustsProxy ? headers.get("x-forwarded-proto") : null) ?? event.url.protocol.slice(0, -1)
  return {
    request_id: given !== null && validRequestId.test(given) ? given : randomUUID(),
    // Without a connection it was asked from within this process.
    ip: forwarded ?? event.req.ip ?? "127.0.0.1",
    secure: protocol === "https"
  }
}

/** A request as it comes in. */
interface Arrival {
  readonly origin: Origin
  readonly span: Tracer.Span | undefined
}

/** The application, answering requests without a port: tests ask it as `app.request`. */
export const make = Effect.gen(function* () {
  const context = yield* Effect.context<Needs | Identity | VapidKeys | Outbound>()
  const trustsProxy = yield* Config.Boolean("TRUST_PROXY").pipe(Config.withDefault(false))
  const run = Effect.runPromiseWith(context)
  const dashboard = Dashboard.make(dashboardDirectory)
  const documentation = yield* Effect.cached(Documentation.page)
  const v1 = yield* Effect.acquireRelease(
    Effect.sync(() =>
      HttpRouter.toWebHandler(V1.layer.pipe(Layer.provideMerge(Layer.succeedContext(context))), { disableLogger: true })
    ),
    (v1) => Effect.promise(() => v1.dispose())
  )

  const trace = RequestTrace.make(context)

  /** What a request's own log lines, events and spans are found by. */
  const within = ({ request_id }: Origin, span: Tracer.Span | undefined) => {
    const found = Context.make(References.CurrentLogAnnotations, { correlation_id: request_id }).pipe(
      Context.add(CurrentCause, () => ({ correlation_id: request_id })),
      // Effect's own span of a request tells its URL, its headers and where it comes from.
      Context.add(HttpMiddleware.TracerDisabledWhen, () => true)
    )
    return span === undefined ? found : (Context.add(found, Tracer.ParentSpan, span) as typeof found)
  }

  const answerV1 = async (request: Request, pathname: string, { origin, span }: Arrival): Promise<Response> => {
    const methods = Routes.methodsOf(pathname)
    if (methods.length === 0) return problem(404, "not-found", "There is no such thing")
    const method = request.method === "HEAD" ? "GET" : request.method
    if (!methods.includes(method)) return problem(405, "method-not-allowed", "Not that way", { allow: methods.join(", ") })
    return v1.handler(request, Context.add(within(origin, span), RequestOrigin, origin))
  }

  const personOf = (request: Request, origin: Origin) => {
    const bearer = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "")
    return Effect.gen(function* () {
      return bearer === null ? yield* bySession(HttpServerRequest.fromWeb(request)) : yield* byToken(bearer[1]!)
    }).pipe(Effect.provideService(RequestOrigin, origin), Effect.option)
  }

  const answerLive = async (request: Request, url: URL, { origin }: Arrival): Promise<Response> => {
    if (request.method !== "GET") return problem(405, "method-not-allowed", "Not that way", { allow: "GET" })
    const unknown = [...url.searchParams.keys()].find((name) => name !== "last_event_id")
    if (unknown !== undefined) return problem(422, "validation", `Unknown parameter ${JSON.stringify(unknown.slice(0, 50))}`)
    const person = await run(personOf(request, origin))
    if (person._tag === "None") return problem(401, "unauthorized", "Sign in first", { "www-authenticate": "Bearer" })
    const lastEventId = request.headers.get("last-event-id") ?? url.searchParams.get("last_event_id")
    const events = Live.events(person.value, lastEventId, languageOf(request.headers.get("accept-language")))
    const body = Stream.toReadableStreamWith(Stream.encodeText(events), context)
    return new Response(body, {
      headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store", "x-accel-buffering": "no" }
    })
  }

  const answerReady = async (): Promise<Response> => {
    const ready = await run(readiness)
    return json(ready, ready.status === "failed" ? 503 : 200)
  }

  const answerDocumentation = async (): Promise<Response> => {
    const { html, contentSecurityPolicy } = await run(documentation)
    return new Response(html, {
      headers: {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": contentSecurityPolicy,
        "cache-control": "no-cache"
      }
    })
  }

  const answerMetrics = async () =>
    new Response(await run(Effect.flatten(Metrics)), {
      headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" }
    })

  const unprefixed: Readonly<Record<string, () => Promise<Response>>> = {
    "/health": async () => json({ status: "ok" }),
    "/ready": answerReady,
    "/metrics": answerMetrics,
    "/openapi.json": async () => json(Documentation.openApi),
    "/docs": answerDocumentation
  }

  const answer = async ({ req: request, url }: H3Event, arrival: Arrival): Promise<Response> => {
    const { pathname } = url
    if (!isDecodable(pathname)) return problem(400, "malformed", "The URL cannot be read")
    if (pathname === "/v1/live") return answerLive(request, url, arrival)
    if (pathname === "/v1" || pathname.startsWith("/v1/")) return answerV1(request, pathname, arrival)
    if (request.method !== "GET" && request.method !== "HEAD") {
      return problem(405, "method-not-allowed", "Not that way", { allow: "GET, HEAD" })
    }
    const own = Object.hasOwn(unprefixed, pathname) ? unprefixed[pathname] : undefined
    if (own !== undefined) return own()
    return (await dashboard.answer(request, pathname)) ?? problem(404, "not-found", "There is no such file")
  }

  const finish = async (event: H3Event, origin: Origin, started: number, answered: Response): Promise<Response> => {
    const response = await compressed(event.req, new Response(answered.body, answered))
    const { headers } = response
    secure(headers, origin.secure)
    headers.set("x-request-id", origin.request_id)
    if (response.status === 401 && !headers.has("www-authenticate")) headers.set("www-authenticate", "Bearer")
    if (event.url.pathname.startsWith("/v1/") && !headers.has("cache-control")) headers.set("cache-control", "no-store")
    const { method } = event.req
    const route = Routes.nameOf(method, event.url.pathname)
    const seconds = (performance.now() - started) / 1000
    const line = {
      correlation_id: origin.request_id,
      method,
      route,
      status: response.status,
      seconds: Number(seconds.toFixed(6))
    }
    await run(
      Effect.andThen(
        RequestMetrics.record(method, route, response.status, seconds),
        Effect.annotateLogs(Effect.logDebug("a request was answered"), line)
      )
    )
    return response
  }

  // h3's own refusal of a malformed URL would go out without the headers that every answer carries.
  const app = new H3({ silent: true, allowMalformedURL: true })
  app.all("/**", async (event) => {
    const started = performance.now()
    const origin = originOf(event, trustsProxy)
    const traced = () => ({
      method: event.req.method,
      route: Routes.nameOf(event.req.method, event.url.pathname),
      traceparent: event.req.headers.get("traceparent"),
      correlation_id: origin.request_id
    })
    const answered = await trace(traced, (span) =>
      answer(event, { origin, span }).catch(async (cause: unknown) => {
        await run(Effect.provide(Effect.logError("a request broke", cause), within(origin, span)))
        return problem(500, "internal", "Something broke here")
      })
    )
    return finish(event, origin, started, answered)
  })
  return app
})

/** Where it listens. */
export const address = Config.all({
  hostname: Config.String("HOST").pipe(Config.withDefault("127.0.0.1")),
  port: Config.Port("PORT").pipe(Config.withDefault(8000))
})

/** Serves until the scope closes; open live streams are cut after two seconds. */
export const listen = Effect.gen(function* () {
  const app = yield* make
  const { hostname, port } = yield* address
  const server = yield* Effect.acquireRelease(
    Effect.promise(() => serve(app, { hostname, port, silent: true, gracefulShutdown: false }).ready()),
    (server) =>
      Effect.promise(() => server.close()).pipe(
        Effect.timeoutOption("2 seconds"),
        Effect.andThen(Effect.promise(() => server.close(true)))
      )
  )
  yield* Effect.logDebug("listening", { url: server.url })
  return server
})

export const layer = Layer.effectDiscard(listen).pipe(Layer.provide([identity, outbound, Presence.layer]))
