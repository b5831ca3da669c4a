/**
 * Emmett: the peer, its PostgreSQL event store (npm `@event-driven-io/emmett-postgresql`), used as its documentation does: through
 * `getPostgreSQLEventStore`, `appendToStream` and its consumer. It gets a pool of its own of a given size, and its schema is brought up
 * to date beforehand, so that no call looks for it. Payloads are plain JSON: it has no encryption to pay for.
 */
import { readFileSync } from "node:fs"
import {
  getPostgreSQLEventStore,
  type PostgresEventStore,
  type PostgresEventStoreOptions
} from "@event-driven-io/emmett-postgresql"
import { Pool } from "pg"

const packageFile = new URL("../node_modules/@event-driven-io/emmett-postgresql/package.json", import.meta.url)
export const name = `emmett ${JSON.parse(readFileSync(packageFile, "utf8")).version}`

/** A booking as it keeps it. */
export interface Booked {
  readonly type: "TransactionCreated"
  readonly data: Readonly<Record<string, string | null>>
}

export interface Opened {
  readonly store: PostgresEventStore
  readonly close: () => Promise<void>
}

/** Brings a new database to its schema. */
export const prepare = async (url: string): Promise<void> => {
  const store = getPostgreSQLEventStore(url)
  await store.schema.migrate()
  await store.close()
}

export const open = (url: string, connections: number, projections: PostgresEventStoreOptions["projections"] = []): Opened => {
  const pool = new Pool({ connectionString: url, max: connections })
  const store = getPostgreSQLEventStore(url, {
    connectionOptions: { connectionString: url, pool },
    schema: { autoMigration: "None" },
    projections
  })
  const close = async () => {
    await store.close()
    if (!pool.ended) await pool.end()
  }
  return { store, close }
}

export const streamOf = (id: string): string => `transaction-${id}`
