import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { fileURLToPath } from "node:url"
import * as NatsServer from "../../../../../deploy/brokers/NatsServer.ts"
import { EventBus } from "../EventBus.ts"
import { eventOf, eventually, newTopic, reading } from "../EventBus.contract.ts"
import * as NatsEventBus from "./NatsEventBus.ts"
import type { NatsSettings } from "./NatsSettings.ts"

const busOf = ({ url }: { readonly url: string }, settings: Partial<NatsSettings> = {}) =>
  Effect.map(
    Layer.build(
      NatsEventBus.layer({
        servers: [new URL(url).host],
        login: undefined,
        tls: undefined,
        replicas: 1,
        syncsAlways: true,
        ...settings
      })
    ),
    Context.get(EventBus)
  )

const file = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))

const topic = newTopic(1)
const publishing = (bus: EventBus["Service"]) => bus.publish(topic, [eventOf("kari", 1)])

/** Publishes until the server takes it, as the relay does. */
const untilTaken = (bus: EventBus["Service"], sequence: number) => {
  const event = eventOf("kari", sequence)
  return Effect.as(Effect.retry(bus.publish(topic, [event]), Schedule.spaced("100 millis")), event.id)
}

describe("NatsSession", () => {
  it.live("a server that is killed and comes back has lost nothing that it took, and who follows it goes on by themselves", () =>
    Effect.gen(function* () {
      const server = yield* NatsServer.start()
      const bus = yield* busOf(server)
      const reader = yield* Effect.provideService(reading(topic, "all"), EventBus, bus)
      const taken: Array<string> = []
      for (const round of [0, 1, 2]) {
        yield* Effect.forkChild(Effect.andThen(Effect.sleep(`${50 + 70 * round} millis`), server.kill))
        for (let turn = 0; turn < 400; turn++) {
          const event = eventOf("kari", `${round}/${turn}`)
          const outcome = yield* Effect.result(bus.publish(topic, [event]))
          if (outcome._tag === "Failure") {
            assert.strictEqual(outcome.failure._tag, "EventBusUnavailable")
            break
          }
          taken.push(event.id)
        }
        yield* server.kill
        assert.strictEqual((yield* Effect.flip(publishing(bus)))._tag, "EventBusUnavailable")
        yield* server.start
        taken.push(yield* untilTaken(bus, round))
      }
      yield* eventually(() => taken.every((id) => reader.ids().includes(id)))
    })
  )

  it.live("lets nobody in with a wrong password, says so, and lets in who has the right one", () =>
    Effect.gen(function* () {
      const server = yield* NatsServer.start({ user: { name: "kari", password: "hemmelig" } })
      const login = (password: string) => ({ login: { user: "kari", password: Redacted.make(password) } })
      const error = yield* Effect.flip(publishing(yield* busOf(server, login("gjettet"))))
      assert.strictEqual(error._tag, "EventBusMisconfigured")
      assert.include(error.message, "Check the credentials")
      assert.notInclude(error.message, "gjettet")
      yield* publishing(yield* busOf(server, login("hemmelig")))
    })
  )

  it.live("lets nobody in without the token", () =>
    Effect.gen(function* () {
      const server = yield* NatsServer.start({ token: "hemmelig" })
      assert.strictEqual((yield* Effect.flip(publishing(yield* busOf(server))))._tag, "EventBusMisconfigured")
      yield* publishing(yield* busOf(server, { login: { token: Redacted.make("hemmelig") } }))
    })
  )

  it.live("speaks TLS with a server whose certificate it knows, and with no other", () =>
    Effect.gen(function* () {
      const ca = file("localhost.certificate.pem")
      const files = { ca, certificate: undefined, key: undefined }
      const encrypted = yield* NatsServer.start({ tls: { certificate: ca, key: file("localhost.key.pem") } })
      const stranger = yield* Effect.flip(publishing(yield* busOf(encrypted)))
      assert.strictEqual(stranger._tag, "EventBusMisconfigured")
      assert.include(stranger.message, "NATS_CA")
      yield* publishing(yield* busOf(encrypted, { tls: files }))
      const plain = yield* NatsServer.start()
      const unencrypted = yield* Effect.flip(publishing(yield* busOf(plain, { tls: files })))
      assert.strictEqual(unencrypted._tag, "EventBusMisconfigured")
      assert.include(unencrypted.message, "does not speak TLS")
    })
  )

  it.live("says what to do about a server without JetStream, and about replicas that it cannot keep", () =>
    Effect.gen(function* () {
      const without = yield* Effect.flip(publishing(yield* busOf(yield* NatsServer.start({ jetStream: false }))))
      assert.strictEqual(without._tag, "EventBusMisconfigured")
      assert.include(without.message, "Enable JetStream")
      const alone = yield* Effect.flip(publishing(yield* busOf(yield* NatsServer.start(), { replicas: 3 })))
      assert.strictEqual(alone._tag, "EventBusMisconfigured")
      assert.include(alone.message, "NATS_REPLICAS")
    })
  )
})
