/**
 * Ledger: the tracker's event log as the tracker itself puts it together, over a database of the bench.
 */
import { DataDirectory } from "@finance/core/database/DataDirectory"
import { Database } from "@finance/core/database/Database"
import { Signals } from "@finance/core/database/Signals"
import { EventCodec } from "@finance/core/event-store/EventCodec"
import { MasterKey } from "@finance/core/event-store/MasterKey"
import * as PostgresEventStore from "@finance/core/event-store/PostgresEventStore"
import { ReadFence } from "@finance/core/event-store/ReadFence"
import { Vault } from "@finance/core/event-store/Vault"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { Place } from "./Server.ts"

/** The log as requests (`api`) or programs (`projector`) reach it, each through its own pool. */
export const layer = ({ url, home }: Place, role: "api" | "projector") =>
  Layer.mergeAll(PostgresEventStore.layer, ReadFence.layer).pipe(
    Layer.provideMerge(EventCodec.layer),
    Layer.provideMerge(Vault.layer),
    Layer.provideMerge(MasterKey.layer),
    Layer.provideMerge(Signals.layer),
    Layer.provideMerge(Database[role]),
    Layer.provideMerge(Layer.succeed(Database, Database.of({ url: Redacted.make(url) }))),
    Layer.provideMerge(DataDirectory.layerShared(home))
  )
