/**
 * Housekeeping: lets go, once an hour, of what has outlived its use: answers to commands after the 24 hours in which they may be asked for
 * again, changes after the week in which somebody may come back to them, sign-ins that have expired, what actors that were killed last said,
 * what became of messages after three months, and after a year what a person has read.
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as SqlClient from "effect/sql/SqlClient"

export const tidy = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`DELETE FROM commands WHERE recorded_at < now() - interval '24 hours'`
  yield* sql`DELETE FROM changes WHERE recorded_at < now() - interval '7 days'`
  yield* sql`DELETE FROM notification_deliveries WHERE settled_at < now() - interval '90 days'`
  yield* sql`DELETE FROM notifications WHERE read_at < now() - interval '1 year'`
  yield* sql`DELETE FROM sessions WHERE expires_at < now()`
  // A spent token stays as long as it could be used, for its reuse is what gives a thief away.
  yield* sql`DELETE FROM refresh_tokens WHERE expires_at < now()`
  yield* sql`DELETE FROM processor_actors WHERE heard_at < now() - interval '1 day'`
  yield* sql`DELETE FROM processor_rebuilds WHERE finished_at < now() - interval '90 days'`
})

export const housekeeping = tidy.pipe(Effect.repeat(Schedule.spaced("1 hour")), Effect.andThen(Effect.never))
