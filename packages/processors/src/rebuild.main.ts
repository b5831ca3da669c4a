/**
 * `npm run rebuild -- projections`: fills a program's tables anew from the log and puts them in the place of the live ones, in the database
 * of DATABASE_URL, where the tracker may go on running, or in the one that comes along, whose tracker must be stopped.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"
import { DataDirectory } from "@finance/core/database/DataDirectory"
import { Database } from "@finance/core/database/Database"
import { DatabaseUnusable } from "@finance/core/database/DatabaseUnusable"
import * as EmbeddedPostgres from "@finance/core/database/EmbeddedPostgres"
import * as Migrations from "@finance/core/database/Migrations"
import * as SignalBridge from "@finance/core/database/SignalBridge"
import { Signals } from "@finance/core/database/Signals"
import { EventCodec } from "@finance/core/event-store/EventCodec"
import { MasterKey } from "@finance/core/event-store/MasterKey"
import * as PostgresEventStore from "@finance/core/event-store/PostgresEventStore"
import { ReadFence } from "@finance/core/event-store/ReadFence"
import { proveMasterKey, Vault } from "@finance/core/event-store/Vault"
import { rebuildables, type RebuildableName } from "./projections/Rebuildables.ts"
import * as Rebuild from "./Rebuild.ts"
import * as RebuildThreads from "./RebuildThreads.ts"

class NothingToRebuild extends Schema.TaggedError<NothingToRebuild>()("NothingToRebuild", { name: Schema.String }) {
  override get message() {
    return `There is no program "${this.name}" to rebuild. Say one of: ${Object.keys(rebuildables).join(", ")}`
  }
}

const isRebuildable = (name: string): name is RebuildableName => Object.hasOwn(rebuildables, name)

const home = Config.String("DATA_DIR").pipe(Config.withDefault(".data"))

/** The embedded database belongs to whoever holds its directory; one elsewhere is shared with those who use it. */
const database = Layer.unwrap(
  Effect.gen(function* () {
    const directory = yield* home
    const url = yield* Config.option(Config.Redacted("DATABASE_URL"))
    return url._tag === "Some"
      ? Layer.merge(Database.layerUrl(url.value), DataDirectory.layerShared(directory))
      : Layer.provideMerge(EmbeddedPostgres.layer, DataDirectory.layer(directory))
  })
)

const needs = Layer.mergeAll(
  PostgresEventStore.layer,
  ReadFence.layer,
  SignalBridge.layer,
  Layer.effectDiscard(proveMasterKey)
).pipe(
  Layer.provideMerge(EventCodec.layer),
  Layer.provideMerge(Vault.layer),
  Layer.provideMerge([MasterKey.layer, Signals.layer, Database.projector]),
  Layer.provide(Migrations.layer),
  Layer.provideMerge(database)
)

const rebuild = Effect.gen(function* () {
  const name = process.argv[2] ?? ""
  if (!isRebuildable(name)) return yield* new NothingToRebuild({ name })
  const program = Rebuild.runWith(rebuildables[name], RebuildThreads.fill(name))
  const { events, seconds } = yield* Effect.provide(program, needs)
  const rate = Math.round(events / Math.max(seconds, 0.001))
  yield* Console.log(`${name}: rebuilt from ${events} events in ${seconds.toFixed(1)} s (${rate} events/s)`)
})

rebuild.pipe(
  Effect.tapError((error) =>
    Console.error(error instanceof DatabaseUnusable ? `${error.problem}.\n${error.advice}.` : error.message)
  ),
  Effect.provide(Logger.layer([Logger.consoleJson])),
  NodeRuntime.runMain({ disableErrorReporting: true })
)
