/**
 * LedgerFold: what the read models must say, folded in memory from the log alone, for tests to hold them against. It keeps the state of
 * each transaction and sums anew after every event, where the programs keep sums from each event's from and to.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import * as Budget from "@finance/core/budgets/Budget"
import * as Periods from "@finance/core/budgets/Periods"
import type { RecordedEvent } from "@finance/core/event-store/EventStore"
import { addMonths, dayIn } from "@finance/core/ledger/Day"
import * as Transaction from "@finance/core/ledger/Transaction"

interface Known {
  readonly owner_id: string
  readonly version: number
  readonly state: Transaction.Transaction
  readonly alternatives: ReadonlyArray<Transaction.Alternative>
}

interface Fold {
  readonly opened: ReadonlyMap<string, bigint>
  readonly transactions: ReadonlyMap<string, Known>
  readonly budgets: ReadonlyMap<string, Budget.Budget>
  readonly periods: ReadonlyMap<string, Periods.Periods>
  readonly told: ReadonlyMap<string, ReadonlyArray<number>>
  readonly alerts: ReadonlyArray<string>
}

/** Sums of amounts by whatever the key names. */
const sumsBy = <A>(items: Iterable<A>, keyOf: (item: A) => string | null, amountOf: (item: A) => bigint) => {
  const sums = new Map<string, bigint>()
  for (const item of items) {
    const key = keyOf(item)
    if (key !== null) sums.set(key, (sums.get(key) ?? 0n) + amountOf(item))
  }
  return sums
}

const sorted = <A>(map: ReadonlyMap<string, A>) =>
  Object.fromEntries([...map].toSorted(([one], [other]) => (one < other ? -1 : 1)))

const standing = ({ transactions }: Fold) => [...transactions.values()].filter(({ state }) => !state.deleted)

/** Spent by `owner/category/day/currency`, money that came back taken off. */
const spending = (fold: Fold) =>
  sumsBy(
    standing(fold),
    ({ owner_id, state: { category, day, currency } }) =>
      ["income", "transfer", "uncategorized"].includes(category) ? null : `${owner_id}/${category}/${day}/${currency}`,
    ({ state }) => -state.amount
  )

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

const become = (fold: Fold, { event, owner_id, stream_id, version }: RecordedEvent): Fold => {
  if (event.type === "AccountOpened") {
    return { ...fold, opened: new Map(fold.opened).set(event.account_id, event.opening_balance) }
  }
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
  const known = fold.transactions.get(stream_id)
  const next: Known = {
    owner_id,
    version,
    state: Transaction.evolve(known?.state ?? null, event),
    alternatives: event.type === "TransactionCategorized" ? event.alternatives : (known?.alternatives ?? [])
  }
  return { ...fold, transactions: new Map(fold.transactions).set(stream_id, next) }
}

const nothing: Fold = {
  opened: new Map(),
  transactions: new Map(),
  budgets: new Map(),
  periods: new Map(),
  told: new Map(),
  alerts: []
}

/** What each read model holds after these events, in the shape that a test reads it in. */
export const foldOf = (log: ReadonlyArray<RecordedEvent>) => {
  const fold = log.reduce(step, nothing)
  const balances = new Map(fold.opened)
  for (const { state } of standing(fold)) balances.set(state.account_id, balances.get(state.account_id)! + state.amount)
  const placeOf = ({ owner_id, state }: Known) =>
    `${owner_id}/${state.day}/${state.category}/${state.currency}/${state.merchant_name ?? ""}`
  const spent = [...spending(fold)].filter(([, amount]) => amount !== 0n)
  return {
    transactions: sorted(
      new Map(
        [...fold.transactions].map(([id, { state, version, alternatives }]) => {
          const { id: _, transfer, apart_from: __, confidence, ...fields } = state
          const stored = { confidence: Math.fround(confidence), transfer_id: transfer?.id ?? null }
          return [id, { ...fields, ...stored, version, alternatives }]
        })
      )
    ),
    balances: sorted(balances),
    books: sorted(
      new Map(
        [
          ...sumsBy(
            standing(fold),
            ({ state }) => `${state.account_id}/${state.day}`,
            ({ state }) => state.amount
          )
        ].filter(([, amount]) => amount !== 0n)
      )
    ),
    days: sorted(sumsBy(standing(fold), placeOf, ({ state }) => state.amount)),
    counts: sorted(sumsBy(standing(fold), placeOf, () => 1n)),
    spent: sorted(new Map(spent)),
    told: sorted(fold.told),
    alerts: fold.alerts.toSorted()
  }
}

const textMap = <A>(rows: ReadonlyArray<{ readonly key: string } & A>) =>
  Object.fromEntries(rows.map(({ key, ...rest }) => [key, rest]))

interface Amount {
  readonly key: string
  readonly amount: bigint
}

const amounts = (rows: ReadonlyArray<Amount>) => Object.fromEntries(rows.map(({ key, amount }) => [key, amount]))

/** The read models of everybody in the database, in the shape of `foldOf`. */
export const readModels = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const place = sql.literal("concat_ws('/', owner_id, day, category, currency, merchant_name)")
  const standing = sql.literal("concat_ws('/', owner_id, category, to_char(month, 'YYYY-MM'), currency)")
  const told = yield* sql<{ key: string; told: ReadonlyArray<number> }>`
    SELECT ${standing} AS key, thresholds_reached AS told FROM budget_status WHERE thresholds_reached <> '{}' ORDER BY 1`
  const transactions = yield* sql<{ key: string; occurred_at: Date; version: bigint }>`
    SELECT id AS key, account_id, amount, currency, description, merchant_name, category, category_source, occurred_at,
      category_confidence AS confidence, category_explanation AS explanation, transfer_id, booking_date::text AS day, notes, tags, deleted,
      version, alternatives FROM transactions ORDER BY id`
  return {
    transactions: textMap(
      transactions.map((row) => ({ ...row, occurred_at: row.occurred_at.toISOString(), version: Number(row.version) }))
    ),
    balances: amounts(yield* sql<Amount>`SELECT id AS key, current_balance AS amount FROM account_projections ORDER BY id`),
    books: amounts(
      yield* sql<Amount>`SELECT account_id || '/' || booked_on AS key, sum(balance_change)::bigint AS amount FROM transaction_events
                 GROUP BY 1 HAVING sum(balance_change) <> 0 ORDER BY 1`
    ),
    days: amounts(yield* sql<Amount>`SELECT ${place} AS key, total_amount AS amount FROM daily_aggregates ORDER BY 1`),
    counts: amounts(yield* sql<Amount>`SELECT ${place} AS key, transaction_count AS amount FROM daily_aggregates ORDER BY 1`),
    spent: amounts(
      yield* sql<Amount>`
        SELECT concat_ws('/', owner_id, category, month + day::integer - 1, currency) AS key, s.spent AS amount
        FROM budget_days d, unnest(d.spent) WITH ORDINALITY AS s (spent, day) WHERE s.spent <> 0 ORDER BY 1`
    ),
    told: Object.fromEntries(told.map(({ key, told }) => [key, told]))
  }
})
