/**
 * LedgerFold: what the read models must say, folded in memory from the log alone, for tests to hold them against. It keeps the state of
 * each transaction and sums anew after every event, where the programs keep sums from each event's from and to.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import * as Budget from "@finance/core/budgets/Budget"
import type { RecordedEvent } from "@finance/core/event-store/EventStore"
import { monthOf } from "@finance/core/ledger/Day"
import * as Transaction from "@finance/core/ledger/Transaction"
import type { TransactionEvent } from "@finance/core/ledger/Transaction"

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

/** Spent by `owner/category/month/currency`, money that came back taken off. */
const spending = (fold: Fold) =>
  sumsBy(
    standing(fold),
    ({ owner_id, state: { category, day, currency } }) =>
      ["income", "transfer", "uncategorized"].includes(category) ? null : `${owner_id}/${category}/${monthOf(day)}/${currency}`,
    ({ state }) => -state.amount
  )

const isTransaction = (event: RecordedEvent["event"]): event is TransactionEvent => event.type.startsWith("Transaction")

const judge = (fold: Fold, keys: Iterable<string>): Fold => {
  const told = new Map(fold.told)
  const alerts = [...fold.alerts]
  const spent = spending(fold)
  for (const key of keys) {
    const [owner_id, category, month, currency] = key.split("/") as [string, string, string, string]
    const set = fold.budgets.get(`${owner_id}/${category}`)
    const amount = set === undefined || set.currency !== currency ? null : Budget.amountIn(set, month)
    const threshold = amount === null ? null : Budget.toTell(spent.get(key) ?? 0n, amount, told.get(key) ?? [])
    if (threshold === null) continue
    told.set(
      key,
      Budget.thresholds.filter((reached) => reached <= threshold)
    )
    alerts.push(`${key} at ${threshold}: ${spent.get(key)} of ${amount}`)
  }
  return { ...fold, told, alerts }
}

const changedBetween = (before: ReadonlyMap<string, bigint>, after: ReadonlyMap<string, bigint>) =>
  [...new Set([...before.keys(), ...after.keys()])].filter((key) => (before.get(key) ?? 0n) !== (after.get(key) ?? 0n)).toSorted()

const step = (fold: Fold, { event, owner_id, stream_id, version }: RecordedEvent): Fold => {
  if (event.type === "AccountOpened") {
    return { ...fold, opened: new Map(fold.opened).set(event.account_id, event.opening_balance) }
  }
  if (event.type === "BudgetSet" || event.type === "BudgetRemoved") {
    const name = `${owner_id}/${event.category}`
    const budget = Budget.evolve(fold.budgets.get(name) ?? Budget.noBudget, event)
    return judge({ ...fold, budgets: new Map(fold.budgets).set(name, budget) }, [`${name}/${event.month}/${budget.currency}`])
  }
  if (!isTransaction(event)) return fold
  const known = fold.transactions.get(stream_id)
  const next: Known = {
    owner_id,
    version,
    state: Transaction.evolve(known?.state ?? null, event),
    alternatives: event.type === "TransactionCategorized" ? event.alternatives : (known?.alternatives ?? [])
  }
  const after = { ...fold, transactions: new Map(fold.transactions).set(stream_id, next) }
  return judge(after, changedBetween(spending(fold), spending(after)))
}

const nothing: Fold = { opened: new Map(), transactions: new Map(), budgets: new Map(), told: new Map(), alerts: [] }

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
          const { id: _, ...fields } = state
          return [id, { ...fields, version, alternatives }]
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
      booking_date::text AS day, notes, tags, deleted, version, alternatives FROM transactions ORDER BY id`
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
    spent: amounts(yield* sql<Amount>`SELECT ${standing} AS key, spent AS amount FROM budget_status WHERE spent <> 0 ORDER BY 1`),
    told: Object.fromEntries(told.map(({ key, told }) => [key, told]))
  }
})
