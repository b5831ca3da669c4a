/**
 * Supervisor: keeps the outbox relay, the sealer and every processor running side by side, starts again what stops, and says how each is
 * doing, in metrics and in the table `processors`, where every process can read it.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as SqlClient from "effect/sql/SqlClient"
import * as Sealer from "@finance/core/event-store/Sealer"
import { Outbox } from "@finance/core/outbox/Outbox"
import { housekeeping } from "./Housekeeping.ts"
import { importer } from "./imports/Importer.ts"
import * as Processor from "./Processor.ts"
import { anomalyWatch } from "./anomalies/AnomalyWatch.ts"
import { budgetWatch } from "./budgets/BudgetWatch.ts"
import { categorization } from "./categorization/Categorization.ts"
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

const report = Effect.fnUntraced(function* (statuses: ReadonlyArray<Processor.ProcessorStatus>) {
  const sql = yield* SqlClient.SqlClient
  const outbox = yield* Outbox
  const before = new Map(statuses.map(({ name, handled }) => [name, handled]))
  const once = Effect.gen(function* () {
    yield* outbox.lag
    for (const status of statuses) {
      const throughput = (status.handled - before.get(status.name)!) / reportSeconds
      before.set(status.name, status.handled)
      if (throughput === 0 && status.state === "running") status.state = "caught-up"
      yield* sql`
        INSERT INTO processors (name, version, state, handled, throughput, last_error)
        VALUES (${status.name}, ${status.version}, ${status.state}, ${BigInt(status.handled)}, ${throughput}::float8, ${status.last_error})
        ON CONFLICT (name) DO UPDATE SET version = excluded.version, state = excluded.state, handled = excluded.handled,
          throughput = excluded.throughput, last_error = excluded.last_error, updated_at = now()`
    }
  })
  return yield* Effect.forever(Effect.andThen(once, Effect.sleep(`${reportSeconds} seconds`)))
})

const reportSeconds = 2

/** Everything that runs beside the requests. Never returns; interrupt it to stop, batches in hand are finished. */
export const run = Effect.gen(function* () {
  const outbox = yield* Outbox
  const statuses: Array<Processor.ProcessorStatus> = []
  const processor = <E, R>(program: Processor.Program<E, R>) => {
    const status: Processor.ProcessorStatus = {
      name: program.name,
      version: program.version,
      state: "starting",
      handled: 0,
      last_error: null
    }
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
      supervised("imports", importer),
      supervised("housekeeping", housekeeping),
      supervised("status", report(statuses))
    ],
    { concurrency: "unbounded", discard: true }
  ).pipe(Effect.andThen(Effect.never))
})
