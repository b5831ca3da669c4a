import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { settings } from "./KafkaSettings.ts"

const read = (environment: Readonly<Record<string, string>>) => settings.parse(ConfigProvider.fromUnknown(environment))

const servers = { KAFKA_BOOTSTRAP_SERVERS: "kafka-1:9092, kafka-2:9092" }
const user = { KAFKA_SASL_MECHANISM: "scram-sha-512", KAFKA_SASL_USERNAME: "finance", KAFKA_SASL_PASSWORD: "salasana" }

describe("KafkaSettings", () => {
  it.effect("need no more than where some brokers are", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* read(servers), { brokers: ["kafka-1:9092", "kafka-2:9092"], sasl: undefined, tls: undefined })
    })
  )

  it.effect("take a user and a certificate, and never show the password", () =>
    Effect.gen(function* () {
      const found = yield* read({ ...servers, ...user, KAFKA_SSL_CA: "/etc/kafka/ca.pem" })
      assert.deepStrictEqual(found.sasl?.mechanism, "scram-sha-512")
      assert.strictEqual(Redacted.value(found.sasl!.password), "salasana")
      assert.notInclude(JSON.stringify(found), "salasana")
      assert.deepStrictEqual(found.tls, { ca: "/etc/kafka/ca.pem", certificate: undefined, key: undefined })
    })
  )

  it.effect("speak TLS with what Node trusts where no certificate is named", () =>
    Effect.gen(function* () {
      const { tls } = yield* read({ ...servers, KAFKA_SSL: "true" })
      assert.deepStrictEqual(tls, { ca: undefined, certificate: undefined, key: undefined })
    })
  )

  const { KAFKA_SASL_MECHANISM: _, ...withoutMechanism } = user
  const { KAFKA_SASL_PASSWORD: __, ...withoutPassword } = user
  const nonsense: ReadonlyArray<readonly [string, Readonly<Record<string, string>>]> = [
    ["KAFKA_BOOTSTRAP_SERVERS", {}],
    ["KAFKA_BOOTSTRAP_SERVERS", { KAFKA_BOOTSTRAP_SERVERS: "localhost" }],
    ["KAFKA_BOOTSTRAP_SERVERS", { KAFKA_BOOTSTRAP_SERVERS: "kafka-1:9092," }],
    ["KAFKA_SASL_MECHANISM", { ...servers, ...user, KAFKA_SASL_MECHANISM: "gssapi" }],
    ["KAFKA_SASL_MECHANISM", { ...servers, ...withoutMechanism }],
    ["KAFKA_SASL_PASSWORD", { ...servers, ...withoutPassword }],
    ["KAFKA_SASL_USERNAME", { ...servers, ...user, KAFKA_SASL_USERNAME: "" }],
    ["KAFKA_SSL", { ...servers, KAFKA_SSL: "perhaps" }]
  ]
  for (const [name, environment] of nonsense) {
    it.effect(`refuse ${name} by its name: ${JSON.stringify(environment)}`, () =>
      Effect.gen(function* () {
        assert.include((yield* Effect.flip(read(environment))).message, `["${name}"]`)
      })
    )
  }
})
