import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { Database } from "./Database.ts"
import * as Migrations from "./Migrations.ts"
import * as TestDatabase from "./TestDatabase.ts"

/** A directory of migrations whose numbers lie beyond those of the repository, which the test database has already. */
const folder = (files: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const directory = mkdtempSync(join(tmpdir(), "finance-sql-"))
      for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
      return pathToFileURL(`${directory}/`)
    }),
    (url) => Effect.sync(() => rmSync(url, { recursive: true, force: true }))
  )

const functions = `
CREATE TABLE purse (id int PRIMARY KEY, note text DEFAULT '$migration$ and $migration_script$'); -- it's a trap
CREATE FUNCTION doubled(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT n * 2); END $$;
DO $do$ BEGIN EXECUTE format('INSERT INTO purse (id) VALUES (%s)', doubled(21)); END $do$
-- no semicolon, no newline at the end`

layer(TestDatabase.migrator, { excludeTestServices: true })("Migrations", (it) => {
  it.effect("runs files with functions, quotes and dollar tags once, although eight processes start at the same time", () =>
    Effect.gen(function* () {
      const url = yield* folder({
        "9001_purse.sql": functions,
        "9002_more.sql": "INSERT INTO purse (id) VALUES (1)",
        "README.md": "not sql"
      })
      const database = yield* Database
      const process = Migrations.migrate(url).pipe(
        Effect.provide(Layer.fresh(Database.migrator).pipe(Layer.provide(Layer.succeed(Database, database))))
      )
      const done = yield* Effect.forEach(Array.from({ length: 8 }), () => process, { concurrency: "unbounded" })
      assert.deepStrictEqual(
        done.flat().map(([id]) => id),
        [9001, 9002]
      )
      const sql = yield* SqlClient.SqlClient
      const rows = yield* sql<{ id: number; note: string }>`SELECT id, note FROM purse ORDER BY id`
      assert.deepStrictEqual(
        rows.map(({ id }) => id),
        [1, 42]
      )
      assert.strictEqual(rows[0]!.note, "$migration$ and $migration_script$")
    })
  )

  it.effect("leaves nothing behind when a file fails, and says which and why", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const url = yield* folder({
        "9101_good.sql": "CREATE TABLE half (id int)",
        "9102_bad.sql": "CREATE TABLE other (id nonsense)"
      })
      const error = yield* Effect.flip(Migrations.migrate(url))
      assert.include(error.message, "9102_bad")
      assert.include(error.message, 'type "nonsense" does not exist')
      assert.deepStrictEqual(yield* sql`SELECT to_regclass('half')::text AS half`, [{ half: null }])
    })
  )

  it.effect("refuses a database that a newer version has migrated", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`INSERT INTO effect_sql_migrations (migration_id, name) VALUES (99999, 'from the future')`
      const error = yield* Effect.flip(Migrations.migrate())
      assert.include(error.message, "newer version")
    })
  )
})
