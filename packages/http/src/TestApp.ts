/**
 * TestApp: the real application over a database of its own, as one person or another would use it. No programs run beside it, so no
 * read model moves: what tests here see is what the API itself keeps.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as RuleCategorizer from "@finance/core/categorizer/RuleCategorizer"
import { Presence } from "@finance/core/database/Presence"
import { Signals } from "@finance/core/database/Signals"
import * as TestDatabase from "@finance/core/database/TestDatabase"
import { EventCodec } from "@finance/core/event-store/EventCodec"
import { MasterKey } from "@finance/core/event-store/MasterKey"
import * as PostgresEventStore from "@finance/core/event-store/PostgresEventStore"
import { Vault } from "@finance/core/event-store/Vault"
import { AccessTokens } from "@finance/core/identity/AccessTokens"
import { Passwords } from "@finance/core/identity/Passwords"
import { RefreshTokens } from "@finance/core/identity/RefreshTokens"
import { Sessions } from "@finance/core/identity/Sessions"
import { Users } from "@finance/core/identity/Users"
import { Imports } from "@finance/core/imports/Imports"
import { trustedHosts } from "@finance/core/notifications/WebAddress"
import { VapidKeys } from "@finance/core/notifications/VapidKeys"
import { Patience } from "@finance/core/read-models/Freshness"
import * as App from "./App.ts"
import { Attempts } from "./Attempts.ts"
import { Outbound } from "./handlers/Notifications.ts"
import { RegistrationPolicy } from "./handlers/Identity.ts"

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON; undefined where it is none. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any
}

export interface Sent {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON; a string or bytes are sent as they are. */
  readonly body?: unknown
}

export interface Person {
  readonly user_id: string
  readonly access_token: string
  readonly refresh_token: string
  send(path: string, sent?: Sent): Promise<Answer>
  get(path: string): Promise<Answer>
  post(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>
  patch(path: string, body: unknown): Promise<Answer>
  remove(path: string): Promise<Answer>
}

export class TestApp extends Context.Service<
  TestApp,
  {
    /** The answer as it is, for those who read streams. */
    fetch(path: string, sent?: Sent): Promise<Response>
    send(path: string, sent?: Sent): Promise<Answer>
    /** A new person with an address and a password of their own. */
    register(email?: string): Promise<Person>
  }
>()("finance/http/TestApp") {}

export const password = "correct horse battery staple"

const encoded = (body: unknown): { readonly body?: string | Uint8Array<ArrayBuffer>; readonly type?: string } => {
  if (body === undefined) return {}
  if (body instanceof Uint8Array) return { body: new Uint8Array(body), type: "application/octet-stream" }
  return { body: typeof body === "string" ? body : JSON.stringify(body), type: "application/json" }
}

const make = Effect.gen(function* () {
  const app = yield* App.make
  const fetch = async (path: string, { method = "GET", headers = {}, body }: Sent = {}) => {
    const sent = encoded(body)
    return app.request(`http://localhost${path}`, {
      method,
      headers: { ...(sent.type !== undefined && { "content-type": sent.type }), ...headers },
      ...(sent.body !== undefined && { body: sent.body })
    })
  }
  const send = async (path: string, sent?: Sent): Promise<Answer> => {
    const response = await fetch(path, sent)
    const text = await response.text()
    const isJson = /json/.test(response.headers.get("content-type") ?? "")
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson && text !== "" ? JSON.parse(text) : undefined
    }
  }
  const register = async (email = `${crypto.randomUUID()}@example.no`): Promise<Person> => {
    const { status, body, text } = await send("/v1/auth/register", { method: "POST", body: { email, password } })
    if (status !== 201) throw new Error(`registering answered ${status}: ${text}`)
    const authorization = { authorization: `Bearer ${body.access_token}` }
    const own = (path: string, sent: Sent = {}) => send(path, { ...sent, headers: { ...authorization, ...sent.headers } })
    return {
      user_id: body.user_id,
      access_token: body.access_token,
      refresh_token: body.refresh_token,
      send: own,
      get: (path) => own(path),
      post: (path, body, headers = {}) => own(path, { method: "POST", body, headers }),
      patch: (path, body) => own(path, { method: "PATCH", body }),
      remove: (path) => own(path, { method: "DELETE" })
    }
  }
  return TestApp.of({ fetch, send, register })
})

const identity = Layer.mergeAll(
  Users.layer.pipe(Layer.provide(Passwords.layer)),
  AccessTokens.layerRandom,
  RefreshTokens.layer,
  Sessions.layer,
  Attempts.layer,
  Layer.succeed(RegistrationPolicy, "open")
)

/** As on a server with mail, whose operator trusts one host of their own. */
const outbound = Layer.mergeAll(
  VapidKeys.layerRandom,
  Layer.succeed(Outbound, {
    smtp: { url: Redacted.make("smtp://127.0.0.1:25"), from: "tracker@example.no" },
    trusted: trustedHosts("home.lan"),
    contact: "mailto:tracker@example.no"
  })
)

/** The application over whatever it needs: tests that run the programs too bring their own. */
export const layerApp = Layer.effect(TestApp, make).pipe(Layer.provideMerge(identity), Layer.provide([outbound, Presence.layer]))

const needs = Imports.layer.pipe(
  Layer.provideMerge(PostgresEventStore.layer),
  Layer.provideMerge(EventCodec.layer),
  Layer.provideMerge(Vault.layer),
  Layer.provide(MasterKey.layerRandom),
  Layer.provideMerge(Layer.mergeAll(Signals.layer, RuleCategorizer.layer)),
  Layer.provideMerge(TestDatabase.api)
)

/** Nobody projects here, so nobody is waited for. */
export const layer = layerApp.pipe(Layer.provideMerge(needs), Layer.provideMerge(Layer.succeed(Patience, "0 millis")))
