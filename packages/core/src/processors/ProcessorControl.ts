/**
 * ProcessorControl: what an operator can tell a processor to do, and what it has set aside. A command is kept in PostgreSQL, so that every
 * instance of the processors obeys it, within a second, and one that starts later does too.
 *
 *   pause      its actors finish what they have in hand; events wait            resume     they go on where they were
 *   rebuild    its tables are filled anew from the log, while it works on      replay     what is parked is tried again, in order
 *
 * All are safe to give twice.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { Signals } from "../database/Signals.ts"
import { newId } from "../ledger/Id.ts"

/** No process has ever run a processor of this name on this database. */
export class UnknownProcessor extends Schema.TaggedError<UnknownProcessor>()("UnknownProcessor", { processor: Schema.String }) {
  override get message() {
    return `There is no processor called ${this.processor}`
  }
}

/** It keeps no tables that could be filled anew: what it does, it does by events of its own, and those stand in the log. */
export class NotRebuildable extends Schema.TaggedError<NotRebuildable>()("NotRebuildable", { processor: Schema.String }) {
  override get message() {
    return `${this.processor} has no tables that can be rebuilt from the log`
  }
}

export interface RequestedRebuild {
  readonly id: string
  readonly state: "requested" | "running"
}

/** An event that its processor could not handle, or one that waits behind such a one of its key. */
export interface ParkedEvent {
  readonly partition: number
  /** The stream, or the person, whose events wait in order. */
  readonly key: string
  readonly position: bigint
  readonly event_id: string
  readonly stream_id: string
  readonly stream_type: string
  readonly type: string
  /** Why it could not be handled, without anything of what the event says; null for one that only waits. */
  readonly error: string | null
  readonly attempts: number
  readonly parked_at: Date
  readonly replay_requested_at: Date | null
}

const known = Effect.fnUntraced(function* (processor: string) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ rebuildable: boolean }>`SELECT rebuildable FROM processors WHERE name = ${processor}`
  return row ?? (yield* new UnknownProcessor({ processor }))
})

const want = Effect.fnUntraced(function* (processor: string, paused: boolean) {
  yield* known(processor)
  const sql = yield* SqlClient.SqlClient
  const signals = yield* Signals
  yield* sql`
    INSERT INTO processor_control (processor, paused) VALUES (${processor}, ${paused})
    ON CONFLICT (processor) DO UPDATE SET paused = excluded.paused, changed_at = now()`
  yield* sql.afterCommit(Effect.sync(() => signals.raise("control")))
})

/** Until it is resumed, also by instances that start later. */
export const pause = (processor: string) => want(processor, true)

export const resume = (processor: string) => want(processor, false)

/** Answers with the rebuild that will be, or is, under way. One that ends is not begun again by itself, however it ended. */
export const rebuild = Effect.fn("ProcessorControl.rebuild")(function* (processor: string) {
  const { rebuildable } = yield* known(processor)
  if (!rebuildable) return yield* new NotRebuildable({ processor })
  const sql = yield* SqlClient.SqlClient
  const signals = yield* Signals
  const id = newId()
  yield* sql`
    INSERT INTO processor_rebuilds (id, processor) VALUES (${id}, ${processor})
    ON CONFLICT (processor) WHERE state IN ('requested', 'running') DO NOTHING`
  yield* sql.afterCommit(Effect.sync(() => signals.raise("control")))
  const [open] = yield* sql<RequestedRebuild>`
    SELECT id, state FROM processor_rebuilds WHERE processor = ${processor} AND state IN ('requested', 'running')`
  return open ?? ({ id, state: "requested" } satisfies RequestedRebuild)
})

/** Has all that is parked of it tried again; answers with how many events that is. What fails again stays parked, with its key. */
export const replayParked = Effect.fn("ProcessorControl.replayParked")(function* (processor: string) {
  yield* known(processor)
  const sql = yield* SqlClient.SqlClient
  const signals = yield* Signals
  const [row] = yield* sql<{ events: number }>`
    WITH asked AS (UPDATE parked_events SET replay_requested_at = now() WHERE processor = ${processor} RETURNING 1)
    SELECT count(*)::int AS events FROM asked`
  yield* sql.afterCommit(Effect.sync(() => signals.raise("control")))
  return row!.events
})

/** What is parked of it, in the order of the log: at most `limit` events after the position. */
export const parked = Effect.fn("ProcessorControl.parked")(function* (
  processor: string,
  { after = 0n, limit = 100 }: { readonly after?: bigint; readonly limit?: number } = {}
) {
  yield* known(processor)
  const sql = yield* SqlClient.SqlClient
  return yield* sql<ParkedEvent>`
    SELECT partition, key, position, event_id, stream_id, stream_type, type, error, attempts, parked_at, replay_requested_at
    FROM parked_events WHERE processor = ${processor} AND position > ${after} ORDER BY position LIMIT ${limit}`
})
