import { assert, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import * as KafkaServer from "../../../../../deploy/brokers/KafkaServer.ts"
import { EventBus } from "../EventBus.ts"
import { eventOf, eventually, newTopic, reading } from "../EventBus.contract.ts"
import * as KafkaEventBus from "./KafkaEventBus.ts"

class Server extends Context.Service<Server, KafkaServer.KafkaServer>()("test/Server") {}

const bus = Layer.unwrap(
  Effect.map(Server, ({ bootstrapServers }) =>
    KafkaEventBus.layer({ brokers: [bootstrapServers], sasl: undefined, tls: undefined })
  )
)

const everything = bus.pipe(
  Layer.provideMerge(Layer.effect(Server, KafkaServer.start())),
  // whoever cannot reach the broker says so, and here they do for a while
  Layer.provideMerge(Layer.succeed(References.MinimumLogLevel, "Error"))
)

layer(everything, { excludeTestServices: true, timeout: 120_000 })("a Kafka that fails", (it) => {
  it.effect("and hangs: what is published after it woke up is not taken for a repeat of what it seemed to have lost", () =>
    Effect.gen(function* () {
      const bus = yield* EventBus
      const server = yield* Server
      const topic = newTopic(1)
      const [first, uncertain, next] = [eventOf("kari", 1), eventOf("kari", 2), eventOf("kari", 3)]
      yield* bus.publish(topic, [first])
      process.kill(yield* server.pid, "SIGSTOP")
      const error = yield* Effect.flip(bus.publish(topic, [uncertain]))
      process.kill(yield* server.pid, "SIGCONT")
      assert.strictEqual(error._tag, "EventBusUnavailable")
      yield* bus.publish(topic, [next])
      const reader = yield* reading(topic, "all")
      yield* eventually(() => reader.ids().includes(next.id))
      assert.deepStrictEqual(
        [...new Set(reader.ids())].filter((id) => id !== uncertain.id),
        [first.id, next.id]
      )
    })
  )

  it.effect("and dies: who subscribes goes on by themselves when it is back, from where they were", () =>
    Effect.gen(function* () {
      const bus = yield* EventBus
      const server = yield* Server
      const topic = newTopic(2)
      const [before, after] = [eventOf("kari", 1), eventOf("kari", 2)]
      const reader = yield* reading(topic, "all")
      yield* bus.publish(topic, [before])
      yield* eventually(() => reader.ids().length === 1)
      yield* server.kill
      const error = yield* Effect.flip(bus.publish(topic, [after]))
      assert.strictEqual(error._tag, "EventBusUnavailable")
      yield* server.start
      yield* bus.publish(topic, [after])
      yield* eventually(() => reader.ids().includes(after.id))
      assert.deepStrictEqual([...new Set(reader.ids())], [before.id, after.id])
    })
  )
})
