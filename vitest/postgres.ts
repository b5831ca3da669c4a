import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type { TestProject } from "vitest/node"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as SqlClient from "effect/sql/SqlClient"
import * as Redacted from "effect/Redacted"
import * as PostgresServer from "../packages/core/src/database/PostgresServer.ts"

declare module "vitest" {
  interface ProvidedContext {
    /** A server for the tests; its role may create databases and roles, and is no superuser, just as in a real installation. */
    postgresUrl: string
  }
}

const settings = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  max_connections: "300",
  shared_buffers: "128MB",
  max_wal_size: "2GB",
  autovacuum: "off",
  huge_pages: "off"
}

/** The programs of another version, where `npm run test:postgres` has fetched them. Before 17 there is no builtin locale. */
const other = Effect.promise(async () => {
  const programs = process.env["TEST_POSTGRES_PROGRAMS"]
  if (programs === undefined) return {}
  return { programs: (await import(pathToFileURL(programs).href)) as PostgresServer.Programs, locale: ["--locale=C"] }
})

const boot = Effect.gen(function* () {
  const { programs, locale } = yield* other
  const home = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "finance-tests-"))),
    (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
  )
  // mkdtemp closes it to everybody else, and PostgreSQL under root runs as somebody else
  chmodSync(home, 0o755)
  const directory = join(home, "postgres")
  yield* PostgresServer.initialise(directory, { superuser: "postgres", password: "postgres", durable: false, locale, programs })
  const port = yield* PostgresServer.start(directory, { log: join(home, "postgres.log"), settings, programs })
  const url = (user: string, database: string) => `postgres://${user}:${user}@127.0.0.1:${port}/${database}`
  yield* Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`CREATE ROLE finance LOGIN CREATEDB CREATEROLE PASSWORD 'finance'`
    yield* sql`CREATE DATABASE finance OWNER finance`
  }).pipe(Effect.provide(PgClient.layer({ url: Redacted.make(url("postgres", "postgres")) })))
  return url("finance", "finance")
})

/** One throwaway PostgreSQL for a run of the tests, or the one of TEST_DATABASE_URL. */
export default async function setup(project: TestProject) {
  const outside = process.env["TEST_DATABASE_URL"]
  const scope = Scope.makeUnsafe()
  project.provide("postgresUrl", outside ?? (await Effect.runPromise(Scope.provide(boot, scope))))
  return () => Effect.runPromise(Scope.close(scope, Exit.void))
}
