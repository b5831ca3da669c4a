/**
 * BudgetTables: what the budget watch keeps, as far as a batch of events needs it. It is read once before the batch and written once after
 * it, one statement a table.
 *
 *   budget_settings   how a person's time is cut into months        budget_days     what was spent, by calendar month and day
 *   budgets           as set, from each month on or for it alone    budget_status   the thresholds told of, by period
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import * as Budget from "@finance/core/budgets/Budget"
import * as Periods from "@finance/core/budgets/Periods"
import { type Days, SpentDays } from "@finance/core/budgets/SpentDays"
import * as Columns from "@finance/core/database/Columns"

/** `owner/category`. */
export type BudgetKey = string
/** `owner/category/currency`. */
export type SpentKey = string
/** `owner/category/period/currency`. */
export type ToldKey = string

export const keyOf = (...parts: ReadonlyArray<string>): string => parts.join("/")

const firstOf = (month: string) => `${month}-01`

// ---- Periods ----

export const loadPeriods = Effect.fnUntraced(function* (owners: ReadonlyArray<string>) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ owner_id: string; periods: Periods.Periods }>`
    SELECT owner_id, periods FROM budget_settings WHERE owner_id = ANY(${Columns.uuids(owners)})`
  return new Map(rows.map(({ owner_id, periods }) => [owner_id, periods]))
})

