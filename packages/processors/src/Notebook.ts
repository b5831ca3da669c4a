/**
 * Notebook: a program for tests of what an actor does when it cannot handle an event. It writes down each event that it handles, and falls
 * over those that it is told to, until told that they are mended.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import * as Columns from "@finance/core/database/Columns"
import { Database } from "@finance/core/database/Database"
import type { RecordedEvent } from "@finance/core/event-store/EventStore"
import { newId } from "@finance/core/ledger/Id"
import * as ProcessorControl from "@finance/core/processors/ProcessorControl"
import type { Program } from "./Processor.ts"

/** The table that notebooks are kept in. */
export const table = Layer.effectDiscard(
  Effect.gen(function* () {
    const owner = yield* Database.dedicated("migrator", "notebook")
    yield* owner`CREATE TABLE notes (place bigint GENERATED ALWAYS AS IDENTITY, notebook text NOT NULL, event_id uuid NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp())`
    yield* owner`GRANT SELECT, INSERT ON notes TO finance_projector`
  })
)

export interface Notebook {
  readonly program: Program<unknown, SqlClient.SqlClient>
  /** The ids of the events that it falls over. */
  readonly poison: Set<string>
  /** A stream of which it falls over every event, while there is one. */
  poisonStream: string | undefined
  /** What it fails with instead of having any effect, while there is something. */
  trouble: unknown
  /** How often it was asked to handle something. */
  tries: number
  /** The ids of the events that it has handled, in that order. */
  readonly handled: Effect.Effect<ReadonlyArray<string>, unknown, SqlClient.SqlClient>
  /** The ids of those that are parked, in the order of the log. */
  readonly parked: Effect.Effect<ReadonlyArray<string>, unknown, SqlClient.SqlClient>
}

/** What it falls over with quotes the event, as what parsers and databases say does. */
export const quoted = "KIWI 505 OSLO"

/** One of its own, known to operators under a name of its own. */
export const make = Effect.fnUntraced(function* (per: "stream" | "person") {
  const sql = yield* SqlClient.SqlClient
  const name = `notebook-${newId()}`
  yield* sql`INSERT INTO processors (name, version, state) VALUES (${name}, 1, 'starting')`
  const notebook: Notebook = {
    program: {
      name,
      version: 1,
      appends: false,
      per,
      types: new Set(["TransactionCreated", "TransactionUpdated", "TransactionDeleted"]),
      handle: Effect.fnUntraced(function* (events: ReadonlyArray<RecordedEvent>) {
        notebook.tries++
        const ids = events.map(({ event_id }) => event_id)
        const sql = yield* SqlClient.SqlClient
        yield* sql`INSERT INTO notes (notebook, event_id) SELECT ${name}, id FROM unnest(${Columns.uuids(ids)}) AS e (id)`
        if (notebook.trouble !== undefined) return yield* Effect.fail(notebook.trouble)
        const isPoison = ({ event_id, stream_id }: RecordedEvent) =>
          notebook.poison.has(event_id) || notebook.poisonStream === stream_id
        if (events.some(isPoison)) throw new TypeError(`cannot make sense of ${quoted}`)
      })
    },
    poison: new Set(),
    poisonStream: undefined,
    trouble: undefined,
    tries: 0,
    handled: Effect.map(sql<{ event_id: string }>`SELECT event_id FROM notes WHERE notebook = ${name} ORDER BY place`, (rows) =>
      rows.map(({ event_id }) => event_id)
    ),
    parked: Effect.map(ProcessorControl.parked(name, { limit: 100_000 }), (events) => events.map(({ event_id }) => event_id))
  }
  return notebook
})
