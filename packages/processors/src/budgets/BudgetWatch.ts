/**
 * Budget watch: follows what each person spends in each category and month, event by event in the order of the log, and tells when a
 * budget reaches 80, 90 or 100 per cent (the rules are `Budget.toTell`). Money that comes back into a category is taken off again.
 *
 * It keeps `budgets` (as set) and `budget_status` (spent, and what has been told), which nobody else writes.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import * as Budget from "@finance/core/budgets/Budget"
import * as Changes from "@finance/core/changes/Changes"
import * as Columns from "@finance/core/database/Columns"
import { Signals } from "@finance/core/database/Signals"
import { type AppendError, type Append, EventStore, type RecordedEvent } from "@finance/core/event-store/EventStore"
import type { LedgerEvent } from "@finance/core/event-store/LedgerEvent"
import { Vault } from "@finance/core/event-store/Vault"
import { type Category, categories } from "@finance/core/ledger/Category"
import { monthOf } from "@finance/core/ledger/Day"
import { newId } from "@finance/core/ledger/Id"
import { arePending } from "../categorization/Pending.ts"
import type { Program } from "../Processor.ts"

/** One person's category in one month. */
interface Standing {
  readonly owner_id: string
  readonly category: Category
  readonly month: string
  readonly currency: string
  spent: bigint
  told: ReadonlyArray<number>
  changed: boolean
}

interface Spending {
  readonly category: string
  readonly day: string
  readonly currency: string
  /** Positive for money out. */
  readonly spent: bigint
}

/** What the event takes from one category and month and adds to another. */
const spendingOf = (event: LedgerEvent): ReadonlyArray<Spending> => {
  switch (event.type) {
    case "TransactionCategorized":
      return moved(event, event.old_category, event.category)
    case "TransactionCategoryOverridden":
      return moved(event, event.old_category, event.new_category)
    case "TransactionDeleted":
      return [{ ...event, spent: event.amount }]
    case "TransactionRestored":
      return [{ ...event, spent: -event.amount }]
    case "TransactionUpdated": {
      const { occurred_at } = event.changes
      // Within a month nothing changes, and a step down and up again would tell of what was told, or should have been, before.
      if (occurred_at === undefined || monthOf(occurred_at.from_day) === monthOf(occurred_at.to_day)) return []
      return [
        { ...event, day: occurred_at.from_day, spent: event.amount },
        { ...event, day: occurred_at.to_day, spent: -event.amount }
      ]
    }
    default:
      return []
  }
}

const moved = (
  { amount, day, currency }: { readonly amount: bigint; readonly day: string; readonly currency: string },
  from: string,
  to: string
): ReadonlyArray<Spending> =>
  from === to
    ? []
    : [
        { category: from, day, currency, spent: amount },
        { category: to, day, currency, spent: -amount }
      ]

const isBudgeted = (category: string): category is Category =>
  category !== "income" && category !== "transfer" && (categories as ReadonlyArray<string>).includes(category)

/** The budgets of the people in the batch, by `owner/category`. */
const loadBudgets = Effect.fnUntraced(function* (owners: ReadonlyArray<string>) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ owner_id: string; category: string; month: string; amount: bigint | null; currency: string }>`
    SELECT owner_id, category, to_char(month, 'YYYY-MM') AS month, amount, currency FROM budgets
    WHERE owner_id = ANY(${Columns.uuids(owners)}) ORDER BY month`
  const budgets = new Map<string, Budget.Budget>()
  for (const { owner_id, category, month, amount, currency } of rows) {
    const key = `${owner_id}/${category}`
    const known = budgets.get(key) ?? Budget.noBudget
    const amounts = new Map(known.amounts).set(month, amount)
    // The end of a budget names no currency; the months before it stay in theirs.
    budgets.set(key, { amounts, currency: amount === null ? known.currency : currency })
  }
  return budgets
})

const keyOf = (owner_id: string, category: string, month: string, currency: string) =>
  `${owner_id}/${category}/${month}/${currency}`

const loadStandings = Effect.fnUntraced(function* (keys: ReadonlyMap<string, Omit<Standing, "spent" | "told" | "changed">>) {
  const sql = yield* SqlClient.SqlClient
  const wanted = [...keys.values()]
  const rows = yield* sql<{
    owner_id: string
    category: string
    month: string
    currency: string
    spent: bigint
    told: ReadonlyArray<number>
  }>`
    SELECT s.owner_id, s.category, to_char(s.month, 'YYYY-MM') AS month, s.currency, s.spent, s.thresholds_reached AS told
    FROM budget_status s
    JOIN unnest(${Columns.uuids(wanted.map(({ owner_id }) => owner_id))}, ${Columns.texts(wanted.map(({ category }) => category))},
                ${Columns.dates(wanted.map(({ month }) => `${month}-01`))}, ${Columns.texts(wanted.map(({ currency }) => currency))})
      AS k (owner_id, category, month, currency) USING (owner_id, category, month, currency)`
  const standings = new Map<string, Standing>()
  for (const [key, standing] of keys) standings.set(key, { ...standing, spent: 0n, told: [], changed: false })
  for (const row of rows) {
    const standing = standings.get(keyOf(row.owner_id, row.category, row.month, row.currency))
    if (standing !== undefined) Object.assign(standing, { spent: row.spent, told: row.told })
  }
  return standings
})

