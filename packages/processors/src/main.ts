/**
 * The programs alone, for an installation whose HTTP side runs elsewhere: migrates the database of DATABASE_URL, then follows its events.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ConfiguredEventBus from "@finance/core/bus/ConfiguredEventBus"
import { DataDirectory } from "@finance/core/database/DataDirectory"
import { Database } from "@finance/core/database/Database"
import * as Migrations from "@finance/core/database/Migrations"
import * as SignalBridge from "@finance/core/database/SignalBridge"
import { Signals } from "@finance/core/database/Signals"
import { EventCodec } from "@finance/core/event-store/EventCodec"
import { MasterKey } from "@finance/core/event-store/MasterKey"
import { proveMasterKey, Vault } from "@finance/core/event-store/Vault"
import { VapidKeys } from "@finance/core/notifications/VapidKeys"
import * as Logs from "@finance/core/telemetry/Logs"
import * as Traces from "@finance/core/telemetry/Traces"
import * as Health from "./Health.ts"
import * as Processors from "./Processors.ts"
import { teardown } from "./Teardown.ts"

const database = Layer.unwrap(Effect.map(Config.Redacted("DATABASE_URL"), Database.layerUrl))

const home = Layer.unwrap(Effect.map(Config.String("DATA_DIR").pipe(Config.withDefault(".data")), DataDirectory.layerShared))

const health = Health.layer.pipe(Layer.provide(ConfiguredEventBus.layer))

const everything = Layer.mergeAll(Processors.layer, health, SignalBridge.layer).pipe(
  Layer.provide(EventCodec.layer),
  Layer.provide(Layer.effectDiscard(proveMasterKey)),
  Layer.provide(Vault.layer),
  Layer.provide([MasterKey.layer, VapidKeys.layer]),
  Layer.provide(Signals.layer),
  Layer.provide(Database.projector),
  Layer.provide(Migrations.layer),
  Layer.provide(database),
  Layer.provide(home)
)

Layer.launch(everything).pipe(Effect.provide([Logs.layer, Traces.layer("finance-processors")]), NodeRuntime.runMain({ teardown }))
