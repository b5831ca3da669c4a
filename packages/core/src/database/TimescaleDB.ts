/**
 * TimescaleDB: whether this database is to make use of that extension, asked after the migrations at every start, since it may be
 * installed at any time. Where it is absent nothing is said and nothing is different; where it is there and cannot be used, one line of the
 * log says what the operator may do, and the log stays a plain table.
 *
 * It is made in this database when the server has it, has loaded it, and lets our role make it (it is a trusted extension: the owner of the
 * database may). Made where it is not loaded, it would end the connection.
 *
 * Source: TimescaleDB's documentation, "Install", "Editions", "hypercore"; docs/adr/0008-timescaledb.md.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { serversWords } from "./DatabaseUnusable.ts"

/** The oldest one whose compressed rows are found by stream without unpacking all of them (Bloom filters). */
const oldest = { major: 2, minor: 20 }

/** True when the extension is there and does all that `sql/timescaledb.sql` asks of it. Runs within a transaction. */
export const isUsable: Effect.Effect<boolean, SqlError, SqlClient.SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [server] = yield* sql<{ installed: boolean; available: boolean; loaded: boolean }>`
    SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') AS installed,
           EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb') AS available,
           current_setting('timescaledb.max_background_workers', true) IS NOT NULL AS loaded`
  const { installed, available, loaded } = server!
  if (!installed && !available) return false
  if (!installed && !loaded) {
    return yield* plain(
      "PostgreSQL has not loaded it. Add timescaledb to shared_preload_libraries, restart PostgreSQL, then the tracker"
    )
  }
  if (!installed) {
    const created = yield* Effect.result(sql.withTransaction(sql`CREATE EXTENSION timescaledb`))
    if (Result.isFailure(created)) {
      const words = serversWords(created.failure)
      return yield* plain(
        `it could not be made here: ${words}. As a superuser, run: CREATE EXTENSION timescaledb; then start the tracker again`
      )
    }
  }
  const [extension] = yield* sql<{ version: string; license: string | null }>`
    SELECT extversion AS version, current_setting('timescaledb.license', true) AS license FROM pg_extension WHERE extname = 'timescaledb'`
  const { version, license } = extension!
  if (!isNewEnough(version)) {
    return yield* plain(
      `it is version ${version}, and ${oldest.major}.${oldest.minor} or newer is needed. Update it, then run: ALTER EXTENSION timescaledb UPDATE`
    )
  }
  if (license === "apache") {
    return yield* plain("its Apache edition has no compression, which is what it is used for. The community edition has")
  }
  return true
})

const plain = (reason: string) =>
  Effect.as(Effect.logInfo(`TimescaleDB is on the server and is not used: ${reason}. All else works without it`), false)

const isNewEnough = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split(".").map((part) => Number.parseInt(part, 10))
  return major > oldest.major || (major === oldest.major && minor >= oldest.minor)
}
