/**
 * BareWriter: what PostgreSQL itself does with one row a statement: a prepared INSERT into a table of one index, committed by itself, with
 * no version, no encryption, no idempotency. Who wants less than this wants no event store.
 */
import { newId } from "@finance/core/ledger/Id"
import { Pool } from "pg"
import { booking, people, plain } from "../Bookings.ts"
import { run } from "../Server.ts"
import { crowd, inTurn, type Connect } from "./Writer.ts"

export const table = "bare_events"

/** Makes its table in a new database. */
export const prepare = (url: string) =>
  run(
    url,
    `CREATE TABLE ${table} (position bigserial PRIMARY KEY, event_id uuid NOT NULL, stream_id uuid NOT NULL, owner_id uuid NOT NULL,
                            type text NOT NULL, payload jsonb NOT NULL, recorded_at timestamptz NOT NULL DEFAULT clock_timestamp())`
  )

const owners = people(crowd)

const insert = {
  name: "insert",
  text: `INSERT INTO ${table} (event_id, stream_id, owner_id, type, payload) VALUES ($1, $2, $3, $4, $5)`
}

export const connect: Connect = async ({ url }, connections) => {
  const pool = new Pool({ connectionString: url, max: connections })
  const someone = inTurn(owners)
  const one = async () => {
    const person = someone()
    const event = booking(person)
    const values = [newId(), event.transaction_id, person.owner_id, event.type, JSON.stringify(plain(event))]
    await pool.query({ ...insert, values })
  }
  const many = async (count: number) => {
    for (let row = 0; row < count; row++) await one()
  }
  return { one, many, close: () => pool.end() }
}
