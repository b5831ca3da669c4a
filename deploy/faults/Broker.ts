/** Broker: a real Kafka or NATS of a fault test's own, which it can kill, and how the tracker is told to use it. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as KafkaServer from "../brokers/KafkaServer.ts"
import * as NatsServer from "../brokers/NatsServer.ts"
import type { ServerFailed, ServerProcess } from "../brokers/ServerProcess.ts"

export type Transport = "kafka" | "nats"

export interface Broker {
  readonly env: Readonly<Record<string, string>>
  readonly kill: () => Promise<void>
  readonly start: () => Promise<void>
  readonly remove: () => Promise<void>
}

interface Server {
  readonly server: ServerProcess
  readonly env: Readonly<Record<string, string>>
}

const servers: Record<Transport, Effect.Effect<Server, ServerFailed, Scope.Scope>> = {
  kafka: Effect.map(KafkaServer.start(), (server) => ({
    server,
    env: { EVENT_BUS: "kafka", KAFKA_BOOTSTRAP_SERVERS: server.bootstrapServers }
  })),
  nats: Effect.map(NatsServer.start(), (server) => ({ server, env: { EVENT_BUS: "nats", NATS_URL: server.url } }))
}

export const begin = async (transport: Transport): Promise<Broker> => {
  const scope = Scope.makeUnsafe()
  const { server, env } = await Effect.runPromise(Scope.provide(servers[transport], scope))
  return {
    env,
    kill: () => Effect.runPromise(server.kill),
    start: () => Effect.runPromise(server.start),
    remove: () => Effect.runPromise(Scope.close(scope, Exit.void))
  }
}
