/**
 * BalanceOn: what an account held at the end of a day, as the books said it at a time. A line that was booked on the day and came
 * to be known later is not in the balance as known before.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"

export interface BalanceOn {
  /** Minor units of `currency`. */
  readonly balance: bigint
  readonly currency: string
}

/** Null when the person has no such account. Runs within `withPerson`. */
export const balanceOn = Effect.fn("BalanceOn.balanceOn")(function* (account_id: string, on: string, known_at: Date) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<BalanceOn>`
    SELECT a.currency,
           (CASE WHEN (a.opened_on IS NULL OR a.opened_on <= ${on}::date) AND a.created_at <= ${known_at}
                 THEN a.opening_balance ELSE 0 END
            + coalesce((SELECT sum(e.balance_change) FROM transaction_events e
                        WHERE e.account_id = a.id AND e.balance_change <> 0 AND e.booked_on <= ${on}::date
                          AND e.recorded_at <= ${known_at}), 0))::bigint AS balance
    FROM account_projections a WHERE a.id = ${account_id}`
  return row ?? null
})
