/**
 * Accounts: a person's accounts as they stand, in the order they were opened.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { AccountType } from "../ledger/Account.ts"

export interface AccountRow {
  readonly id: string
  readonly name: string
  readonly bank_name: string
  readonly account_type: AccountType
  readonly currency: string
  /** Minor units. */
  readonly current_balance: bigint
  readonly transaction_count: bigint
  readonly last_synced_at: Date | null
  readonly created_at: Date
  readonly closed_at: Date | null
}

const columns = `id, name, bank_name, account_type, currency, current_balance, transaction_count, last_synced_at, created_at, closed_at`

/** Runs within `withPerson`. */
export const list = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<AccountRow>`SELECT ${sql.literal(columns)} FROM account_projections ORDER BY created_at, id`
})

/** Runs within `withPerson`. */
export const find = Effect.fn("Accounts.find")(function* (id: string) {
  const sql = yield* SqlClient.SqlClient
  const [account] = yield* sql<AccountRow>`SELECT ${sql.literal(columns)} FROM account_projections WHERE id = ${id}`
  return account ?? null
})
