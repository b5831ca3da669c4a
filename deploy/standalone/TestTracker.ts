/**
 * TestTracker: the application with its programs beside it over a database of its own, as `npm start` runs them, for tests of what people
 * see of both.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as RuleCategorizer from "@finance/core/categorizer/RuleCategorizer"
import { Database } from "@finance/core/database/Database"
import { Signals } from "@finance/core/database/Signals"
import * as TestDatabase from "@finance/core/database/TestDatabase"
import { EventCodec } from "@finance/core/event-store/EventCodec"
import { MasterKey } from "@finance/core/event-store/MasterKey"
import * as PostgresEventStore from "@finance/core/event-store/PostgresEventStore"
import { Vault } from "@finance/core/event-store/Vault"
import { Imports } from "@finance/core/imports/Imports"
import { VapidKeys } from "@finance/core/notifications/VapidKeys"
import { layerApp, TestApp } from "@finance/http/TestApp"
import * as Processors from "@finance/processors/Processors"

const common = EventCodec.layer.pipe(
  Layer.provideMerge(Vault.layer),
  Layer.provide(MasterKey.layerRandom),
  Layer.provide(Database.projector),
  Layer.provideMerge(Layer.mergeAll(Signals.layer, RuleCategorizer.layer))
)

export const tracker = layerApp.pipe(
  Layer.provide(Imports.layer),
  Layer.provide(Layer.fresh(PostgresEventStore.layer)),
  Layer.provide(Database.api),
  Layer.provideMerge(Processors.layer.pipe(Layer.provide([Database.projector, VapidKeys.layerRandom]))),
  Layer.provide(common),
  Layer.provide(TestDatabase.database)
)

export const told = (use: (app: TestApp["Service"]) => Promise<void>) => () =>
  Effect.flatMap(TestApp, (app) => Effect.promise(() => use(app)))
