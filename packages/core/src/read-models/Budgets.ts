/**
 * Budgets: what a person meant to spend in a period, with what rolled over into it, and what they have spent. A budget counts from the
 * month it was set for until it is set again or removed.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import * as Budget from "../budgets/Budget.ts"
import * as Periods from "../budgets/Periods.ts"
import { type Days, SpentDays } from "../budgets/SpentDays.ts"
import * as Standing from "../budgets/Standing.ts"
import * as Columns from "../database/Columns.ts"
import type { Category } from "../ledger/Category.ts"
import { monthOf } from "../ledger/Day.ts"

/** How the budget of a category stands in a period; amounts in minor units of its currency. */
export interface BudgetRow extends Standing.Standing, Periods.Period {
  readonly category: Category
}

/** How the person's time is cut into periods. Runs within `withPerson`. */
export const periods = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ periods: Periods.Periods }>`SELECT periods FROM budget_settings`
  return row?.periods ?? Periods.calendarMonths
})

/** The period that a day lies in. Runs within `withPerson`. */
export const periodOf = Effect.fn("Budgets.periodOf")(function* (day: string) {
  const calendar = new Periods.Calendar(yield* periods)
  return calendar.period(calendar.monthOf(day))
})

/** The budgets in force in the month, by category. Runs within `withPerson`. */
export const inMonth = Effect.fn("Budgets.inMonth")(function* (month: string) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<Budget.Row & { readonly category: Category }>`
    SELECT category, to_char(month, 'YYYY-MM') AS month, one_month, amount, currency, rollover FROM budgets`
  const budgets = [...Map.groupBy(rows, ({ category }) => category)].toSorted(([one], [other]) => (one < other ? -1 : 1))
  return yield* standing(
    budgets.map(([category, own]) => [category, Budget.of(own)]),
    month
  )
})

/** How these budgets stand in the month, those without one left out. Runs within `withPerson`. */
export const standing = Effect.fn("Budgets.standing")(function* (
  budgets: ReadonlyArray<readonly [Category, Budget.Budget]>,
  month: string
) {
  const calendar = new Periods.Calendar(yield* periods)
  const period = calendar.period(month)
  const spent = yield* loadSpent(
    budgets.map(([category, budget]) => ({ category, from: calendar.period(Standing.chainStart(budget, month)).from })),
    period.to
  )
  return budgets.flatMap(([category, budget]): ReadonlyArray<BudgetRow> => {
    const spentIn: Standing.SpentIn = (month, currency) => {
      const { from, to } = calendar.period(month)
      return spent.get(`${category}/${currency}`)?.between(from, to) ?? 0n
    }
    const stands = Standing.standingIn(budget, month, spentIn)
    return stands === null ? [] : [{ ...stands, ...period, category }]
  })
})

/** What was spent in each category, by `category/currency`, from its first day to the last of all. */
const loadSpent = Effect.fnUntraced(function* (firsts: ReadonlyArray<{ category: string; from: string }>, to: string) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ category: string; currency: string; month: string; spent: Days }>`
    SELECT d.category, d.currency, to_char(d.month, 'YYYY-MM') AS month, d.spent
    FROM unnest(${Columns.texts(firsts.map(({ category }) => category))},
                ${Columns.dates(firsts.map(({ from }) => `${monthOf(from)}-01`))}) AS k (category, first)
    JOIN budget_days d ON d.category = k.category AND d.month BETWEEN k.first AND ${to}::date`
  const spent = new Map<string, SpentDays>()
  for (const row of rows) {
    const key = `${row.category}/${row.currency}`
    const days = spent.get(key) ?? new SpentDays()
    spent.set(key, days)
    days.put(row.month, row.spent)
  }
  return spent
})

export interface AlertRow {
  readonly id: string
  readonly category: Category
  readonly month: string
  readonly currency: string
  readonly budget_amount: bigint
  readonly carried_amount: bigint
  readonly current_spent: bigint
  readonly threshold_percentage: number
  readonly raised_at: Date
}

const alertColumns = `id, category, to_char(month, 'YYYY-MM') AS month, currency, budget_amount, carried_amount, current_spent,
  threshold_percentage, raised_at`

/** Runs within `withPerson`. */
export const alerts = Effect.fn("Budgets.alerts")(function* (ids: ReadonlyArray<string>) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<AlertRow>`SELECT ${sql.literal(alertColumns)} FROM budget_alerts WHERE id = ANY(${ids}::uuid[])`
})

/** The latest alerts about a month, newest first. Runs within `withPerson`. */
export const alertsOf = Effect.fn("Budgets.alertsOf")(function* (month: string) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<AlertRow>`
    SELECT ${sql.literal(alertColumns)} FROM budget_alerts WHERE month = ${`${month}-01`}::date
    ORDER BY raised_at DESC LIMIT 50`
})
