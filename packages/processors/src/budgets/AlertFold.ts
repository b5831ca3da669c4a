/**
 * AlertFold: what people must be told of their budgets, folded in memory from the log alone, for tests to hold the budget watch against. It
 * takes every budget's standing anew after every event, where the watch keeps sums: far too slow for more than a test.
 */
import * as Budget from "@finance/core/budgets/Budget"
import * as Periods from "@finance/core/budgets/Periods"
import type { RecordedEvent } from "@finance/core/event-store/EventStore"
import { addMonths, dayIn } from "@finance/core/ledger/Day"
import * as Transaction from "@finance/core/ledger/Transaction"

interface Known {
  readonly owner_id: string
  readonly state: Transaction.Transaction
}

interface Fold {
  readonly transactions: ReadonlyMap<string, Known>
  readonly budgets: ReadonlyMap<string, Budget.Budget>
  readonly periods: ReadonlyMap<string, Periods.Periods>
  readonly told: ReadonlyMap<string, ReadonlyArray<number>>
  readonly alerts: ReadonlyArray<string>
}

const standing = ({ transactions }: Fold) => [...transactions.values()].filter(({ state }) => !state.deleted)

const calendarOf = ({ periods }: Fold, owner_id: string) => new Periods.Calendar(periods.get(owner_id) ?? Periods.calendarMonths)

/** A budget and what there is of it in the month, from the first month that rolls over into it on. */
const standOf = (fold: Fold, budget: string, month: string): Stand | null => {
  const entry = Budget.entryIn(fold.budgets.get(budget) ?? Budget.noBudget, month)
  if (entry === null) return null
  const [owner_id, category] = budget.split("/") as [string, string]
  const { from, to } = calendarOf(fold, owner_id).period(month)
  const spent = standing(fold)
    .filter(
      ({ owner_id: owner, state }) => owner === owner_id && state.category === category && state.currency === entry.currency
    )
    .filter(({ state: { day } }) => day >= from && day <= to)
    .reduce((sum, { state }) => sum - state.amount, 0n)
  return { entry, spent, carried: carriedInto(fold, budget, month, entry) }
}

const carriedInto = (fold: Fold, budget: string, month: string, entry: NonNullable<Budget.Entry>): bigint => {
  if (entry.rollover === "none") return 0n
  const before = standOf(fold, budget, addMonths(month, -1))
  if (before === null || before.entry.currency !== entry.currency) return 0n
  const left = before.entry.amount + before.carried - before.spent
  const kinds = ["both", left > 0n ? "surplus" : "deficit"]
  return kinds.includes(before.entry.rollover) && kinds.includes(entry.rollover) ? left : 0n
}

interface Stand {
  readonly entry: NonNullable<Budget.Entry>
  readonly spent: bigint
  readonly carried: bigint
}

const levelOf = (stand: Stand | null): number =>
  stand === null || stand.spent <= 0n
    ? 0
    : ([100, 90, 80].find((level) => stand.spent * 100n >= (stand.entry.amount + stand.carried) * BigInt(level)) ?? 0)

/** What the person is told of when one thing becomes another: in the period that it was recorded in, the one before and the one after. */
const judge = (before: Fold, after: Fold, { owner_id, recorded_at }: RecordedEvent): Fold => {
  const told = new Map(after.told)
  const alerts = [...after.alerts]
  const now = calendarOf(after, owner_id).monthOf(dayIn(recorded_at))
  for (const budget of after.budgets.keys()) {
    if (!budget.startsWith(owner_id)) continue
    for (const month of [addMonths(now, -1), now, addMonths(now, 1)]) {
      const stand = standOf(after, budget, month)
      const level = levelOf(stand)
      const key = `${budget}/${month}/${stand?.entry.currency}`
      if (level <= levelOf(standOf(before, budget, month)) || told.get(key)?.includes(level) === true) continue
      told.set(
        key,
        [80, 90, 100].filter((other) => other <= level)
      )
      alerts.push(`${key} at ${level}: ${stand!.spent} of ${stand!.entry.amount} and ${stand!.carried}`)
    }
  }
  return { ...after, told, alerts }
}

const step = (fold: Fold, recorded: RecordedEvent): Fold => judge(fold, become(fold, recorded), recorded)

const become = (fold: Fold, { event, owner_id, stream_id }: RecordedEvent): Fold => {
  if (event.type === "BudgetSet" || event.type === "BudgetRemoved") {
    const name = `${owner_id}/${event.category}`
    const budget = Budget.evolve(fold.budgets.get(name) ?? Budget.noBudget, event)
    return { ...fold, budgets: new Map(fold.budgets).set(name, budget) }
  }
  if (event.type === "BudgetPeriodsSet") {
    const periods = Periods.evolve(fold.periods.get(owner_id) ?? Periods.calendarMonths, event)
    return { ...fold, periods: new Map(fold.periods).set(owner_id, periods) }
  }
  if (!Transaction.isTransactionEvent(event)) return fold
  const state = Transaction.evolve(fold.transactions.get(stream_id)?.state ?? null, event)
  return { ...fold, transactions: new Map(fold.transactions).set(stream_id, { owner_id, state }) }
}

const nothing: Fold = {
  transactions: new Map(),
  budgets: new Map(),
  periods: new Map(),
  told: new Map(),
  alerts: []
}

/** A line for each alert, in no order that means anything. */
export const alertsOf = (log: ReadonlyArray<RecordedEvent>): ReadonlyArray<string> => log.reduce(step, nothing).alerts.toSorted()
