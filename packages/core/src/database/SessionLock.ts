/**
 * SessionLock: who among all processes may do a thing that only one may do. An advisory lock of a session of its own: it is lost with
 * its connection, at once and for certain, and nothing else is. A process that is frozen loses it too, after some seconds: `lost` asks
 * something on the session all the time, and the server ends one that has fallen silent.
 */
import * as Effect from "effect/Effect"
import type * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { Database } from "./Database.ts"

/** The connection a process holds its locks on. Never from a pool: whoever borrowed it next would hold them too. */
export const session = Database.dedicated("projector", "locks", "6s")

/** Tries to take the lock called `name`; false when another session has it. Held until the session ends. */
export const tryTake = (session: SqlClient.SqlClient, name: string): Effect.Effect<boolean, SqlError> =>
  Effect.map(
    session<{ taken: boolean }>`SELECT pg_try_advisory_lock(hashtextextended(${name}, 0)) AS taken`,
    ([row]) => row!.taken
  )

/** Lets go of the lock called `name`. */
export const release = (session: SqlClient.SqlClient, name: string): Effect.Effect<void, SqlError> =>
  Effect.asVoid(session`SELECT pg_advisory_unlock(hashtextextended(${name}, 0))`)

/** Shares the lock called `name` with others until the session ends; answers with what `members` calls this session. */
export const join = (session: SqlClient.SqlClient, name: string): Effect.Effect<string, SqlError> =>
  Effect.map(
    session<{ pid: string }>`SELECT pg_backend_pid()::text AS pid FROM pg_advisory_lock_shared(hashtextextended(${name}, 0))`,
    ([row]) => row!.pid
  )

/** The sessions that share the lock called `name`. */
export const members = (session: SqlClient.SqlClient, name: string): Effect.Effect<ReadonlyArray<string>, SqlError> =>
  Effect.map(
    session<{ pid: string }>`
      SELECT pid::text FROM pg_locks WHERE locktype = 'advisory' AND granted AND mode = 'ShareLock' AND objsubid = 1
        AND (classid::bigint << 32) + objid::bigint = hashtextextended(${name}, 0)
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    (rows) => rows.map(({ pid }) => pid)
  )

/** Waits for the lock called `name`, however long. */
export const take = (session: SqlClient.SqlClient, name: string): Effect.Effect<void, SqlError> =>
  Effect.asVoid(session`SELECT pg_advisory_lock(hashtextextended(${name}, 0))`)

/** Fails as soon as the session is gone, and never returns: race the work that the lock protects against it. */
export const lost = (session: SqlClient.SqlClient): Effect.Effect<never, SqlError> =>
  Effect.forever(Effect.andThen(session`SELECT 1`, Effect.sleep("2 seconds")))
