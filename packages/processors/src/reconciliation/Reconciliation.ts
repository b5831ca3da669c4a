/**
 * Reconciliation: every read model against a fold of the log, person by person, to the øre.
 *
 *   events          ── A A A A │ B B B │ C …  ─ fold ─▶ what must be there ┐
 *   transactions    ── A A     │ B     │ C …                              ├─ first difference
 *   budget_days     ── A       │       │ C …  ────────▶ what is there     ┘
 *
 * Invariants
 *  1. All is read from one snapshot: the tables, how far each program had come, and the log up to there. So it runs beside a tracker at
 *     work as well as without one, and changes nothing.
 *  2. An event counts for a program when its partition's checkpoint has passed it, unless it waits among the parked ones.
 *  3. Memory holds one person, and a page of each table.
 *  4. Who is in the tables and not in the log is a difference; who has been erased must be in none.
 *  5. It trusts none of the programs' code: sums are taken of what stands at the end, by rules of `core` alone.
 *
 * What a program keeps for itself (the budget watch's days and what it told of excepted) is not compared, nor are corrections, whose keys
 * follow the list of merchants of the day that they were made on.
 *
 * The snapshot is held for as long as it takes: what is changed meanwhile is not cleaned up until then.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { ledgerEvents } from "@finance/core/bus/EventBus"
import { partitionOf } from "@finance/core/bus/Partition"
import { Database } from "@finance/core/database/Database"
import { EventCodec, isReadable } from "@finance/core/event-store/EventCodec"
import type { RecordedEvent, SealedEvent } from "@finance/core/event-store/EventStore"
import * as ByOwner from "./ByOwner.ts"
import { firstDifference, modelsOf } from "./PersonFold.ts"
import { readModels } from "./ReadModels.ts"
import type { Row, Rows } from "./Rows.ts"

/** The first thing that a table says otherwise than the log. */
export class ReadModelDiffers extends Schema.TaggedError<ReadModelDiffers>()("ReadModelDiffers", {
  owner_id: Schema.String,
  model: Schema.String,
  key: Schema.String,
  column: Schema.NullOr(Schema.String),
  expected: Schema.String,
  found: Schema.String
}) {
  override get message() {
    const where = `${this.model}${this.column === null ? "" : `.${this.column}`} of person ${this.owner_id}, at "${this.key}"`
    return `${where}: expected ${this.expected}, found ${this.found}. The log is right: npm run rebuild fills the table anew`
  }
}

/** An event that its tables may hold the effect of cannot be read, so nothing can be said of them. */
export class CannotReconcile extends Schema.TaggedError<CannotReconcile>()("CannotReconcile", {
  owner_id: Schema.String,
  position: Schema.BigInt,
  detail: Schema.String
}) {
  override get message() {
    return `The read models of person ${this.owner_id} cannot be compared: the event at position ${this.position} cannot be read: ${this.detail}`
  }
}

export interface Reconciled {
  readonly people: number
  readonly events: number
  readonly rows: number
}

interface Parked extends ByOwner.Owned {
  readonly processor: string
  readonly position: bigint
}

type StoredEvent = Omit<SealedEvent, "version"> & { readonly version: bigint }

/** Compares everything, or fails with the first difference. */
export const reconcile = Effect.fn("Reconciliation.reconcile")(function* () {
  const sql = yield* Database.dedicated("projector", "verify")
  // ordering a log takes room: what does not fit here goes to the server's disk
  yield* sql`SELECT set_config('work_mem', '64MB', false)`
  return yield* sql
    .withTransaction(Effect.provideService(compareAll, SqlClient.SqlClient, sql))
    .pipe(Effect.provideService(SqlClient.BeginTransaction, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"))
}, Effect.scoped)

const compareAll = Effect.gen(function* () {
  const passed = yield* progress
  const log = yield* ByOwner.open<StoredEvent>("of_events", `SELECT * FROM events WHERE owner_id IS NOT NULL`, ", position")
  const parked = yield* ByOwner.open<Parked>(
    "of_parked",
    `SELECT owner_id, processor, position FROM parked_events WHERE owner_id IS NOT NULL`
  )
  const tables = yield* Effect.forEach(readModels, ({ name, query }) =>
    Effect.map(ByOwner.open<ByOwner.Owned & { readonly key: string } & Row>(`of_${name}`, query), (table) => ({ name, table }))
  )
  const total = { people: 0, events: 0, rows: 0 }
  while (true) {
    const nexts = yield* Effect.forEach([log, parked, ...tables.map(({ table }) => table)], ({ next }) => next)
    const owner_id = nexts.reduce((first, next) => (first === null || (next !== null && next < first) ? next : first))
    if (owner_id === null) return total satisfies Reconciled
    const events = yield* opened(owner_id, yield* log.take(owner_id))
    const waiting = new Set((yield* parked.take(owner_id)).map(({ processor, position }) => `${processor}/${position}`))
    const found: Record<string, Rows> = {}
    for (const { name, table } of tables) {
      const rows = yield* table.take(owner_id)
      found[name] = new Map(rows.map(({ key, ...columns }) => [key, columns]))
      total.rows += rows.length
    }
    // Erased since the snapshot: there is nothing left to compare with.
    if (events === null) continue
    total.people++
    total.events += events.length
    const takenBy = (processor: string) =>
      events.filter(({ position }) => passed(processor, owner_id, position) && !waiting.has(`${processor}/${position}`))
    const expected = modelsOf({ projections: takenBy("projections"), budgets: takenBy("budgets"), told: events })
    const difference = firstDifference(expected, found)
    if (difference !== null) return yield* new ReadModelDiffers({ owner_id, ...difference })
  }
})

/** Whether a program has come past an event. */
const progress = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const checkpoints = yield* sql<{ processor: string; partition: number; position: bigint }>`
    SELECT processor, partition, position FROM checkpoints`
  const reached = new Map(checkpoints.map(({ processor, partition, position }) => [`${processor}/${partition}`, position]))
  return (processor: string, owner_id: string, position: bigint) => {
    const partition = partitionOf(owner_id, ledgerEvents.partitions)
    return position <= (reached.get(`${processor}/${partition}`) ?? 0n)
  }
})

/** The person's events: none of somebody who was erased, null of somebody who has been since. */
const opened = Effect.fnUntraced(function* (owner_id: string, stored: ReadonlyArray<StoredEvent>) {
  const codec = yield* EventCodec
  const events: Array<RecordedEvent> = []
  for (const event of yield* codec.open(stored.map((event) => ({ ...event, version: Number(event.version) })))) {
    if (isReadable(event)) events.push(event)
    else if (event.unreadable._tag === "Erased") return (yield* hadKey(owner_id)) ? null : []
    else return yield* new CannotReconcile({ owner_id, position: event.position, detail: event.unreadable.message })
  }
  return events
})

const hadKey = Effect.fnUntraced(function* (owner_id: string) {
  const sql = yield* SqlClient.SqlClient
  const keys = yield* sql`SELECT FROM data_keys WHERE owner_id = ${owner_id} AND wrapped_key IS NOT NULL`
  return keys.length > 0
})
