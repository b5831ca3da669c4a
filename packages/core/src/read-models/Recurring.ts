/**
 * Recurring: what comes back to a person, and to whom, in the order it is due.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { CategoryOrNone } from "../ledger/Category.ts"
import type { Cadence } from "../recurring/Cadence.ts"

export interface RecurringRow {
  readonly id: string
  /** The merchant, the own account that money is moved to, or the name that the bank's text has. */
  readonly merchant_name: string
  readonly category: CategoryOrNone
  readonly account_id: string
  readonly cadence: Cadence
  readonly currency: string
  /** Minor units of `currency`; negative is money out. */
  readonly expected_amount: bigint
  readonly last_amount: bigint
  readonly last_on: string
  readonly next_on: string
  readonly tolerance_days: number
  readonly last_transaction_id: string
  readonly payments: number
}

/** Runs within `withPerson`. */
export const list = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<RecurringRow>`
    SELECT r.id, coalesce(a.name, r.merchant_name, r.merchant_key) AS merchant_name, r.category, r.account_id, r.cadence, r.currency,
           r.expected_amount, r.last_amount, r.last_on::text AS last_on, r.next_on::text AS next_on, r.tolerance_days,
           r.last_transaction_id, r.payments
    FROM recurring r LEFT JOIN account_projections a ON a.id = r.to_account_id ORDER BY r.next_on, r.id`
})
