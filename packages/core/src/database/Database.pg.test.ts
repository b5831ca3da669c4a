import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as SqlClient from "effect/sql/SqlClient"
import { AuthorizationError } from "effect/sql/SqlError"
import { randomUUID } from "node:crypto"
import { inject } from "vitest"
import { Database } from "./Database.ts"
import * as TestDatabase from "./TestDatabase.ts"

const whoAmI = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ role: string; login: string; zone: string; database: string }>`
    SELECT current_user::text AS role, session_user::text AS login, current_setting('timezone') AS zone,
           current_database()::text AS database`
  return row!
})

layer(TestDatabase.database, { excludeTestServices: true })("Database", (it) => {
  it.effect("gives every pooled connection its role from the first statement, even after RESET ROLE", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const seen = yield* Effect.forEach(
        Array.from({ length: 12 }),
        () =>
          sql.withTransaction(
            Effect.gen(function* () {
              yield* sql`RESET ROLE`
              yield* sql`SELECT pg_sleep(0.05)`
              return yield* sql<{ role: string; pid: number }>`SELECT current_user::text AS role, pg_backend_pid() AS pid`
            })
          ),
        { concurrency: "unbounded" }
      )
      assert.isAbove(new Set(seen.map(([row]) => row!.pid)).size, 5)
      assert.deepStrictEqual([...new Set(seen.map(([row]) => row!.role))], ["finance_api"])
    }).pipe(Effect.provide(Database.api))
  )

  it.effect("connects to one database as three different roles, all of them on universal time", () =>
    Effect.gen(function* () {
      const migrator = yield* whoAmI.pipe(Effect.provide(Database.migrator))
      const projector = yield* whoAmI.pipe(Effect.provide(Database.projector))
      const api = yield* whoAmI.pipe(Effect.provide(Database.api))
      assert.strictEqual(migrator.role, migrator.login)
      assert.strictEqual(projector.role, "finance_projector")
      assert.strictEqual(api.role, "finance_api")
      const { url } = yield* Database
      const own = new URL(Redacted.value(url)).pathname.slice(1)
      assert.deepStrictEqual([migrator.database, projector.database, api.database], [own, own, own])
      assert.deepStrictEqual(new Set([migrator.zone, projector.zone, api.zone]), new Set(["UTC"]))
    })
  )

  it.effect("keeps the person's data from the role of requests, which may change no table", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const error = yield* Effect.flip(sql`CREATE TABLE mine (id int)`)
      assert.instanceOf(error.reason, AuthorizationError)
    }).pipe(Effect.provide(Database.api))
  )

  it.effect("holds an advisory lock on a dedicated connection until its scope closes", () =>
    Effect.gen(function* () {
      const key = 4711
      const locked = (sql: SqlClient.SqlClient) =>
        Effect.map(sql<{ locked: boolean }>`SELECT pg_try_advisory_lock(${key}::bigint) AS locked`, ([row]) => row!.locked)
      yield* Effect.scoped(
        Effect.gen(function* () {
          const leader = yield* Database.dedicated("projector", "leader")
          const other = yield* Database.dedicated("projector", "other")
          assert.isTrue(yield* locked(leader))
          assert.isFalse(yield* locked(other))
        })
      )
      const next = yield* Database.dedicated("projector", "next")
      yield* locked(next).pipe(Effect.repeat({ until: (is) => is }))
    })
  )

  it.effect("makes the roles once although many databases are opened at the same time", () =>
    Effect.gen(function* () {
      const { url } = yield* Database
      const opened = yield* Effect.forEach(Array.from({ length: 12 }), () => Effect.scoped(Layer.build(Database.layerUrl(url))), {
        concurrency: "unbounded"
      })
      assert.strictEqual(opened.length, 12)
    })
  )

  it.effect("says what to do when nobody answers, without telling the password", () =>
    Effect.gen(function* () {
      const secret = randomUUID()
      const error = yield* Effect.flip(
        Effect.scoped(Layer.build(Database.layerUrl(Redacted.make(`postgres://finance:${secret}@127.0.0.1:1/finance`))))
      )
      assert.strictEqual(error.reason, "unreachable")
      assert.include(error.message, "127.0.0.1:1/finance")
      assert.include(error.message, "DATABASE_URL")
      assert.notInclude(JSON.stringify(error), secret)
    })
  )

  it.effect("refuses a password that is wrong and a URL that is none", () =>
    Effect.gen(function* () {
      const url = new URL(inject("postgresUrl"))
      url.password = "wrong"
      for (const bad of [url.toString(), "not a url"]) {
        const error = yield* Effect.flip(Effect.scoped(Layer.build(Database.layerUrl(Redacted.make(bad)))))
        assert.strictEqual(error.reason, "unreachable")
      }
    })
  )

  it.effect("tells what a role on somebody else's server still needs, step by step, until it has it", () =>
    Effect.gen(function* () {
      const { url } = yield* Database
      const sql = yield* SqlClient.SqlClient
      const guest = `guest_${randomUUID().replaceAll("-", "")}`
      const own = new URL(Redacted.value(url))
      const database = own.pathname.slice(1)
      yield* Effect.acquireRelease(sql.unsafe(`CREATE ROLE ${guest} LOGIN PASSWORD 'guest'`), () =>
        Effect.orDie(
          Effect.andThen(
            sql.unsafe(`REVOKE ALL ON DATABASE ${database} FROM ${guest}`),
            Effect.andThen(sql.unsafe(`REVOKE ALL ON SCHEMA public FROM ${guest}`), sql.unsafe(`DROP ROLE ${guest}`))
          )
        )
      )
      own.username = guest
      own.password = "guest"
      const open = Effect.scoped(Layer.build(Database.layerUrl(Redacted.make(own.toString()))))

      const tables = yield* Effect.flip(open)
      assert.strictEqual(tables.reason, "missing-privileges")
      assert.include(tables.message, `ALTER DATABASE "${database}" OWNER TO "${guest}"`)

      yield* sql.unsafe(`GRANT CREATE ON DATABASE ${database} TO ${guest}`)
      yield* sql.unsafe(`GRANT CREATE ON SCHEMA public TO ${guest}`)
      const roles = yield* Effect.flip(open)
      assert.strictEqual(roles.reason, "missing-privileges")
      assert.include(roles.message, `GRANT finance_projector, finance_api TO "${guest}"`)

      yield* sql.unsafe(`GRANT finance_projector, finance_api TO ${guest}`)
      yield* open
    }).pipe(Effect.scoped, Effect.provide(Database.migrator))
  )

  it.effect("refuses a database that cannot hold every letter", () =>
    Effect.gen(function* () {
      const { url } = yield* Database
      const sql = yield* SqlClient.SqlClient
      const name = `finance_ascii_${randomUUID().replaceAll("-", "")}`
      yield* Effect.acquireRelease(
        sql.unsafe(`CREATE DATABASE ${name} ENCODING 'SQL_ASCII' LOCALE 'C' LOCALE_PROVIDER libc TEMPLATE template0`),
        () => Effect.orDie(sql.unsafe(`DROP DATABASE ${name} WITH (FORCE)`))
      )
      const ascii = new URL(Redacted.value(url))
      ascii.pathname = `/${name}`
      const error = yield* Effect.flip(Effect.scoped(Layer.build(Database.layerUrl(Redacted.make(ascii.toString())))))
      assert.strictEqual(error.reason, "not-utf8")
    }).pipe(Effect.scoped, Effect.provide(Database.migrator))
  )
})
