/**
 * Person: on whose behalf the database is asked. Row-level security shows one person's rows to a transaction that names them, and
 * no rows at all to one that does not.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"

/** Runs the queries of `effect` in one transaction that sees this person's rows only. */
export const withPerson = <A, E, R>(
  user_id: string,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | SqlError, R | SqlClient.SqlClient> =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    sql.withTransaction(Effect.andThen(sql`SELECT set_config('app.user_id', ${user_id}, true)`, effect))
  )
