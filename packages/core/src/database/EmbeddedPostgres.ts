/**
 * EmbeddedPostgres: the database of an installation that has none of its own: PostgreSQL 18 in `DATA_DIR/postgres`, started with the
 * tracker and stopped with it.
 *
 *  1. What was committed stays, whoever is killed: the tracker, the server, or the machine.
 *  2. A server that outlived its tracker is stopped first, and nobody else's process ever is. One that is killed under its tracker is
 *     started again.
 *  3. The tracker logs in as `finance`, which owns its database and is no superuser: one would bypass row-level security. The superuser is
 *     used to make that role and its database, and for nothing else.
 *  4. The server's log holds no statement and no value of anybody's.
 */
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as SqlClient from "effect/sql/SqlClient"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { DataDirectory } from "./DataDirectory.ts"
import { Database } from "./Database.ts"
import { DatabaseUnusable } from "./DatabaseUnusable.ts"
import * as PostgresServer from "./PostgresServer.ts"

const major = "18"

/** For a laptop: little memory, few and large checkpoints, safe against a power cut. */
const settings = {
  shared_buffers: "192MB",
  huge_pages: "off",
  wal_compression: "on",
  max_wal_size: "2GB",
  min_wal_size: "256MB",
  checkpoint_timeout: "15min",
  jit: "off",
  log_error_verbosity: "terse",
  log_min_error_statement: "panic",
  log_timezone: "UTC"
}

const start = Effect.gen(function* () {
  const home = yield* DataDirectory
  const directory = join(home.path, "postgres")
  const superuser = yield* home.secret("postgres-superuser")
  const password = yield* home.secret("postgres-finance")
  if (existsSync(directory)) yield* checkVersion(directory)
  else yield* PostgresServer.initialise(directory, { superuser: "postgres", password: Redacted.value(superuser), durable: true })
  const leftover = PostgresServer.leftover(directory)
  if (leftover !== undefined) {
    yield* Effect.logInfo(`Stopping the PostgreSQL that an earlier start left running (process ${leftover})`)
    yield* PostgresServer.stop(leftover)
  }
  const port = yield* PostgresServer.start(directory, { log: join(home.path, "postgres.log"), settings })
  const url = (user: string, secret: Redacted.Redacted, database: string) =>
    Redacted.make(`postgres://${user}:${Redacted.value(secret)}@127.0.0.1:${port}/${database}`)
  yield* makeDatabase(password).pipe(
    Effect.provide(PgClient.layer({ url: url("postgres", superuser, "postgres"), applicationName: "finance setup" })),
    Effect.mapError(
      (cause) =>
        new DatabaseUnusable({
          reason: "not-permitted",
          problem: `PostgreSQL runs in ${directory} and does not let the tracker in`,
          advice: `If ${join(home.path, "keys")} was lost or changed, put it back from a backup: without it the data cannot be read either`,
          cause
        })
    )
  )
  return url("finance", password, "finance")
})

const checkVersion = Effect.fn("EmbeddedPostgres.checkVersion")(function* (directory: string) {
  const file = join(directory, "PG_VERSION")
  const version = existsSync(file) ? readFileSync(file, "utf8").trim() : ""
  if (version === major) return
  return yield* version === ""
    ? new DatabaseUnusable({
        reason: "damaged",
        problem: `${directory} is not a database, or has lost parts of it`,
        advice: "Move it away and keep it, then restore a backup, or start with an empty one"
      })
    : new DatabaseUnusable({
        reason: "other-version",
        problem: `${directory} was written by PostgreSQL ${version}, and this is ${major}`,
        advice: "Start the version of the tracker that wrote it, or restore a backup into an empty DATA_DIR"
      })
})

const makeDatabase = Effect.fn("EmbeddedPostgres.makeDatabase")(function* (password: Redacted.Redacted) {
  const sql = yield* SqlClient.SqlClient
  const [found] = yield* sql<{ role: boolean; database: boolean }>`
    SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = 'finance') AS role,
           EXISTS (SELECT FROM pg_database WHERE datname = 'finance') AS database`
  // The password is base64url, and DDL takes no parameters.
  if (!found!.role) yield* sql.unsafe(`CREATE ROLE finance LOGIN CREATEROLE PASSWORD '${Redacted.value(password)}'`)
  if (!found!.database) yield* sql`CREATE DATABASE finance OWNER finance`
})

/** Starts it, and stops it when the scope closes. A first start takes some two seconds, a later one a fraction of one. */
export const layer: Layer.Layer<Database, DatabaseUnusable, DataDirectory> = Layer.unwrap(Effect.map(start, Database.layerUrl))
