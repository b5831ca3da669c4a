/**
 * Budget watch: follows what each person spends in each category and period, event by event in the order of the log, and tells when a
 * budget reaches 80, 90 or 100 per cent (the rules are `Standing`'s). Money that comes back into a category is taken off again.
 *
 * It keeps `budgets` (as set), `budget_settings`, `budget_days` (spent) and `budget_status` (told), which nobody else writes. It reads its
 * own alerts too, so that a rebuild finds in the log what was told.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as Budget from "@finance/core/budgets/Budget"
import * as Changes from "@finance/core/changes/Changes"
import { Signals } from "@finance/core/database/Signals"
import { type AppendError, type Append, EventStore, type RecordedEvent } from "@finance/core/event-store/EventStore"
import type { LedgerEvent } from "@finance/core/event-store/LedgerEvent"
import { Vault } from "@finance/core/event-store/Vault"
import { type Category, categories } from "@finance/core/ledger/Category"
import { addMonths, dayIn, monthOf } from "@finance/core/ledger/Day"
import { arePending } from "../categorization/Pending.ts"
import type { Program } from "../Processor.ts"
import type { Rebuildable } from "../Rebuild.ts"
import { BudgetBook, type Spending } from "./BudgetBook.ts"
import * as BudgetTables from "./BudgetTables.ts"
import { type BudgetKey, keyOf, type Stretch } from "./BudgetTables.ts"

/** What the event takes from one category and day and adds to another. */
const spendingOf = (event: LedgerEvent): ReadonlyArray<Spending> => {
  switch (event.type) {
    case "TransactionCategorized":
    case "TransferLinked":
    case "TransferUnlinked":
      return moved(event, event.old_category, event.category)
    case "TransactionCategoryOverridden":
      return moved(event, event.old_category, event.new_category)
    case "TransactionDeleted":
      return [{ ...event, spent: event.amount }]
    case "TransactionRestored":
      return [{ ...event, spent: -event.amount }]
    case "TransactionUpdated": {
      const { occurred_at } = event.changes
      if (occurred_at === undefined || occurred_at.from_day === occurred_at.to_day) return []
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

/** Further back than any period that an event may be told of begins. */
const horizonMonths = 4
/** Further back than a period begins before the month of its name. */
const periodMonths = 2
const farthest = "9999-12"

/** The first month of each budget that rolls over, as it was set before the batch or is in it; none where nothing does. */
const firstRollovers = (budgets: ReadonlyMap<BudgetKey, Budget.Budget>, events: ReadonlyArray<RecordedEvent>) => {
  const firsts = new Map<BudgetKey, string | undefined>()
  const roll = (key: BudgetKey, month: string, entry: Pick<Budget.BudgetSet, "rollover"> | null) => {
    const known = firsts.get(key)
    const isFirst = entry !== null && entry.rollover !== "none" && (known === undefined || month < known)
    firsts.set(key, isFirst ? month : known)
  }
  for (const [key, { onwards, alone }] of budgets) for (const [month, entry] of [...onwards, ...alone]) roll(key, month, entry)
  for (const { owner_id, event } of events) {
    if (event.type === "BudgetSet") roll(keyOf(owner_id, event.category), event.month, event)
  }
  return firsts
}

/** The months of each category that the batch may add to or judge. */
const stretchesOf = (
  events: ReadonlyArray<RecordedEvent>,
  moves: ReadonlyArray<ReadonlyArray<Spending>>,
  budgets: ReadonlyMap<BudgetKey, Budget.Budget>,
  horizon: string
): ReadonlyArray<Stretch> => {
  const firsts = firstRollovers(budgets, events)
  const added = new Map<string, Stretch>()
  const judged = new Set<BudgetKey>()
  events.forEach(({ owner_id, event }, index) => {
    for (const { category, day } of moves[index]!) {
      const month = monthOf(day)
      added.set(keyOf(owner_id, category, month), { owner_id, category, from: month, to: month })
      judged.add(keyOf(owner_id, category))
    }
    if (event.type === "BudgetSet" || event.type === "BudgetRemoved") judged.add(keyOf(owner_id, event.category))
    if (event.type === "BudgetPeriodsSet") {
      for (const key of firsts.keys()) if (key.startsWith(`${owner_id}/`)) judged.add(key)
    }
  })
  const whole = [...judged].flatMap((key): ReadonlyArray<Stretch> => {
    if (!firsts.has(key)) return []
    const [owner_id, category] = key.split("/") as [string, string]
    const first = firsts.get(key)
    const rolling = first === undefined ? horizon : addMonths(first, -periodMonths)
    return [{ owner_id, category, from: rolling < horizon ? rolling : horizon, to: farthest }]
  })
  return [...added.values(), ...whole]
}

/** Carries the tables on with the events; answers with what to tell of it, and what changed for who watches. */
const follow = Effect.fnUntraced(function* (events: ReadonlyArray<RecordedEvent>) {
  const owners = [...new Set(events.map(({ owner_id }) => owner_id))]
  const moves = events.map(({ event }) => spendingOf(event).filter(({ category }) => isBudgeted(category)))
  const recorded = events.reduce((first, { recorded_at }) => (recorded_at < first ? recorded_at : first), events[0]!.recorded_at)
  const horizon = addMonths(monthOf(dayIn(recorded)), -horizonMonths)
  const told = events.flatMap(({ event }) => (event.type === "BudgetExceeded" ? [event.period] : []))
  const budgets = yield* BudgetTables.loadBudgets(owners)
  const book = new BudgetBook({
    periods: yield* BudgetTables.loadPeriods(owners),
    budgets,
    spent: yield* BudgetTables.loadSpent(stretchesOf(events, moves, budgets, horizon)),
    told: yield* BudgetTables.loadTold(owners, [horizon, ...told].toSorted()[0]!)
  })
  events.forEach((event, index) => book.take(event, moves[index]!))
  yield* BudgetTables.store(book.changed)
  const changes = [...book.touched].map(([owner_id, months]): Changes.Change => ({
    owner_id,
    kind: "budgets",
    subject: { months: [...months].toSorted() }
  }))
  return { alerts: book.alerts, changes }
})

const handle = Effect.fnUntraced(function* (events: ReadonlyArray<RecordedEvent>) {
  const eventStore = yield* EventStore
  const vault = yield* Vault
  const { alerts, changes } = yield* follow(events)
  yield* Changes.record(changes)
  const appends = yield* Effect.forEach(alerts, ({ owner_id, event }) =>
    Effect.map(vault.keyOf(owner_id), (key): Append => ({
      stream_id: key.streamIdOf(`budget/${event.category}`),
      stream_type: "budget",
      owner_id,
      expected: "any",
      metadata: { actor: "budgets" },
      events: [event]
    }))
  )
  yield* eventStore.append(appends)
})

export const budgetWatch: Program<AppendError, EventStore | Vault | SqlClient.SqlClient | Signals> = {
  name: "budgets",
  version: 2,
  appends: true,
  expectsMore: arePending,
  types: new Set([
    "TransactionCategorized",
    "TransactionCategoryOverridden",
    "TransactionUpdated",
    "TransactionDeleted",
    "TransactionRestored",
    "TransferLinked",
    "TransferUnlinked",
    "BudgetSet",
    "BudgetRemoved",
    "BudgetPeriodsSet",
    "BudgetExceeded"
  ]),
  handle
}

/** Nobody is told anything by a rebuild: what the events of the log were told of is told, and what the program has yet to handle it tells of. */
export const rebuiltBudgets: Rebuildable<SqlError, SqlClient.SqlClient> = {
  name: budgetWatch.name,
  types: budgetWatch.types,
  appends: true,
  tables: { budgets: "keyed", budget_settings: "keyed", budget_days: "keyed", budget_status: "keyed" },
  fill: follow,
  settle: Effect.void,
  follow: (events) => Effect.map(follow(events), ({ changes }) => changes)
}
