/**
 * Broker: a real broker of one node, on free ports and in a directory of its own, that can be stopped and started again on what it holds.
 */
import * as Effect from "effect/Effect"
import * as KafkaServer from "../../../deploy/brokers/KafkaServer.ts"
import * as NatsServer from "../../../deploy/brokers/NatsServer.ts"
import type * as ServerProcess from "../../../deploy/brokers/ServerProcess.ts"

export interface Broker {
  readonly transport: "kafka" | "nats"
  /** `host:port` */
  readonly address: string
  readonly stop: () => Promise<void>
  /** Returns when it answers. */
  readonly start: () => Promise<void>
}

/** Kafka relies on its replicas and never syncs; NATS syncs every two minutes by default, and at every write where it is told to. */
export type Kind = "kafka" | "nats" | "nats, sync always"

const broker = (transport: Broker["transport"], address: string, { stop, start }: ServerProcess.ServerProcess): Broker => ({
  transport,
  address,
  stop: () => Effect.runPromise(stop),
  start: () => Effect.runPromise(start)
})

const started = (kind: Kind) =>
  kind === "kafka"
    ? Effect.map(KafkaServer.start(), (server) => broker("kafka", server.bootstrapServers, server))
    : Effect.map(NatsServer.start({ syncInterval: kind === "nats" ? "2m" : "always" }), (server) =>
        broker("nats", new URL(server.url).host, server)
      )

/** Starts it for the work, and stops it whatever becomes of that. */
export const during = <A>(kind: Kind, work: (broker: Broker) => Promise<A>): Promise<A> =>
  started(kind).pipe(
    Effect.flatMap((broker) => Effect.promise(() => work(broker))),
    Effect.scoped,
    Effect.runPromise
  )
