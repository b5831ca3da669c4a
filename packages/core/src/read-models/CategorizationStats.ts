/**
 * CategorizationStats: how sure the categories of a person's transactions are, and how often the person chose them.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { CategoryOrNone } from "../ledger/Category.ts"

export interface CategoryStats {
  readonly category: CategoryOrNone
  readonly transactions: number
  readonly needs_review: number
  readonly average_confidence: number
  /** How many the person filed here themselves. */
  readonly corrections: number
}

/** Runs within `withPerson`. */
export const categorizationStats = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const by_category = yield* sql<CategoryStats>`
    SELECT category, count(*)::int AS transactions, (count(*) FILTER (WHERE needs_review))::int AS needs_review,
           round(avg(category_confidence)::numeric, 4)::float8 AS average_confidence,
           (count(*) FILTER (WHERE category_source = 'user'))::int AS corrections
    FROM transactions WHERE NOT deleted GROUP BY category ORDER BY transactions DESC, category`
  const transactions = by_category.reduce((sum, { transactions }) => sum + transactions, 0)
  const needs_review = by_category.reduce((sum, { needs_review }) => sum + needs_review, 0)
  return {
    transactions,
    needs_review,
    review_rate: transactions === 0 ? 0 : Math.round((needs_review / transactions) * 10_000) / 10_000,
    by_category
  }
})