const store = Effect.fnUntraced(function* (standings: Iterable<Standing>) {
  const rows = [...standings].filter(({ changed }) => changed)
  if (rows.length === 0) return
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    INSERT INTO budget_status (owner_id, category, month, currency, spent, thresholds_reached)
    SELECT owner_id, category, month, currency, spent, translate(told, '[]', '{}')::integer[] FROM unnest(
      ${Columns.uuids(rows.map(({ owner_id }) => owner_id))}, ${Columns.texts(rows.map(({ category }) => category))},
      ${Columns.dates(rows.map(({ month }) => `${month}-01`))}, ${Columns.texts(rows.map(({ currency }) => currency))},
      ${Columns.bigints(rows.map(({ spent }) => spent))}, ${Columns.jsons(rows.map(({ told }) => told))}
    ) AS r (owner_id, category, month, currency, spent, told)
    ON CONFLICT (owner_id, category, month, currency) DO UPDATE SET spent = excluded.spent, thresholds_reached = excluded.thresholds_reached`
})

const setBudget = Effect.fnUntraced(function* (owner_id: string, event: Budget.BudgetSet | Budget.BudgetRemoved) {
  const sql = yield* SqlClient.SqlClient
  const [amount, currency] = event.type === "BudgetSet" ? [event.budget_amount, event.currency] : [null, ""]
  yield* sql`
    INSERT INTO budgets (owner_id, category, month, amount, currency)
    VALUES (${owner_id}, ${event.category}, ${`${event.month}-01`}::date, ${amount}::bigint, ${currency})
    ON CONFLICT (owner_id, category, month) DO UPDATE SET amount = excluded.amount, currency = excluded.currency`
})

/** The alert that this standing calls for now, if any; marks it as told. */
const alertOf = (standing: Standing, budget: Budget.Budget = Budget.noBudget): Budget.BudgetExceeded | null => {
  if (budget.currency !== standing.currency) return null
  const amount = Budget.amountIn(budget, standing.month)
  const threshold = amount === null ? null : Budget.toTell(standing.spent, amount, standing.told)
  if (amount === null || threshold === null) return null
  standing.told = Budget.thresholds.filter((reached) => reached <= threshold)
  standing.changed = true
  return {
    type: "BudgetExceeded",
    alert_id: newId(),
    category: standing.category,
    budget_amount: amount,
    current_spent: standing.spent,
    currency: standing.currency,
    threshold_percentage: threshold,
    period: standing.month
  }
}

const handle = Effect.fnUntraced(function* (events: ReadonlyArray<RecordedEvent>) {
  const eventStore = yield* EventStore
  const vault = yield* Vault
  const budgets = yield* loadBudgets([...new Set(events.map(({ owner_id }) => owner_id))])

  const keys = new Map<string, Omit<Standing, "spent" | "told" | "changed">>()
  const want = (owner_id: string, category: string, month: string, currency: string) => {
    if (isBudgeted(category)) keys.set(keyOf(owner_id, category, month, currency), { owner_id, category, month, currency })
  }
  for (const { owner_id, event } of events) {
    for (const { category, day, currency } of spendingOf(event)) want(owner_id, category, monthOf(day), currency)
    if (event.type === "BudgetSet") want(owner_id, event.category, event.month, event.currency)
  }
  const standings = yield* loadStandings(keys)

  const alerts: Array<Append> = []
  const judge = Effect.fnUntraced(function* (standing: Standing) {
    const alert = alertOf(standing, budgets.get(`${standing.owner_id}/${standing.category}`))
    if (alert === null) return
    const key = yield* vault.keyOf(standing.owner_id)
    alerts.push({
      stream_id: key.streamIdOf(`budget/${standing.category}`),
      stream_type: "budget",
      owner_id: standing.owner_id,
      expected: "any",
      metadata: { actor: "budgets" },
      events: [alert]
    })
  })

  for (const { owner_id, event } of events) {
    if (event.type === "BudgetSet" || event.type === "BudgetRemoved") {
      yield* setBudget(owner_id, event)
      const name = `${owner_id}/${event.category}`
      const budget = Budget.evolve(budgets.get(name) ?? Budget.noBudget, event)
      budgets.set(name, budget)
      const standing = standings.get(keyOf(owner_id, event.category, event.month, budget.currency ?? ""))
      if (standing !== undefined) yield* judge(standing)
    }
    for (const { category, day, currency, spent } of spendingOf(event)) {
      const standing = standings.get(keyOf(owner_id, category, monthOf(day), currency))
      if (standing === undefined) continue
      standing.spent += spent
      standing.changed = true
      yield* judge(standing)
    }
  }

  yield* store(standings.values())
  yield* Changes.record(changesOf(events, standings.values()))
  yield* eventStore.append(alerts)
})

const changesOf = (events: ReadonlyArray<RecordedEvent>, standings: Iterable<Standing>): ReadonlyArray<Changes.Change> => {
  const months = new Map<string, Set<string>>()
  const touch = (owner_id: string, month: string) => months.set(owner_id, (months.get(owner_id) ?? new Set()).add(month))
  for (const { owner_id, month, changed } of standings) if (changed) touch(owner_id, month)
  for (const { owner_id, event } of events) {
    if (event.type === "BudgetSet" || event.type === "BudgetRemoved") touch(owner_id, event.month)
  }
  return [...months].map(([owner_id, touched]) => ({ owner_id, kind: "budgets", subject: { months: [...touched].toSorted() } }))
}

export const budgetWatch: Program<AppendError, EventStore | Vault | SqlClient.SqlClient | Signals> = {
  name: "budgets",
  version: 1,
  appends: true,
  expectsMore: arePending,
  types: new Set([
    "TransactionCategorized",
    "TransactionCategoryOverridden",
    "TransactionUpdated",
    "TransactionDeleted",
    "TransactionRestored",
    "BudgetSet",
    "BudgetRemoved"
  ]),
  handle
}
