/**
 * Carrier: a bus that runs, and how a process gets on it.
 */
import * as PostgresEventBus from "@finance/core/bus/PostgresEventBus"
import { Database } from "@finance/core/database/Database"
import { Signals } from "@finance/core/database/Signals"
import * as SignalBridge from "@finance/core/database/SignalBridge"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { Place } from "../Server.ts"

export interface Carrier {
  readonly transport: "postgres"
  readonly place: Place
}

const bus = ({ transport }: Carrier) => {
  switch (transport) {
    case "postgres":
      return PostgresEventBus.layer
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
