/**
 * Budgets: what a person meant to spend in a month, and has spent. A budget counts from the month it was set for until it is set
 * again or removed.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { Category } from "../ledger/Category.ts"
import { daysOfMonth } from "../ledger/Day.ts"

export interface BudgetRow {
  readonly category: Category
  readonly currency: string
  /** Minor units of `currency`, as is what was spent. */
  readonly amount: bigint
  readonly spent: bigint
}

/** Those in force in the month, by category. Runs within `withPerson`. */
export const inMonth = Effect.fn("Budgets.inMonth")(function* (month: string) {
  const sql = yield* SqlClient.SqlClient
  const { from } = daysOfMonth(month)
  return yield* sql<BudgetRow>`
    SELECT b.category, b.currency, b.amount,
           coalesce((SELECT s.spent FROM budget_status s
                     WHERE s.category = b.category AND s.month = ${from}::date AND s.currency = b.currency), 0) AS spent
    FROM (SELECT DISTINCT ON (category) category, currency, amount FROM budgets WHERE month <= ${from}::date
          ORDER BY category, month DESC) b
    WHERE b.amount IS NOT NULL ORDER BY b.category`
})

/** What was spent in the category in the month, in minor units. Runs within `withPerson`. */
export const spentIn = Effect.fn("Budgets.spentIn")(function* (category: Category, month: string, currency: string) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ spent: bigint }>`
    SELECT spent FROM budget_status
    WHERE category = ${category} AND month = ${daysOfMonth(month).from}::date AND currency = ${currency}`
  return row?.spent ?? 0n
})

export interface AlertRow {
  readonly id: string
  readonly category: Category
  readonly month: string
  readonly currency: string
  readonly budget_amount: bigint
  readonly current_spent: bigint
  readonly threshold_percentage: number
  readonly raised_at: Date
}

const alertColumns = `id, category, to_char(month, 'YYYY-MM') AS month, currency, budget_amount, current_spent, threshold_percentage, raised_at`

/** Runs within `withPerson`. */
export const alerts = Effect.fn("Budgets.alerts")(function* (ids: ReadonlyArray<string>) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<AlertRow>`SELECT ${sql.literal(alertColumns)} FROM budget_alerts WHERE id = ANY(${ids}::uuid[])`
})

/** The latest alerts about a month, newest first. Runs within `withPerson`. */
export const alertsOf = Effect.fn("Budgets.alertsOf")(function* (month: string) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<AlertRow>`
    SELECT ${sql.literal(alertColumns)} FROM budget_alerts WHERE month = ${daysOfMonth(month).from}::date
    ORDER BY raised_at DESC LIMIT 50`
})
