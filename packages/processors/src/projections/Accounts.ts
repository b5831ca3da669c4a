/**
 * The `account_projections` read model: each account with its balance.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import * as Columns from "@finance/core/database/Columns"
import type { RecordedEvent } from "@finance/core/event-store/EventStore"
import type { AccountEvent } from "@finance/core/ledger/Account"
import type { TransactionRecord } from "./Transactions.ts"

export interface AccountRecord {
  readonly recorded: RecordedEvent
  readonly event: AccountEvent
}

export const project = Effect.fnUntraced(function* ({ recorded, event }: AccountRecord) {
  const sql = yield* SqlClient.SqlClient
  switch (event.type) {
    case "AccountOpened":
      return yield* sql`
        INSERT INTO account_projections (id, owner_id, name, bank_name, account_type, currency, opening_balance, opened_on,
          current_balance, created_at, version)
        VALUES (${event.account_id}, ${recorded.owner_id}, ${event.name}, ${event.bank_name}, ${event.account_type}, ${event.currency},
          ${event.opening_balance}, ${event.opened_on}::date, ${event.opening_balance}, ${recorded.recorded_at}, ${recorded.version})
        ON CONFLICT (id) DO NOTHING`
    case "AccountRenamed":
      return yield* sql`
        UPDATE account_projections SET name = ${event.new_name}, version = ${recorded.version} WHERE id = ${event.account_id}`
    case "AccountSynced":
      return yield* sql`
        UPDATE account_projections SET last_synced_at = ${event.synced_at}::timestamptz, version = ${recorded.version}
        WHERE id = ${event.account_id}`
    case "AccountClosed":
      return yield* sql`
        UPDATE account_projections SET closed_at = ${recorded.recorded_at}, version = ${recorded.version} WHERE id = ${event.account_id}`
  }
})

/** Moves the balances by what the transactions add and take away; returns the accounts it moved, with their owners. */
export const moveBalances = Effect.fnUntraced(function* (events: ReadonlyArray<TransactionRecord>) {
  const moves = new Map<string, { readonly owner_id: string; amount: bigint; count: bigint }>()
  for (const { recorded, event } of events) {
    const sign = event.type === "TransactionDeleted" ? -1n : 1n
    if (event.type !== "TransactionCreated" && event.type !== "TransactionRestored" && event.type !== "TransactionDeleted")
      continue
    const move = moves.get(event.account_id) ?? { owner_id: recorded.owner_id, amount: 0n, count: 0n }
    moves.set(event.account_id, move)
    move.amount += sign * event.amount
    move.count += sign
  }
  if (moves.size === 0) return moves
  const sql = yield* SqlClient.SqlClient
  const rows = [...moves].toSorted(([one], [other]) => (one < other ? -1 : 1))
  yield* sql`
    UPDATE account_projections a SET current_balance = a.current_balance + m.amount, transaction_count = a.transaction_count + m.count
    FROM unnest(${Columns.uuids(rows.map(([id]) => id))}, ${Columns.bigints(rows.map(([, { amount }]) => amount))},
                ${Columns.bigints(rows.map(([, { count }]) => count))}) AS m (id, amount, count)
    WHERE a.id = m.id`
  return moves
})
