/**
 * TestDatabase: a fresh, migrated database for a block of tests, gone when the block ends. A copy of a template takes about 25 ms.
 *
 *   layer(Thing.layer.pipe(Layer.provideMerge(TestDatabase.layer)), { excludeTestServices: true })("…", (it) => …)
 *
 * The template is named after what is in `sql/`, so that it is made once for each state of it, also on a server that outlives the run.
 * The server is the run's own, or that of TEST_DATABASE_URL, whose role must be allowed to create databases and roles.
 */
import type * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Migrator from "effect/sql/Migrator"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { createHash, randomUUID } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { inject } from "vitest"
import { Database } from "./Database.ts"
import type { DatabaseUnusable } from "./DatabaseUnusable.ts"
import * as Migrations from "./Migrations.ts"

type Problem = SqlError | DatabaseUnusable | Migrator.MigrationError
type Connected = Database | PgClient.PgClient | SqlClient.SqlClient

const at = (database: string) => {
  const url = new URL(inject("postgresUrl"))
  url.pathname = `/${database}`
  return Redacted.make(url.toString())
}

// Fresh, because layers are shared by identity: the block's own `Database.migrator` would otherwise be this one, connected elsewhere.
const administrator = Layer.fresh(Database.migrator).pipe(
  Layer.provide(Layer.sync(Database, () => Database.of({ url: Redacted.make(inject("postgresUrl")) })))
)

const templateName = () => {
  const hash = createHash("sha256")
  for (const file of readdirSync(Migrations.directory).toSorted()) {
    hash.update(file).update(readFileSync(new URL(file, Migrations.directory)))
  }
  return `finance_template_${hash.digest("hex").slice(0, 16)}`
}

/** Makes the template if this server has none; the test workers take turns. */
const template = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const name = templateName()
  const exists = sql`SELECT FROM pg_database WHERE datname = ${name}`.pipe(Effect.map((rows) => rows.length > 0))
  if (yield* exists) return name
  const make = Effect.gen(function* () {
    if (yield* exists) return
    // Under another name until it is whole, so that a run cut short leaves no half-made template.
    const draft = `${name}_draft`
    yield* sql`DROP DATABASE IF EXISTS ${sql(draft)} WITH (FORCE)`
    yield* sql`CREATE DATABASE ${sql(draft)}`
    yield* Effect.scoped(Layer.build(Layer.fresh(Layer.provide(Migrations.layer, Database.layerUrl(at(draft))))))
    yield* sql`ALTER DATABASE ${sql(draft)} RENAME TO ${sql(name)}`
  })
  yield* Effect.scoped(
    Effect.gen(function* () {
      const turn = yield* sql.reserve
      yield* turn.executeRaw("SELECT pg_advisory_lock(hashtext('finance_template'))", [])
      yield* make.pipe(
        Effect.ensuring(Effect.orDie(turn.executeRaw("SELECT pg_advisory_unlock(hashtext('finance_template'))", [])))
      )
    })
  )
  return name
})

/** The database alone, without a connection. */
export const database: Layer.Layer<Database, Problem> = Layer.unwrap(
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const source = yield* template
    const name = `finance_test_${randomUUID().replaceAll("-", "")}`
    yield* Effect.acquireRelease(sql`CREATE DATABASE ${sql(name)} TEMPLATE ${sql(source)}`, () =>
      Effect.orDie(sql`DROP DATABASE IF EXISTS ${sql(name)} WITH (FORCE)`)
    )
    return Layer.succeed(Database, Database.of({ url: at(name) }))
  })
).pipe(Layer.provide(administrator))

/** The database, connected as the role that owns the schema. */
export const migrator: Layer.Layer<Connected, Problem> = Layer.provideMerge(Database.migrator, database)

/** The database, connected as the role that writes for everyone. */
export const projector: Layer.Layer<Connected, Problem> = Layer.provideMerge(Database.projector, database)

/** The database, connected as the role that sees one person. */
export const api: Layer.Layer<Connected, Problem> = Layer.provideMerge(Database.api, database)

/** As the projector, which most of the code under test runs as. */
export const layer = projector