const storePeriods = Effect.fnUntraced(function* (changed: ReadonlyMap<string, Periods.Periods>) {
  if (changed.size === 0) return
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    INSERT INTO budget_settings (owner_id, periods)
    SELECT owner_id, periods::jsonb FROM unnest(${Columns.uuids([...changed.keys()])}, ${Columns.jsons([...changed.values()])})
      AS r (owner_id, periods)
    ON CONFLICT (owner_id) DO UPDATE SET periods = excluded.periods`
})

// ---- Budgets ----

interface BudgetRow {
  readonly owner_id: string
  readonly category: string
  readonly month: string
  readonly one_month: boolean
  readonly amount: bigint | null
  readonly currency: string
  readonly rollover: Budget.Rollover
}

export const loadBudgets = Effect.fnUntraced(function* (owners: ReadonlyArray<string>) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<BudgetRow>`
    SELECT owner_id, category, to_char(month, 'YYYY-MM') AS month, one_month, amount, currency, rollover FROM budgets
    WHERE owner_id = ANY(${Columns.uuids(owners)})`
  return new Map(
    [...Map.groupBy(rows, ({ owner_id, category }) => keyOf(owner_id, category))].map(([key, own]) => [key, Budget.of(own)])
  )
})

const layersOf = (key: BudgetKey, { onwards, alone }: Budget.Budget) => {
  const [owner_id, category] = key.split("/") as [string, string]
  const rows = (layer: Budget.Budget["onwards"], one_month: boolean) =>
    [...layer].map(([month, entry]) => ({ owner_id, category, month, one_month, entry }))
  return [...rows(onwards, false), ...rows(alone, true)]
}

/** As a whole: what was set for one month alone goes when something else is set from that month on. */
const storeBudgets = Effect.fnUntraced(function* (changed: ReadonlyMap<BudgetKey, Budget.Budget>) {
  if (changed.size === 0) return
  const sql = yield* SqlClient.SqlClient
  const keys = [...changed.keys()].map((key) => key.split("/") as [string, string])
  const rows = [...changed].flatMap(([key, budget]) => layersOf(key, budget))
  yield* sql`
    DELETE FROM budgets USING unnest(${Columns.uuids(keys.map(([owner]) => owner))}, ${Columns.texts(keys.map(([, category]) => category))})
      AS k (owner_id, category) WHERE budgets.owner_id = k.owner_id AND budgets.category = k.category`
  yield* sql`
    INSERT INTO budgets (owner_id, category, month, one_month, amount, currency, rollover)
    SELECT * FROM unnest(
      ${Columns.uuids(rows.map(({ owner_id }) => owner_id))}, ${Columns.texts(rows.map(({ category }) => category))},
      ${Columns.dates(rows.map(({ month }) => firstOf(month)))}, ${Columns.booleans(rows.map(({ one_month }) => one_month))},
      ${Columns.bigints(rows.map(({ entry }) => entry?.amount ?? null))}, ${Columns.texts(rows.map(({ entry }) => entry?.currency ?? ""))},
      ${Columns.texts(rows.map(({ entry }) => entry?.rollover ?? "none"))})`
})

// ---- What was spent ----

/** Months of a person's category, the first and the last. */
export interface Stretch {
  readonly owner_id: string
  readonly category: string
  readonly from: string
  readonly to: string
}

export const loadSpent = Effect.fnUntraced(function* (stretches: ReadonlyArray<Stretch>) {
  const spent = new Map<SpentKey, SpentDays>()
  if (stretches.length === 0) return spent
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ owner_id: string; category: string; month: string; currency: string; spent: Days }>`
    SELECT d.owner_id, d.category, to_char(d.month, 'YYYY-MM') AS month, d.currency, d.spent
    FROM budget_days d
    JOIN unnest(${Columns.uuids(stretches.map(({ owner_id }) => owner_id))}, ${Columns.texts(stretches.map(({ category }) => category))},
                ${Columns.dates(stretches.map(({ from }) => firstOf(from)))}, ${Columns.dates(stretches.map(({ to }) => firstOf(to)))})
      AS k (owner_id, category, first, last)
      ON d.owner_id = k.owner_id AND d.category = k.category AND d.month BETWEEN k.first AND k.last`
  for (const row of rows) {
    const key = keyOf(row.owner_id, row.category, row.currency)
    const days = spent.get(key) ?? new SpentDays()
    spent.set(key, days)
    days.put(row.month, row.spent)
  }
  return spent
})

/** A calendar month of a category, in a currency. */
export interface SpentMonth {
  readonly key: SpentKey
  readonly month: string
  readonly days: Days
}

const storeSpent = Effect.fnUntraced(function* (months: ReadonlyArray<SpentMonth>) {
  if (months.length === 0) return
  const sql = yield* SqlClient.SqlClient
  const rows = months.map(({ key, ...rest }) => {
    const [owner_id, category, currency] = key.split("/") as [string, string, string]
    return { owner_id, category, currency, ...rest }
  })
  yield* sql`
    INSERT INTO budget_days (owner_id, category, month, currency, spent)
    SELECT owner_id, category, month, currency, spent::bigint[] FROM unnest(
      ${Columns.uuids(rows.map(({ owner_id }) => owner_id))}, ${Columns.texts(rows.map(({ category }) => category))},
      ${Columns.dates(rows.map(({ month }) => firstOf(month)))}, ${Columns.texts(rows.map(({ currency }) => currency))},
      ${Columns.texts(rows.map(({ days }) => `{${days.join()}}`))}
    ) AS r (owner_id, category, month, currency, spent)
    ON CONFLICT (owner_id, category, month, currency) DO UPDATE SET spent = excluded.spent`
})

// ---- What was told ----

/** Of periods from the month on. */
export const loadTold = Effect.fnUntraced(function* (owners: ReadonlyArray<string>, from: string) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ owner_id: string; category: string; month: string; currency: string; told: ReadonlyArray<number> }>`
    SELECT owner_id, category, to_char(month, 'YYYY-MM') AS month, currency, thresholds_reached AS told FROM budget_status
    WHERE owner_id = ANY(${Columns.uuids(owners)}) AND month >= ${firstOf(from)}::date`
  return new Map<ToldKey, ReadonlyArray<number>>(
    rows.map(({ owner_id, category, month, currency, told }) => [keyOf(owner_id, category, month, currency), told])
  )
})

const storeTold = Effect.fnUntraced(function* (changed: ReadonlyMap<ToldKey, ReadonlyArray<number>>) {
  if (changed.size === 0) return
  const sql = yield* SqlClient.SqlClient
  const rows = [...changed].map(([key, told]) => ({ key: key.split("/") as [string, string, string, string], told }))
  yield* sql`
    INSERT INTO budget_status (owner_id, category, month, currency, thresholds_reached)
    SELECT owner_id, category, month, currency, told::integer[] FROM unnest(
      ${Columns.uuids(rows.map(({ key }) => key[0]))}, ${Columns.texts(rows.map(({ key }) => key[1]))},
      ${Columns.dates(rows.map(({ key }) => firstOf(key[2])))}, ${Columns.texts(rows.map(({ key }) => key[3]))},
      ${Columns.texts(rows.map(({ told }) => `{${told.join()}}`))}
    ) AS r (owner_id, category, month, currency, told)
    ON CONFLICT (owner_id, category, month, currency) DO UPDATE SET thresholds_reached = excluded.thresholds_reached`
})

/** What a batch changed. */
export interface Changed {
  readonly periods: ReadonlyMap<string, Periods.Periods>
  readonly budgets: ReadonlyMap<BudgetKey, Budget.Budget>
  readonly spent: ReadonlyArray<SpentMonth>
  readonly told: ReadonlyMap<ToldKey, ReadonlyArray<number>>
}

export const store = Effect.fnUntraced(function* ({ periods, budgets, spent, told }: Changed) {
  yield* storePeriods(periods)
  yield* storeBudgets(budgets)
  yield* storeSpent(spent)
  yield* storeTold(told)
})
