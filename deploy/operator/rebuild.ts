/**
 * `npm run rebuild -- projections`: fills a program's tables anew from the log and puts them in the place of the live ones. In the database
 * of DATABASE_URL the tracker may go on running meanwhile.
 */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { Database } from "@finance/core/database/Database"
import * as Migrations from "@finance/core/database/Migrations"
import * as SignalBridge from "@finance/core/database/SignalBridge"
import { Signals } from "@finance/core/database/Signals"
import { EventCodec } from "@finance/core/event-store/EventCodec"
import { MasterKey } from "@finance/core/event-store/MasterKey"
import * as PostgresEventStore from "@finance/core/event-store/PostgresEventStore"
import { ReadFence } from "@finance/core/event-store/ReadFence"
import { proveMasterKey, Vault } from "@finance/core/event-store/Vault"
import { rebuildables, type RebuildableName } from "@finance/processors/projections/Rebuildables"
import * as Rebuild from "@finance/processors/Rebuild"
import * as RebuildThreads from "@finance/processors/RebuildThreads"
import * as Installation from "./Installation.ts"

class NothingToRebuild extends Schema.TaggedError<NothingToRebuild>()("NothingToRebuild", { name: Schema.String }) {
  override get message() {
    return `There is no program "${this.name}" to rebuild. Say one of: ${Object.keys(rebuildables).join(", ")}`
  }
}

const isRebuildable = (name: string): name is RebuildableName => Object.hasOwn(rebuildables, name)

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
  Layer.provideMerge(Installation.layer)
)

const rebuild = Effect.gen(function* () {
  const name = process.argv[2] ?? ""
  if (!isRebuildable(name)) return yield* new NothingToRebuild({ name })
  const program = Rebuild.runWith(rebuildables[name], RebuildThreads.fill(name))
  const { events, seconds } = yield* Effect.provide(program, needs)
  const rate = Math.round(events / Math.max(seconds, 0.001))
  yield* Console.log(`${name}: rebuilt from ${events} events in ${seconds.toFixed(1)} s (${rate} events/s)`)
})

Installation.run(rebuild)
