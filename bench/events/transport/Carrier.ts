/**
 * Carrier: a bus that runs, and how a process gets on it.
 */
import * as KafkaEventBus from "@finance/core/bus/kafka/KafkaEventBus"
import * as NatsEventBus from "@finance/core/bus/nats/NatsEventBus"
import * as PostgresEventBus from "@finance/core/bus/PostgresEventBus"
import { Database } from "@finance/core/database/Database"
import { Signals } from "@finance/core/database/Signals"
import * as SignalBridge from "@finance/core/database/SignalBridge"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { Place } from "../Server.ts"

export interface Carrier {
  readonly transport: "postgres" | "kafka" | "nats"
  /** `host:port` of its broker; nothing for PostgreSQL, which needs none. */
  readonly address: string
  readonly place: Place
}

const bus = ({ transport, address }: Carrier) => {
  switch (transport) {
    case "postgres":
      return PostgresEventBus.layer
    case "kafka":
      return KafkaEventBus.layer({ brokers: [address], sasl: undefined, tls: undefined })
    case "nats":
      // Whether it syncs always is the server's affair: who says no here is only warned.
      return NatsEventBus.layer({ servers: [address], login: undefined, tls: undefined, replicas: 1, syncsAlways: true })
  }
}

/** The bus, for a process that has nothing else. Signals travel to the others on the same database. */
export const layer = (carrier: Carrier) =>
  bus(carrier).pipe(
    Layer.provide(SignalBridge.layer),
    Layer.provide(Signals.layer),
    Layer.provide(Database.projector),
    Layer.provide(Layer.succeed(Database, Database.of({ url: Redacted.make(carrier.place.url) })))
  )
