/**
 * The bus that EVENT_BUS names. The client of a broker is loaded only where it is asked for, so that an installation without one starts
 * as quickly as before.
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as KafkaSettings from "./kafka/KafkaSettings.ts"
import * as NatsSettings from "./nats/NatsSettings.ts"
import * as PostgresEventBus from "./PostgresEventBus.ts"

const transport = Config.Literals(["postgres", "kafka", "nats"], "EVENT_BUS").pipe(Config.withDefault("postgres"))

export const layer = Layer.unwrap(
  Effect.gen(function* () {
    switch (yield* transport) {
      case "postgres":
        return PostgresEventBus.layer
      case "kafka": {
        const settings = yield* KafkaSettings.settings
        const KafkaEventBus = yield* Effect.promise(() => import("./kafka/KafkaEventBus.ts"))
        return KafkaEventBus.layer(settings)
      }
      case "nats": {
        const settings = yield* NatsSettings.settings
        const NatsEventBus = yield* Effect.promise(() => import("./nats/NatsEventBus.ts"))
        return NatsEventBus.layer(settings)
      }
    }
  })
)
