/**
 * The tracker in one process: database, programs and HTTP, from one command. The only place that knows both sides.
 *
 *   main thread ── HTTP, the dashboard, the live stream        programs' thread ── outbox, bus, programs, imports
 *        └──────────────── signals (BroadcastChannel) ──────────────────┘
 *        └─────────────────────── PostgreSQL ───────────────────────────┘
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as RuleCategorizer from "@finance/core/categorizer/RuleCategorizer"
import { DataDirectory } from "@finance/core/database/DataDirectory"
import { Database } from "@finance/core/database/Database"
import * as EmbeddedPostgres from "@finance/core/database/EmbeddedPostgres"
import * as Migrations from "@finance/core/database/Migrations"
import * as SignalBridge from "@finance/core/database/SignalBridge"
import { Signals } from "@finance/core/database/Signals"
import * as ThreadSignals from "@finance/core/database/ThreadSignals"
import { EventCodec } from "@finance/core/event-store/EventCodec"
import { MasterKey } from "@finance/core/event-store/MasterKey"
import * as PostgresEventStore from "@finance/core/event-store/PostgresEventStore"
import { proveMasterKey, Vault } from "@finance/core/event-store/Vault"
import { Imports } from "@finance/core/imports/Imports"
import * as Logs from "@finance/core/telemetry/Logs"
import * as ProcessorGauges from "@finance/core/telemetry/ProcessorGauges"
import * as Traces from "@finance/core/telemetry/Traces"
import * as App from "@finance/http/App"
import { teardown } from "@finance/processors/Teardown"
import { explain } from "./Failure.ts"
import { withFamilies } from "./MetricFamilies.ts"
import { Programs } from "./Programs.ts"

const say = (line: string) => Layer.effectDiscard(Console.log(line))

const home = Layer.unwrap(Effect.map(Config.String("DATA_DIR").pipe(Config.withDefault(".data")), DataDirectory.layer))

const outsideDatabase = Config.option(Config.Redacted("DATABASE_URL"))

const database = Layer.unwrap(
  Effect.map(outsideDatabase, (url) =>
    url._tag === "Some"
      ? Database.layerUrl(url.value).pipe(Layer.provide(say("Connecting to the database of DATABASE_URL")))
      : EmbeddedPostgres.layer.pipe(Layer.provide(say("Starting PostgreSQL")))
  )
)

const schema = Migrations.layer.pipe(Layer.provideMerge(say("Bringing the schema up to date")))

/** What both sides share, so that what one seals the other need not open again: keys, codec and signals. */
const common = EventCodec.layer.pipe(
  Layer.provide(Layer.effectDiscard(proveMasterKey)),
  Layer.provideMerge(Vault.layer),
  Layer.provideMerge(MasterKey.layer),
  Layer.provide(Database.projector),
  Layer.provideMerge(RuleCategorizer.layer)
)

/** To other processes signals travel by NOTIFY; the database that comes along has no other. */
const bridge = Layer.unwrap(Effect.map(outsideDatabase, (url) => (url._tag === "Some" ? SignalBridge.layer : Layer.empty)))

/** Between the threads of this process signals travel at once. */
const signals = bridge.pipe(Layer.provideMerge(ThreadSignals.layer), Layer.provideMerge(Signals.layer))

const metrics = Layer.effect(
  App.Metrics,
  Effect.map(Programs, (programs) =>
    Effect.map(Effect.all([ProcessorGauges.format, programs.metrics]), ([own, theirs]) => withFamilies(own, theirs))
  )
)

const http = App.layer.pipe(
  Layer.provide(Imports.layer),
  Layer.provide(metrics),
  Layer.provide(PostgresEventStore.layer),
  Layer.provide(Database.api)
)

const ready = Layer.effectDiscard(
  Effect.flatMap(App.address, ({ hostname, port }) => {
    const host = hostname === "127.0.0.1" || hostname === "0.0.0.0" ? "localhost" : hostname
    return Console.log(`Finance Tracker ready on http://${host}:${port}`)
  })
)

const tracker = ready.pipe(
  Layer.provide(http),
  Layer.provideMerge(Programs.layer),
  Layer.provide(common),
  Layer.provide(signals),
  Layer.provide(schema),
  Layer.provide(database),
  Layer.provide(home)
)

const main = Effect.gen(function* () {
  const services = yield* Layer.build(tracker)
  yield* Context.get(services, Programs).stopped
}).pipe(Effect.scoped)

main.pipe(
  Effect.tapCause((cause) => Console.error(explain(cause))),
  Effect.provide([Logs.layer, Traces.layer("finance-tracker")]),
  NodeRuntime.runMain({ disableErrorReporting: true, teardown })
)
