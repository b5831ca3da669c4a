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
  category_explanation, alternatives, needs_review, occurred_at, booking_date, created_at, source, import_id, notes, tags`

/** `%` and `_` stand for themselves in what a person looks for. */
const pattern = (text: string) => `%${text.replace(/[\\%_]/g, "\\$&")}%`

/** The currencies that do not have two decimals, by how many they have. */
const unusual = Map.groupBy(
  Intl.supportedValuesOf("currency").filter((currency) => digitsOf(currency) !== 2),
  digitsOf
)

/** Decimals as minor units of the row's currency. */
const minorUnits = (sql: SqlClient.SqlClient, decimals: string): Fragment => {
  const cases = [...unusual].map(([digits, currencies]) => sql`WHEN currency = ANY(${currencies}::text[]) THEN ${10 ** digits}`)
  return sql`(${decimals}::numeric * CASE ${sql.join(" ", false)(cases)} ELSE 100 END)`
}

const conditions = (sql: SqlClient.SqlClient, filter: Filter): ReadonlyArray<Fragment> => {
  const { account_id, category, from_date, to_date, min_amount, max_amount, q, needs_review } = filter
  const all: Array<Fragment> = [sql`NOT deleted`]
  if (account_id !== undefined) all.push(sql`account_id = ${account_id}`)
  if (category !== undefined) all.push(sql`category = ${category}`)
  if (from_date !== undefined) all.push(sql`occurred_at >= ${from_date}::timestamp AT TIME ZONE ${homeZone}`)
  if (to_date !== undefined) all.push(sql`occurred_at < (${to_date}::timestamp + interval '1 day') AT TIME ZONE ${homeZone}`)
  if (min_amount !== undefined) all.push(sql`amount >= ${minorUnits(sql, min_amount)}`)
  if (max_amount !== undefined) all.push(sql`amount <= ${minorUnits(sql, max_amount)}`)
  if (q !== undefined && q !== "") all.push(sql`(description ILIKE ${pattern(q)} OR merchant_name ILIKE ${pattern(q)})`)
  if (needs_review !== undefined) all.push(sql`needs_review = ${needs_review}`)
  return all
}

const beginning = (sql: SqlClient.SqlClient, place: Place): ReadonlyArray<Fragment> =>
  "after" in place ? [sql`(occurred_at, id) < (${place.after.occurred_at}, ${place.after.id}::uuid)`] : []

/** Runs within `withPerson`. */
export const page = Effect.fn("Transactions.page")(function* (filter: Filter, place: Place, limit: number) {
  const sql = yield* SqlClient.SqlClient
  const offset = "after" in place ? 0 : (place.page - 1) * limit
  return yield* sql<TransactionRow>`
    SELECT ${sql.literal(columns)} FROM transactions
    WHERE ${sql.and([...conditions(sql, filter), ...beginning(sql, place)])}
    ORDER BY occurred_at DESC, id DESC LIMIT ${limit} OFFSET ${offset}`
})

/** How many the filter finds. Without one, or by account alone, the accounts know. Runs within `withPerson`. */
export const count = Effect.fn("Transactions.count")(function* (filter: Filter) {
  const sql = yield* SqlClient.SqlClient
  const { account_id, ...others } = filter
  const known = Object.values(others).every((value) => value === undefined)
  const [row] = known
    ? yield* sql<{ total: number }>`
        SELECT coalesce(sum(transaction_count), 0)::float8 AS total FROM account_projections
        WHERE ${account_id === undefined ? sql`true` : sql`id = ${account_id}`}`
    : yield* sql<{ total: number }>`SELECT count(*)::float8 AS total FROM transactions WHERE ${sql.and(conditions(sql, filter))}`
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
