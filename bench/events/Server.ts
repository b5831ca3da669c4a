/**
 * Server: one PostgreSQL with the settings that the tracker itself starts it with (`EmbeddedPostgres`: it syncs at every commit), and a
 * database on it for each side of a comparison.
 */
import { DataDirectory } from "@finance/core/database/DataDirectory"
import { Database } from "@finance/core/database/Database"
import * as EmbeddedPostgres from "@finance/core/database/EmbeddedPostgres"
import * as Migrations from "@finance/core/database/Migrations"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Client, type QueryResultRow } from "pg"

/** A database, and where the keys are that its payloads are encrypted under. */
export interface Place {
  readonly url: string
  readonly home: string
}

export interface Server {
  /** A new database, empty. */
  readonly empty: (name: string) => Promise<Place>
  /** A new database with the tracker's schema. */
  readonly ledger: (name: string) => Promise<Place>
}

const withDatabase = (url: string, database: string, superuser?: string): string => {
  const address = new URL(url)
  address.pathname = `/${database}`
  if (superuser !== undefined) Object.assign(address, { username: "postgres", password: superuser })
  return address.href
}

const make = Effect.fnUntraced(function* (services: Context.Context<Database | DataDirectory>) {
  const home = Context.get(services, DataDirectory)
  const url = Redacted.value(Context.get(services, Database).url)
  const superuser = Redacted.value(yield* home.secret("postgres-superuser"))
  const empty = async (name: string): Promise<Place> => {
    await run(withDatabase(url, "postgres", superuser), `CREATE DATABASE "${name}" OWNER finance`)
    return { url: withDatabase(url, name), home: home.path }
  }
  const ledger = async (name: string): Promise<Place> => {
    const place = await empty(name)
    const database = Database.layerUrl(Redacted.make(place.url))
    await Effect.runPromise(Effect.scoped(Layer.build(Layer.fresh(Layer.provide(Migrations.layer, database)))))
    return place
  }
  return { empty, ledger } satisfies Server
})

/** The net under a bench that is interrupted: the server runs in a session of its own, and would stay. */
const endAtExit = (directory: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const end = () => {
        const file = join(directory, "postgres/postmaster.pid")
        if (existsSync(file)) process.kill(Number.parseInt(readFileSync(file, "utf8"), 10), "SIGINT")
      }
      process.on("exit", end)
      return end
    }),
    (end) => Effect.sync(() => process.off("exit", end))
  )

/** Starts a server in this directory for the work, and stops it whatever becomes of that. */
export const during = <A>(directory: string, work: (server: Server) => Promise<A>): Promise<A> =>
  Effect.runPromise(
    EmbeddedPostgres.layer.pipe(
      Layer.provideMerge(DataDirectory.layer(directory)),
      Layer.build,
      Effect.tap(endAtExit(directory)),
      Effect.flatMap(make),
      Effect.flatMap((server) => Effect.promise(() => work(server))),
      Effect.scoped
    )
  )

/** Runs one statement on a connection of its own, and gives its rows. */
export const run = async <Row extends QueryResultRow>(url: string, statement: string): Promise<ReadonlyArray<Row>> => {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(statement)).rows
  } finally {
    await client.end()
  }
}

/** How many rows the table holds. */
export const count = async (url: string, table: string): Promise<number> => {
  const [row] = await run<{ readonly count: string }>(url, `SELECT count(*) FROM ${table}`)
  return Number(row!.count)
}
