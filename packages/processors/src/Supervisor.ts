/**
 * Supervisor: keeps the outbox relay, the sealer and every processor running side by side, and starts again what stops.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Sealer from "@finance/core/event-store/Sealer"
import { Outbox } from "@finance/core/outbox/Outbox"
import { housekeeping } from "./Housekeeping.ts"
import { importer } from "./imports/Importer.ts"
import { Control } from "./Control.ts"
import * as Processor from "./Processor.ts"
import * as Report from "./Report.ts"
import * as RequestedRebuilds from "./RequestedRebuilds.ts"
import { anomalyWatch } from "./anomalies/AnomalyWatch.ts"
import { budgetWatch } from "./budgets/BudgetWatch.ts"
import { categorization } from "./categorization/Categorization.ts"
import { integration } from "./integration/Integration.ts"
import { courier } from "./notifications/Courier.ts"
import { notifications } from "./notifications/Notifications.ts"
import { projections } from "./projections/Projections.ts"
import { recurring } from "./recurring/Recurring.ts"
import { transfers } from "./transfers/Transfers.ts"

const backoff = Schedule.min([Schedule.exponential("250 millis"), Schedule.spaced("30 seconds")]).pipe(Schedule.jittered)

/** Starts `work` again whenever it fails; only an interruption ends it. */
const supervised = <E, R>(name: string, work: Effect.Effect<never, E, R>) =>
  work.pipe(
    Effect.tapCause((cause) =>
      Cause.hasInterruptsOnly(cause) ? Effect.void : Effect.logError(`${name} stopped and starts again`, cause)
    ),
    Effect.sandbox,
    Effect.retry(backoff),
    Effect.orDie
  )

/** Everything that runs beside the requests. Never returns; interrupt it to stop, batches in hand are finished. */
export const run = Effect.gen(function* () {
  const outbox = yield* Outbox
  const statuses: Array<Processor.ProcessorStatus> = []
  const processor = <E, R>(program: Processor.Program<E, R>) => {
    const status: Processor.ProcessorStatus = { name: program.name, version: program.version, actors: new Map() }
    statuses.push(status)
    return supervised(program.name, Processor.run(program, status))
  }
  return yield* Effect.all(
    [
      supervised("outbox", outbox.run),
      supervised("sealer", Sealer.run),
      processor(categorization),
      processor(projections),
      processor(budgetWatch),
      processor(recurring),
      processor(transfers),
      processor(anomalyWatch),
      processor(integration),
      processor(notifications),
      supervised("imports", importer),
      supervised("courier", courier),
      supervised("housekeeping", housekeeping),
      supervised("rebuilds", RequestedRebuilds.run),
      supervised("status", Report.run(statuses)),
      supervised("lag", Effect.forever(Effect.andThen(outbox.lag, Effect.sleep("2 seconds"))))
    ],
    { concurrency: "unbounded", discard: true }
  ).pipe(Effect.andThen(Effect.never))
}).pipe(Effect.provide(Control.layer))
