/**
 * Transactions: a person's transactions, newest first, under any combination of filters.
 *
 * A page is found by its number or by the cursor of the page before it. By cursor, rows that arrive meanwhile move nothing; the
 * number is for jumping, and reads over everything before it.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { Fragment } from "effect/sql/Statement"
import type { CategoryOrNone, CategorySource } from "../ledger/Category.ts"
import { homeZone } from "../ledger/Day.ts"
import type { Explanation } from "../ledger/Explanation.ts"
import type { Alternative, TransactionSource } from "../ledger/Transaction.ts"
import { digitsOf } from "../money/Currency.ts"

export interface TransactionRow {
  readonly id: string
  readonly account_id: string
  /** Minor units; negative is money out. */
  readonly amount: bigint
  readonly currency: string
  readonly description: string
  readonly merchant_name: string | null
  readonly category: CategoryOrNone
  readonly category_confidence: number
  readonly category_source: CategorySource
  readonly category_explanation: Explanation
  readonly alternatives: ReadonlyArray<Alternative>
  readonly needs_review: boolean
  readonly occurred_at: Date
  readonly booking_date: string
  readonly created_at: Date
  readonly source: TransactionSource
  readonly import_id: string | null
  readonly transfer_id: string | null
  readonly anomaly_ids: ReadonlyArray<string>
  readonly notes: string | null
  readonly tags: ReadonlyArray<string>
}

export interface Filter {
  readonly account_id?: string | undefined
  readonly category?: CategoryOrNone | undefined
  /** First and last day, in the home calendar. */
  readonly from_date?: string | undefined
  readonly to_date?: string | undefined
  /** Decimals, inclusive; compared with each transaction's amount in its own currency. */
  readonly min_amount?: string | undefined
  readonly max_amount?: string | undefined
  /** Found anywhere in the description or the merchant's name, in upper or lower case. */
  readonly q?: string | undefined
  readonly needs_review?: boolean | undefined
}

/** The last row of a page: the next one begins after it. */
export interface Cursor {
  readonly occurred_at: Date
  readonly id: string
}

export type Place = { readonly page: number } | { readonly after: Cursor }

const columns = `id, account_id, amount, currency, description, merchant_name, category, category_confidence, category_source,
  category_explanation, alternatives, needs_review, occurred_at, booking_date, created_at, source, import_id, transfer_id, notes, tags,
  ARRAY(SELECT a.id FROM anomalies a WHERE a.transaction_id = transactions.id ORDER BY a.id) AS anomaly_ids`

/** `%` and `_` stand for themselves in what a person looks for. */
const pattern = (text: string) => `%${text.replace(/[\\%_]/g, "\\$&")}%`

/** Bounds in the minor units of each of the person's currencies: a decimal is another number of them in each. */
const bounded = (sql: SqlClient.SqlClient, currencies: ReadonlyArray<string>, { min_amount, max_amount }: Filter): Fragment => {
  const [least, most] = [min_amount ?? "-Infinity", max_amount ?? "Infinity"]
  return sql.or([
    sql`false`,
    ...currencies.map((currency) => {
      const units = sql.literal(String(10 ** digitsOf(currency)))
      return sql`(currency = ${currency} AND amount BETWEEN ceil(${least}::numeric * ${units}) AND floor(${most}::numeric * ${units}))`
    })
  ])
}

const ownCurrencies = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ currency: string }>`SELECT DISTINCT currency FROM account_projections`
  return rows.map(({ currency }) => currency)
})

const conditions = Effect.fnUntraced(function* (filter: Filter) {
  const sql = yield* SqlClient.SqlClient
  const { account_id, category, from_date, to_date, min_amount, max_amount, q, needs_review } = filter
  const all: Array<Fragment> = [sql`NOT deleted`]
  if (account_id !== undefined) all.push(sql`account_id = ${account_id}`)
  if (category !== undefined) all.push(sql`category = ${category}`)
  if (from_date !== undefined) all.push(sql`occurred_at >= ${from_date}::timestamp AT TIME ZONE ${homeZone}`)
  if (to_date !== undefined) all.push(sql`occurred_at < (${to_date}::timestamp + interval '1 day') AT TIME ZONE ${homeZone}`)
  if (needs_review !== undefined) all.push(needs_review ? sql`needs_review` : sql`NOT needs_review`)
  if (min_amount !== undefined || max_amount !== undefined) all.push(bounded(sql, yield* ownCurrencies, filter))
  if (q !== undefined && q !== "") all.push(sql`(description ILIKE ${pattern(q)} OR merchant_name ILIKE ${pattern(q)})`)
  return sql.and(all)
})

