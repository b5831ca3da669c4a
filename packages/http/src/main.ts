/**
 * The HTTP side alone, for an installation whose programs run elsewhere: against the database of DATABASE_URL, which the programs'
 * side has migrated.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as RuleCategorizer from "@finance/core/categorizer/RuleCategorizer"
import { DataDirectory } from "@finance/core/database/DataDirectory"
import { Database } from "@finance/core/database/Database"
import * as SignalBridge from "@finance/core/database/SignalBridge"
import { Signals } from "@finance/core/database/Signals"
import { EventCodec } from "@finance/core/event-store/EventCodec"
import { MasterKey } from "@finance/core/event-store/MasterKey"
import * as PostgresEventStore from "@finance/core/event-store/PostgresEventStore"
import { proveMasterKey, Vault } from "@finance/core/event-store/Vault"
import { Imports } from "@finance/core/imports/Imports"
import * as Logs from "@finance/core/telemetry/Logs"
import * as Traces from "@finance/core/telemetry/Traces"
import * as App from "./App.ts"

const database = Layer.unwrap(Effect.map(Config.Redacted("DATABASE_URL"), Database.layerUrl))

const home = Layer.unwrap(Effect.map(Config.String("DATA_DIR").pipe(Config.withDefault(".data")), DataDirectory.layerShared))

const needs = Imports.layer.pipe(
  Layer.provideMerge(SignalBridge.layer),
  Layer.provideMerge(PostgresEventStore.layer),
  Layer.provideMerge(EventCodec.layer),
  Layer.provide(Layer.effectDiscard(proveMasterKey)),
  Layer.provideMerge(Vault.layer),
  Layer.provide(MasterKey.layer),
  Layer.provideMerge(Layer.mergeAll(Signals.layer, RuleCategorizer.layer)),
  Layer.provideMerge(Database.api),
  Layer.provideMerge(database),
  Layer.provideMerge(home)
)

Layer.launch(App.layer.pipe(Layer.provide(needs))).pipe(
  Effect.provide([Logs.layer, Traces.layer("finance-http")]),
  NodeRuntime.runMain
)
