import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as NatsSettings from "./NatsSettings.ts"

const settingsOf = (environment: Readonly<Record<string, string>>) =>
  NatsSettings.settings.pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(environment))))

describe("NatsSettings", () => {
  it.effect("takes several servers, the port that every NATS has, and the credentials in the URL", () =>
    Effect.gen(function* () {
      const { servers, login, tls } = yield* settingsOf({ NATS_URL: "nats://kari:hem%40melig@nats.example:4333, nats://[::1]" })
      assert.deepStrictEqual(servers, ["nats.example:4333", "[::1]:4222"])
      assert.deepStrictEqual(login, { user: "kari", password: Redacted.make("hem@melig") })
      assert.strictEqual(tls, undefined)
    })
  )

  it.effect("takes a name alone in the URL as a token, and credentials of their own before those in the URL", () =>
    Effect.gen(function* () {
      const { login } = yield* settingsOf({ NATS_URL: "nats://hemmelig@nats.example" })
      assert.deepStrictEqual(login, { token: Redacted.make("hemmelig") })
      const named = { NATS_URL: "nats://hemmelig@nats.example", NATS_USER: "kari", NATS_PASSWORD: "gjettet" }
      assert.deepStrictEqual((yield* settingsOf(named)).login, { user: "kari", password: Redacted.make("gjettet") })
      const { login: file } = yield* settingsOf({ ...named, NATS_CREDS: "/etc/finance.creds" })
      assert.deepStrictEqual(file, { credentials: "/etc/finance.creds" })
    })
  )

  it.effect("insists on TLS when the URL does, or a certificate is named", () =>
    Effect.gen(function* () {
      const none = { ca: undefined, certificate: undefined, key: undefined }
      assert.deepStrictEqual((yield* settingsOf({ NATS_URL: "tls://nats.example" })).tls, none)
      const { tls } = yield* settingsOf({ NATS_URL: "nats://nats.example", NATS_CA: "/etc/ca.pem" })
      assert.deepStrictEqual(tls, { ...none, ca: "/etc/ca.pem" })
    })
  )

  it.effect.each([
    ["NATS_URL", {}],
    ["NATS_URL", { NATS_URL: "nats.example:4222" }],
    ["NATS_URL", { NATS_URL: "http://nats.example" }],
    ["NATS_URL", { NATS_URL: "nats://kari:hemmelig@nats.example:99999" }],
    ["NATS_URL", { NATS_URL: "nats://one.example,,nats://two.example" }],
    ["NATS_PASSWORD", { NATS_URL: "nats://nats.example", NATS_USER: "kari" }],
    ["NATS_REPLICAS", { NATS_URL: "nats://nats.example", NATS_REPLICAS: "2" }],
    ["NATS_SYNC_ALWAYS", { NATS_URL: "nats://nats.example", NATS_SYNC_ALWAYS: "perhaps" }]
  ] as const)("refuses %s in %o by its name, and tells nobody the password", ([name, environment]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(settingsOf(environment))
      assert.include(error.message, name)
      assert.notInclude(error.message, "hemmelig")
    })
  )
})