const kept = (filter: Filter): ReadonlySet<string> =>
  new Set(Object.entries(filter).flatMap(([name, value]) => (value === undefined || value === "" ? [] : [name])))

/** How many the filter finds, from the sums that are kept anyway; null where the transactions themselves must be counted. */
const knownTotal = (sql: SqlClient.SqlClient, filter: Filter): Fragment | null => {
  const names = kept(filter)
  const { account_id, category, from_date, to_date } = filter
  if ([...names].every((name) => name === "account_id")) {
    return sql`(SELECT coalesce(sum(transaction_count), 0)::float8 FROM account_projections
                WHERE ${account_id === undefined ? sql`true` : sql`id = ${account_id}`})`
  }
  if (![...names].every((name) => name === "category" || name === "from_date" || name === "to_date")) return null
  return sql`(SELECT coalesce(sum(transaction_count), 0)::float8 FROM daily_aggregates WHERE ${sql.and([
    category === undefined ? sql`true` : sql`category = ${category}`,
    sql`day BETWEEN ${from_date ?? "-infinity"}::date AND ${to_date ?? "infinity"}::date`
  ])})`
}

export interface Page {
  readonly transactions: ReadonlyArray<TransactionRow>
  /** Whether there are more after them. */
  readonly more: boolean
  /** How many the filter finds in all. */
  readonly total: number
}

/** Runs within `withPerson`. One statement, which looks at what the filter is about once. */
export const page = Effect.fn("Transactions.page")(function* (filter: Filter, place: Place, limit: number) {
  const sql = yield* SqlClient.SqlClient
  const found = yield* conditions(filter)
  const known = knownTotal(sql, filter)
  const offset = "after" in place ? 0 : (place.page - 1) * limit
  const beyond = "after" in place ? sql`(occurred_at, id) < (${place.after.occurred_at}, ${place.after.id}::uuid)` : sql`true`
  const order = sql`ORDER BY occurred_at DESC, id DESC`
  const rows = yield* known === null
    ? sql<TransactionRow & { total: number }>`
        WITH found AS MATERIALIZED (SELECT id, occurred_at FROM transactions WHERE ${found})
        SELECT ${sql.literal(columns)}, (SELECT count(*) FROM found)::float8 AS total FROM transactions
        WHERE id IN (SELECT id FROM found WHERE ${beyond} ${order} LIMIT ${limit + 1} OFFSET ${offset}) ${order}`
    : sql<TransactionRow & { total: number }>`
        SELECT ${sql.literal(columns)}, ${known} AS total FROM transactions WHERE ${found} AND ${beyond}
        ${order} LIMIT ${limit + 1} OFFSET ${offset}`
  const total = rows[0]?.total ?? (yield* count(known ?? sql`(SELECT count(*)::float8 FROM transactions WHERE ${found})`))
  return { transactions: rows.slice(0, limit), more: rows.length > limit, total } satisfies Page
})

/** Beyond the last page there is no row that could bring the total along. */
const count = Effect.fnUntraced(function* (total: Fragment) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ total: number }>`SELECT ${total} AS total`
  return row!.total
})

/** Deleted ones are not found. Runs within `withPerson`. */
export const find = Effect.fn("Transactions.find")(function* (id: string) {
  const [transaction] = yield* findAll([id])
  return transaction ?? null
})

/** Those of the ids that are the person's and not deleted. Runs within `withPerson`. */
export const findAll = Effect.fn("Transactions.findAll")(function* (ids: ReadonlyArray<string>) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<TransactionRow>`
    SELECT ${sql.literal(columns)} FROM transactions WHERE id = ANY(${ids}::uuid[]) AND NOT deleted`
})
