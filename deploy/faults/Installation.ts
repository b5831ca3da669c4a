/**
 * Installation: the HTTP side and the programs as processes of their own over one database, as a host runs them, each of which can be
 * killed or frozen by itself.
 */
import { randomUUID } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as SqlClient from "effect/sql/SqlClient"
import { Child, freePort } from "../../vitest/Child.ts"

export const ask = <A>(databaseUrl: string, query: (sql: SqlClient.SqlClient) => Effect.Effect<A, unknown>): Promise<A> =>
  Effect.runPromise(
    Effect.flatMap(SqlClient.SqlClient, query).pipe(
      Effect.provide(PgClient.layer({ url: Redacted.make(databaseUrl), maxConnections: 1 }))
    )
  )

const isReady = (port: number) => () =>
  fetch(`http://127.0.0.1:${port}/ready`).then(
    ({ ok }) => ok,
    () => false
  )

export class Installation {
  readonly databaseUrl: string
  readonly url: string
  readonly http: Child
  readonly #server: string
  readonly #home = mkdtempSync(join(tmpdir(), "finance-installation-"))
  readonly #env: Readonly<Record<string, string>>
  readonly #children: Array<Child> = []

  private constructor(server: string, name: string, port: number, env: Readonly<Record<string, string>>) {
    this.#server = server
    const database = new URL(server)
    database.pathname = `/${name}`
    this.databaseUrl = database.toString()
    this.#env = { ...env, DATABASE_URL: this.databaseUrl, DATA_DIR: join(this.#home, "data"), REGISTRATION: "open" }
    this.url = `http://127.0.0.1:${port}`
    this.http = this.#child("packages/http/src/main.ts", port)
  }

  /** A new one in a database of its own on this server; nothing of it runs yet. */
  static async on(server: string, env: Readonly<Record<string, string>> = {}): Promise<Installation> {
    const name = `finance_fault_${randomUUID().replaceAll("-", "")}`
    await ask(server, (sql) => sql`CREATE DATABASE ${sql(name)}`)
    return new Installation(server, name, await freePort(), env)
  }

  /** The programs, once more: they migrate when they start. */
  async programs(): Promise<Child> {
    return this.#child("packages/processors/src/main.ts", await freePort())
  }

  #child(script: string, port: number): Child {
    const child = new Child({ script, env: { ...this.#env, HOST: "127.0.0.1", PORT: String(port) }, ready: isReady(port) })
    this.#children.push(child)
    return child
  }

  async remove(): Promise<void> {
    for (const child of this.#children) child.signal("SIGCONT")
    await Promise.all(this.#children.map((child) => child.kill()))
    await ask(this.#server, (sql) => sql`DROP DATABASE ${sql(new URL(this.databaseUrl).pathname.slice(1))} WITH (FORCE)`)
    rmSync(this.#home, { recursive: true, force: true })
  }
}
