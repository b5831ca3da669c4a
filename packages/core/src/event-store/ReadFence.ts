/**
 * ReadFence: how far the event log can be read without ever missing an event.
 *
 *   position   1   2   3   4   5   6
 *              ■   ■   □   ■   ■           □ drawn by a writer that has not committed
 *                      └ a reader at 5 would never see 3
 *
 * Terms. *head*: the highest position drawn. *writer*: a transaction that holds RowExclusiveLock on `events`, which it takes before it
 * draws its first position and keeps until it ends.
 *
 * The fence reads the head first and the writers after it. Whoever drew a position up to that head is among those writers or has
 * ended, so when none of those writers is left, every position up to that head is visible or will never exist. Writers that come
 * later draw higher positions and are not waited for.
 *
 * In TimescaleDB `events` is a hypertable, and its rows are in chunks. A writer locks the hypertable when its statement is planned or
 * taken from the cache, before it draws, and the chunk only when it has a position to find it by: so the lock on `events` itself is the
 * one to look for, there too. Whoever compresses a chunk holds locks on that chunk and is, to the fence, a stranger.
 *
 * Invariants
 *  1. Every position ≤ the fence is visible or will never exist.
 *  2. The fence never moves back.
 *  3. It waits for writers of events only, never for strangers.
 *
 * Source: PostgreSQL manual, 13.3 (lock modes), 52.12 (pg_locks). For hypertables, EventStore.timescale.test.ts.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Semaphore from "effect/Semaphore"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"

export interface Fence {
  /** Everything up to here can be read. */
  readonly position: bigint
  /** The highest position drawn: more is on its way when it is beyond `position`. */
  readonly head: bigint
}

export class ReadFence extends Context.Service<
  ReadFence,
  {
    /** Looks, and moves the fence as far as it will go. Never inside a transaction that appends: it would wait for itself. */
    readonly advance: Effect.Effect<Fence, SqlError>
  }
>()("finance/event-store/ReadFence") {
  static readonly layer = Layer.effect(
    ReadFence,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const one = yield* Semaphore.make(1)
      let position = 0n
      let pending: { readonly head: bigint; readonly writers: ReadonlySet<string> } | null = null

      const look = Effect.gen(function* () {
        // Two statements, in this order: one statement would not say which it read first.
        const [sequence] = yield* sql<{ head: bigint }>`
          SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END AS head FROM events_position`
        const rows = yield* sql<{ writer: string }>`
          SELECT virtualtransaction AS writer FROM pg_locks
          WHERE locktype = 'relation' AND relation = 'events'::regclass AND mode = 'RowExclusiveLock' AND granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
        return { head: sequence!.head, writers: new Set(rows.map(({ writer }) => writer)) }
      })

      const advance = Effect.gen(function* () {
        const { head, writers } = yield* look
        if (pending !== null && pending.writers.isDisjointFrom(writers)) {
          position = pending.head
          pending = null
        }
        if (writers.size === 0) {
          position = head
          pending = null
        } else if (pending === null && head > position) {
          pending = { head, writers }
        }
        return { position, head }
      })

      return ReadFence.of({ advance: one.withPermits(1)(advance) })
    })
  )
}
