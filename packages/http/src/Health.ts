/**
 * Health: whether this process can serve. A program that lags makes it degraded, and it still serves.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import * as ProcessorStatus from "@finance/core/read-models/ProcessorStatus"

export interface Check {
  readonly name: "database" | "migrations" | "processors"
  readonly status: "ok" | "degraded" | "failed"
  readonly detail?: string
}

export interface Readiness {
  readonly status: "ok" | "degraded" | "failed"
  readonly checks: ReadonlyArray<Check>
}

/** A program that is further behind is told of. */
const lagSeconds = 60

const failed = (name: Check["name"], detail: string) => Effect.succeed<Check>({ name, status: "failed", detail })

const database = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  return yield* sql`SELECT 1`.pipe(
    Effect.as<Check>({ name: "database", status: "ok" }),
    Effect.catch(() => failed("database", "PostgreSQL does not answer"))
  )
})

const migrations = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  return yield* sql`SELECT FROM transactions LIMIT 0`.pipe(
    Effect.as<Check>({ name: "migrations", status: "ok" }),
    Effect.catch(() => failed("migrations", "The tables are not there"))
  )
})

const processors = Effect.gen(function* () {
  const lagging = (yield* ProcessorStatus.list).filter(({ partitions }) =>
    partitions.some(({ lag_seconds }) => lag_seconds > lagSeconds)
  )
  const names = lagging.map(({ name }) => name).join(", ")
  return lagging.length === 0
    ? ({ name: "processors", status: "ok" } satisfies Check)
    : ({ name: "processors", status: "degraded", detail: `Behind: ${names}` } satisfies Check)
}).pipe(
  Effect.catch(() =>
    Effect.succeed<Check>({ name: "processors", status: "degraded", detail: "Their checkpoints cannot be read" })
  )
)

export const readiness = Effect.gen(function* () {
  const checks: ReadonlyArray<Check> = yield* Effect.all([database, migrations, processors]).pipe(
    Effect.timeoutOrElse({
      duration: "3 seconds",
      orElse: () => Effect.map(failed("database", "PostgreSQL does not answer in time"), (check) => [check])
    })
  )
  const worst = (["failed", "degraded"] as const).find((status) => checks.some((check) => check.status === status))
  return { status: worst ?? "ok", checks } satisfies Readiness
})
