import { assert, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as KafkaServer from "../../../../../deploy/brokers/KafkaServer.ts"
import { EventBus } from "../EventBus.ts"
import { eventOf, eventually, newTopic, reading } from "../EventBus.contract.ts"
import * as KafkaEventBus from "./KafkaEventBus.ts"
import type { KafkaSettings, SaslSettings, TlsSettings } from "./KafkaSettings.ts"

class Secured extends Context.Service<Secured, KafkaServer.SecuredKafkaServer>()("test/Secured") {}

const server = Layer.effect(Secured, KafkaServer.startSecured())

const as = (
  { username, password }: { readonly username: string; readonly password: string },
  mechanism: SaslSettings["mechanism"]
): SaslSettings => ({ mechanism, username, password: Redacted.make(password) })

const trusting = (ca: string | undefined): TlsSettings => ({ ca, certificate: undefined, key: undefined })

const connect = (settings: Omit<KafkaSettings, "brokers"> & { readonly broker: string }) =>
  Effect.map(Layer.build(Layer.fresh(KafkaEventBus.layer({ ...settings, brokers: [settings.broker] }))), Context.get(EventBus))

/** Why the bus cannot be used: told before anything is published. */
const refusal = (settings: Parameters<typeof connect>[0]) =>
  Effect.map(Effect.flip(connect(settings)), (error) => {
    assert.strictEqual(error._tag, "EventBusMisconfigured")
    return error.message
  })

layer(server, { excludeTestServices: true, timeout: 120_000 })("a Kafka that asks who comes", (it) => {
  for (const mechanism of ["plain", "scram-sha-256", "scram-sha-512"] as const) {
    it.effect(`lets in who has the right password, by ${mechanism}, with and without TLS`, () =>
      Effect.gen(function* () {
        const { saslPlaintext, saslSsl, certificate } = yield* Secured
        const sasl = as(KafkaServer.user, mechanism)
        const topic = newTopic(1)
        const plain = yield* connect({ broker: saslPlaintext, sasl, tls: undefined })
        const secret = yield* connect({ broker: saslSsl, sasl, tls: trusting(certificate) })
        const event = eventOf("kari", 1)
        yield* plain.publish(topic, [event])
        const reader = yield* Effect.provideService(reading(topic, "all"), EventBus, secret)
        yield* eventually(() => reader.ids().length === 1)
        assert.deepStrictEqual(reader.ids(), [event.id])
      })
    )

    it.effect(`refuses a wrong password at once, by ${mechanism}, and says what to check`, () =>
      Effect.gen(function* () {
        const { saslPlaintext } = yield* Secured
        const sasl = as({ ...KafkaServer.user, password: "wrong" }, mechanism)
        assert.include(yield* refusal({ broker: saslPlaintext, sasl, tls: undefined }), "KAFKA_SASL_PASSWORD")
      })
    )
  }

  it.effect("is not believed where its certificate is not known, and says what to set", () =>
    Effect.gen(function* () {
      const { saslSsl } = yield* Secured
      const sasl = as(KafkaServer.user, "plain")
      assert.include(yield* refusal({ broker: saslSsl, sasl, tls: trusting(undefined) }), "KAFKA_SSL_CA")
    })
  )

  it.effect("who may do nothing is told what has to be allowed", () =>
    Effect.gen(function* () {
      const { saslPlaintext } = yield* Secured
      const bus = yield* connect({ broker: saslPlaintext, sasl: as(KafkaServer.stranger, "plain"), tls: undefined })
      const error = yield* Effect.flip(bus.publish(newTopic(1), [eventOf("kari", 1)]))
      assert.strictEqual(error._tag, "EventBusMisconfigured")
      assert.include(error.message, "Allow this user")
    })
  )
})
