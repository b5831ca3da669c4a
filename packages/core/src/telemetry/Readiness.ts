/**
 * Readiness: whether a process can do its work, check by check, in words for whoever is woken up. Without its database, a schema that it
 * knows, or (for the programs) its bus it cannot; a program that is paused, behind, silent or has set something aside makes it degraded.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { type EventBus, ledgerEvents } from "../bus/EventBus.ts"
import * as Migrations from "../database/Migrations.ts"
import * as ProcessorStatus from "../read-models/ProcessorStatus.ts"

export interface Check {
  readonly name: "database" | "migrations" | "bus" | "processors"
  readonly status: "ok" | "degraded" | "failed"
  readonly detail?: string
}

export interface Readiness {
  readonly status: "ok" | "degraded" | "failed"
  readonly checks: ReadonlyArray<Check>
}

/** A program, or the relay to the bus, that is further behind is told of. */
const lagSeconds = 60

const patience = "3 seconds"

const ok = (name: Check["name"]): Check => ({ name, status: "ok" })
const degraded = (name: Check["name"], detail: string): Check => ({ name, status: "degraded", detail })
const failed = (name: Check["name"], detail: string): Check => ({ name, status: "failed", detail })

/** What the check comes to in time; else what is said of it instead. */
const within = <E, R>(check: Effect.Effect<Check, E, R>, otherwise: Check) =>
  check.pipe(
    Effect.timeout(patience),
    Effect.catchCause(() => Effect.succeed(otherwise))
  )

const answers = Effect.flatMap(SqlClient.SqlClient, (sql) => Effect.as(sql`SELECT 1`, ok("database")))

export const database = within(answers, failed("database", "PostgreSQL does not answer"))

export const migrations = within(
  Effect.map(Migrations.standing, ({ latest, newest }) =>
    latest >= newest
      ? ok("migrations")
      : failed(
          "migrations",
          `The schema is at ${latest} and this release needs ${newest}: start the programs, which bring it up to date`
        )
  ),
  failed("migrations", "The schema cannot be read")
)

/** Whether the bus itself answers. */
export const bus = (eventBus: EventBus["Service"]) =>
  within(
    Effect.as(eventBus.lag(ledgerEvents, "projections"), ok("bus")),
    failed("bus", `The ${eventBus.transport} bus does not answer; what is stored meanwhile is told when it is back`)
  )

interface Untold {
  readonly sink: string
  readonly seconds: number
}

const untold = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<Untold>`
    SELECT s.sink, extract(epoch FROM clock_timestamp() - e.recorded_at)::float8 AS seconds
    FROM (SELECT sink, position FROM outbox_checkpoints ORDER BY position DESC LIMIT 1) s
    CROSS JOIN LATERAL (SELECT recorded_at FROM events WHERE position > s.position ORDER BY position LIMIT 1) e`
  if (row === undefined || row.seconds <= lagSeconds) return ok("bus")
  const waited = Math.round(row.seconds)
  return degraded("bus", `The ${row.sink} bus has been told of nothing for ${waited} s: do the programs run, and does it answer?`)
})

/** Whether the bus is told of what is written, as the log shows it: for who has no bus. */
export const relay = within(untold, degraded("bus", "How far the bus is cannot be read"))

const saying = (word: string, processors: ReadonlyArray<ProcessorStatus.ProcessorStatus>, of: typeof nameOf = nameOf) =>
  processors.length === 0 ? [] : [`${word}: ${processors.map(of).join(", ")}`]

const nameOf = ({ name }: ProcessorStatus.ProcessorStatus): string => name

const counted = (events: number): string => `${events} ${events === 1 ? "event" : "events"}`

const lagOf = ({ name, partitions }: ProcessorStatus.ProcessorStatus): string => {
  const events = partitions.reduce((sum, { lag_events }) => sum + lag_events, 0)
  return `${name} (${counted(events)}, ${Math.round(Math.max(...partitions.map(({ lag_seconds }) => lag_seconds)))} s)`
}

const concerns = (all: ReadonlyArray<ProcessorStatus.ProcessorStatus>): ReadonlyArray<string> => [
  ...saying(
    "Failed",
    all.filter(({ state }) => state === "failed")
  ),
  ...saying(
    "Paused",
    all.filter(({ state }) => state === "paused")
  ),
  ...saying(
    "Behind",
    all.filter(({ partitions }) => partitions.some(({ lag_seconds }) => lag_seconds > lagSeconds)),
    lagOf
  ),
  ...saying(
    "Set aside",
    all.filter(({ parked }) => parked > 0),
    ({ name, parked }) => `${name} (${counted(parked)})`
  )
]

export const processors = within(
  Effect.map(ProcessorStatus.list, (all) => {
    if (all.length === 0) return degraded("processors", "No program has run on this database yet")
    const told = concerns(all)
    return told.length === 0 ? ok("processors") : degraded("processors", told.join(". "))
  }),
  degraded("processors", "What they are doing cannot be read")
)

/** All the checks at once. */
export const of = <R>(checks: ReadonlyArray<Effect.Effect<Check, never, R>>) =>
  Effect.map(Effect.all(checks, { concurrency: "unbounded" }), (done): Readiness => {
    const worst = (["failed", "degraded"] as const).find((status) => done.some((check) => check.status === status))
    return { status: worst ?? "ok", checks: done }
  })
