/**
 * The `daily_aggregates` read model: sums by person, day, category, merchant and currency, kept from each event's own from and to.
 * It holds a row only where there is a transaction.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import * as Columns from "@finance/core/database/Columns"
import type { TransactionEvent } from "@finance/core/ledger/Transaction"
import type { TransactionRecord } from "./Transactions.ts"

/** Where a transaction counts. */
interface Place {
  readonly day: string
  readonly category: string
  readonly merchant_name: string | null
}

interface Sum extends Place {
  readonly owner_id: string
  readonly currency: string
  total: bigint
  spent: bigint
  count: bigint
}

/** The place the event takes the transaction from, and the one it brings it to. */
const moveOf = (event: TransactionEvent): { readonly from: Place | null; readonly to: Place | null } => {
  switch (event.type) {
    case "TransactionCreated":
      return { from: null, to: { day: event.booking_date, category: "uncategorized", merchant_name: null } }
    case "TransactionCategorized":
      return {
        from: { day: event.day, category: event.old_category, merchant_name: event.old_merchant_name },
        to: { day: event.day, category: event.category, merchant_name: event.merchant_name }
      }
    case "TransactionCategoryOverridden":
      return { from: { ...event, category: event.old_category }, to: { ...event, category: event.new_category } }
    case "TransactionUpdated": {
      const { occurred_at, merchant_name } = event.changes
      const stays = { day: event.day, category: event.category, merchant_name: event.merchant_name }
      return {
        from: stays,
        to: {
          ...stays,
          ...(occurred_at !== undefined && { day: occurred_at.to_day }),
          ...(merchant_name !== undefined && { merchant_name: merchant_name.to })
        }
      }
    }
    case "TransferLinked":
    case "TransferUnlinked":
      return { from: { ...event, category: event.old_category }, to: event }
    case "TransactionDeleted":
      return { from: event, to: null }
    case "TransactionRestored":
      return { from: null, to: event }
  }
}

export const project = Effect.fnUntraced(function* (events: ReadonlyArray<TransactionRecord>) {
  const sums = new Map<string, Sum>()
  const count = ({ recorded, event }: TransactionRecord, place: Place | null, sign: 1n | -1n) => {
    if (place === null) return
    const { day, category, merchant_name } = place
    const key = `${recorded.owner_id}/${day}/${category}/${event.currency}/${merchant_name ?? ""}`
    const known = sums.get(key)
    const sum = known ?? {
      owner_id: recorded.owner_id,
      day,
      category,
      merchant_name,
      currency: event.currency,
      total: 0n,
      spent: 0n,
      count: 0n
    }
    if (known === undefined) sums.set(key, sum)
    sum.total += sign * event.amount
    sum.spent += event.amount < 0n ? sign * -event.amount : 0n
    sum.count += sign
  }
  for (const record of events) {
    const { from, to } = moveOf(record.event)
    count(record, from, -1n)
    count(record, to, 1n)
  }
  const rows = [...sums.values()].filter(({ total, spent, count }) => total !== 0n || spent !== 0n || count !== 0n)
  if (rows.length === 0) return
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    INSERT INTO daily_aggregates AS a (owner_id, day, category, merchant_name, currency, total_amount, spent_amount, transaction_count)
    SELECT * FROM unnest(${keysOf(sql, rows)}, ${Columns.bigints(rows.map(({ total }) => total))},
      ${Columns.bigints(rows.map(({ spent }) => spent))}, ${Columns.bigints(rows.map(({ count }) => count))})
    ON CONFLICT (owner_id, day, category, merchant_name, currency) DO UPDATE SET
      total_amount = a.total_amount + excluded.total_amount, spent_amount = a.spent_amount + excluded.spent_amount,
      transaction_count = a.transaction_count + excluded.transaction_count`
  const lessened = rows.filter(({ count }) => count < 0n)
  if (lessened.length === 0) return
  yield* sql`
    DELETE FROM daily_aggregates a USING unnest(${keysOf(sql, lessened)}) AS k (owner_id, day, category, merchant_name, currency)
    WHERE a.owner_id = k.owner_id AND a.day = k.day AND a.category = k.category AND a.merchant_name = k.merchant_name
      AND a.currency = k.currency AND a.transaction_count = 0`
})

/** The sums of every transaction as it stands, at once, where there are none yet. */
export const sumUp = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    INSERT INTO daily_aggregates (owner_id, day, category, merchant_name, currency, total_amount, spent_amount, transaction_count)
    SELECT owner_id, booking_date, category, coalesce(merchant_name, ''), currency, sum(amount), sum(greatest(-amount, 0)), count(*)
    FROM transactions WHERE NOT deleted GROUP BY 1, 2, 3, 4, 5`
})

const keysOf = (sql: SqlClient.SqlClient, rows: ReadonlyArray<Sum>) => sql`
  ${Columns.uuids(rows.map(({ owner_id }) => owner_id))}, ${Columns.dates(rows.map(({ day }) => day))},
  ${Columns.texts(rows.map(({ category }) => category))}, ${Columns.texts(rows.map(({ merchant_name }) => merchant_name ?? ""))},
  ${Columns.texts(rows.map(({ currency }) => currency))}`
