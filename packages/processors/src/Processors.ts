/**
 * Processors: everything that runs beside the requests, as one layer that lives as long as its scope.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ConfiguredEventBus from "@finance/core/bus/ConfiguredEventBus"
import * as RuleCategorizer from "@finance/core/categorizer/RuleCategorizer"
import * as PostgresEventStore from "@finance/core/event-store/PostgresEventStore"
import { ReadFence } from "@finance/core/event-store/ReadFence"
import { Outbox } from "@finance/core/outbox/Outbox"
import * as Messenger from "./notifications/Messenger.ts"
import * as Supervisor from "./Supervisor.ts"

/** Needs the database as the role that writes for everyone, the vault, the codec, the signals of this process and the keys for Web Push. */
export const layer = Layer.effectDiscard(Effect.forkScoped(Supervisor.run)).pipe(
  Layer.provide(Outbox.layer),
  Layer.provide([ConfiguredEventBus.layer, ReadFence.layer, RuleCategorizer.layer, Messenger.layer]),
  Layer.provideMerge(Layer.fresh(PostgresEventStore.layer))
)
