/**
 * Migrations: brings a database to the schema that this code was written for, by running the numbered files of `sql/` that it has not
 * seen yet, all of them in one transaction. Two processes may start at once: the second waits, and finds the work done. After them, and
 * at every start, `timescaledb.sql`, where that extension is usable (`TimescaleDB`).
 *
 * A file is plain SQL of any number of statements, functions included. What cannot run in a transaction (`… CONCURRENTLY`) cannot stand in one.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as Migrator from "effect/sql/Migrator"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { fileURLToPath } from "node:url"
import { Database } from "./Database.ts"
import { serversWords } from "./DatabaseUnusable.ts"
import * as TimescaleDB from "./TimescaleDB.ts"

const table = "effect_sql_migrations"

/** The repository's `sql/`. */
export const directory = new URL("../../../../sql/", import.meta.url)

/** Runs what is missing, as the role that owns the schema, and answers with what it ran. */
export const migrate = (from: URL = directory) => bring(from)

const bring = Effect.fn("Migrations.migrate")(function* (from: URL) {
  const sql = yield* SqlClient.SqlClient
  const files = yield* scripts(from)
  const done = yield* Migrator.make({})({
    loader: Effect.succeed(
      files.map(({ id, name, script }) => [id, name, Effect.succeed(sql.unsafe(asOneStatement(script)))] as const)
    ),
    table
  }).pipe(Effect.catchTag("MigrationError", (error) => Effect.fail(withReason(error))))
  yield* refuseNewer(files.at(-1)?.id ?? 0)
  yield* sql.withTransaction(finish)
  return done
}, Effect.provide(NodeServices.layer))

/** What is done at every start. In turns: PostgreSQL refuses two grants on one table at the same moment. */
const finish = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`SELECT pg_advisory_xact_lock(hashtextextended('finance/migrations', 0))`
  // Both roles may see how far the schema is.
  yield* sql`GRANT SELECT ON ${sql(table)} TO finance_api, finance_projector`
  if (yield* TimescaleDB.isUsable) yield* timescale
})

/** Whether the schema has everything that this code knows of. Read with any role, and nothing is changed. */
export const isCurrent = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const newest = (yield* scripts(directory)).at(-1)?.id ?? 0
  const [known] = yield* sql<{ is_there: boolean }>`SELECT to_regclass(${table}) IS NOT NULL AS is_there`
  if (known?.is_there !== true) return false
  const [row] = yield* sql<{ latest: number | null }>`SELECT max(migration_id) AS latest FROM ${sql(table)}`
  return (row?.latest ?? 0) >= newest
}).pipe(Effect.provide(NodeServices.layer))

/** All is well without it, so what stands in its way (no space for the copy, a version to come) is told and does not stop the start. */
const timescale = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const sql = yield* SqlClient.SqlClient
  const script = yield* fs.readFileString(fileURLToPath(new URL("timescaledb.sql", directory)))
  yield* sql.withTransaction(sql.unsafe(asOneStatement(script)))
}).pipe(
  Effect.catch((error) =>
    Effect.logWarning(`The event log stays a plain table, TimescaleDB does not take it: ${serversWords(error)}`)
  )
)

/** The schema as a layer: whatever is built after it finds every table there. */
export const layer: Layer.Layer<never, Migrator.MigrationError | SqlError, Database> = Layer.effectDiscard(migrate()).pipe(
  Layer.provide(Database.migrator)
)

interface Script {
  readonly id: number
  readonly name: string
  readonly script: string
}

const scripts = Effect.fn("Migrations.scripts")(function* (from: URL) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const root = yield* path.fromFileUrl(from)
  const files: Array<Script> = []
  for (const file of yield* fs.readDirectory(root)) {
    const match = /^(\d+)_(.+)\.sql$/.exec(file)
    if (match === null) continue
    files.push({ id: Number(match[1]), name: match[2]!, script: yield* fs.readFileString(path.join(root, file)) })
  }
  return files.toSorted((a, b) => a.id - b.id)
}, Effect.mapError(unreadable))

function unreadable(cause: unknown) {
  return new Migrator.MigrationError({ kind: "Failed", message: "The migrations cannot be read", cause })
}

/** The last migration that the database has seen, and the last that this version has. */
export const standing = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const files = yield* scripts(directory)
  const [row] = yield* sql<{ latest: number | null }>`SELECT max(migration_id) AS latest FROM ${sql(table)}`
  return { latest: row?.latest ?? 0, newest: files.at(-1)?.id ?? 0 }
}).pipe(Effect.provide(NodeServices.layer))

/** An older version of the tracker must not write to a schema it does not know. */
const refuseNewer = Effect.fn("Migrations.refuseNewer")(function* (newest: number) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ latest: number | null }>`SELECT max(migration_id) AS latest FROM ${sql(table)}`
  const latest = row?.latest ?? 0
  if (latest <= newest) return
  return yield* new Migrator.MigrationError({
    kind: "BadState",
    message: `The database has been migrated to ${latest} by a newer version, and this version knows ${newest}. Start the newer one, or restore a backup`
  })
})

/** The migrator says which file failed, and the server why. */
const withReason = (error: Migrator.MigrationError) =>
  error.cause === undefined
    ? error
    : new Migrator.MigrationError({ kind: error.kind, message: `${error.message}: ${serversWords(error.cause)}` })

/** The driver sends one statement at a time; PL/pgSQL's EXECUTE takes a whole script. */
const asOneStatement = (script: string): string => {
  let tag = "migration"
  while (script.includes(tag)) tag += "_"
  return `DO $${tag}$ BEGIN EXECUTE $${tag}_script$${script}$${tag}_script$; END $${tag}$`
}
