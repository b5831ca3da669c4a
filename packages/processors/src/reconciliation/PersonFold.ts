/**
 * PersonFold: what every read model must hold of one person, folded from their events alone. It takes each transaction, account and budget
 * to where it stands at the end and sums up once, where the programs keep sums from each event's from and to: none of their code is here.
 */
import * as Budget from "@finance/core/budgets/Budget"
import * as Periods from "@finance/core/budgets/Periods"
import { toldBy, type Threshold } from "@finance/core/budgets/Standing"
import { reviewBelow } from "@finance/core/categorizer/Categorizer"
import type { RecordedEvent } from "@finance/core/event-store/EventStore"
import type { LedgerEvent } from "@finance/core/event-store/LedgerEvent"
import * as Transaction from "@finance/core/ledger/Transaction"
import type { TransactionCreated, TransactionEvent } from "@finance/core/ledger/Transaction"
import { type Row, type Rows, textOf } from "./Rows.ts"

/** What each read model must hold, by its name. */
export type Models = Readonly<Record<string, Rows>>

type Of<Type extends LedgerEvent["type"]> = RecordedEvent & { readonly event: Extract<LedgerEvent, { readonly type: Type }> }

const only = <Type extends LedgerEvent["type"]>(events: ReadonlyArray<RecordedEvent>, ...types: ReadonlyArray<Type>) =>
  events.filter((recorded): recorded is Of<Type> => types.some((type) => type === recorded.event.type))

const rowsBy = <A>(items: Iterable<A>, keyOf: (item: A) => string, rowOf: (item: A) => Row): Rows =>
  new Map([...items].map((item) => [keyOf(item), rowOf(item)]))

// ---- Transactions ----

interface Known {
  readonly id: string
  readonly version: number
  readonly created: TransactionCreated
  readonly created_at: Date
  readonly state: Transaction.Transaction
  readonly alternatives: ReadonlyArray<Transaction.Alternative>
}

/** What the event adds to the account's books, day by day: what counted before goes, what counts now comes. */
const entriesOf = (before: Transaction.Transaction | null, after: Transaction.Transaction, event: TransactionEvent) => {
  const counts = (state: Transaction.Transaction | null) => (state === null || state.deleted ? 0n : state.amount)
  const isMoved = event.type === "TransactionUpdated" && event.changes.occurred_at !== undefined
  return isMoved && before !== null
    ? [
        { day: before.day, change: -counts(before) },
        { day: after.day, change: counts(after) }
      ]
    : [{ day: after.day, change: counts(after) - counts(before) }]
}

const isTransaction = (recorded: RecordedEvent): recorded is RecordedEvent & { readonly event: TransactionEvent } =>
  Transaction.isTransactionEvent(recorded.event)

const transactionsOf = (events: ReadonlyArray<RecordedEvent>) => {
  const known = new Map<string, Known>()
  const books = new Map<string, Row>()
  for (const { stream_id: id, version, position, recorded_at, event } of events.filter(isTransaction)) {
    const before = known.get(id)
    const state = Transaction.evolve(before?.state ?? null, event)
    const begun = event.type === "TransactionCreated" ? { created: event, created_at: recorded_at } : before
    if (begun === undefined) continue
    const { created, created_at } = begun
    const alternatives = event.type === "TransactionCategorized" ? event.alternatives : (before?.alternatives ?? [])
    known.set(id, { id, version, created, created_at, state, alternatives })
    entriesOf(before?.state ?? null, state, event).forEach(({ day, change }, entry) => {
      const row = {
        account_id: state.account_id,
        position,
        type: event.type,
        booked_on: day,
        balance_change: change,
        recorded_at
      }
      books.set(`${id}/${version}/${entry}`, row)
    })
  }
  return { known: [...known.values()], books }
}

const transactionRow = ({ version, created, created_at, state, alternatives }: Known): Row => ({
  account_id: state.account_id,
  amount: state.amount,
  currency: state.currency,
  description: state.description,
  merchant_name: state.merchant_name,
  category: state.category,
  category_source: state.category_source,
  category_confidence: Math.fround(state.confidence),
  category_explanation: state.explanation,
  alternatives,
  needs_review: state.category_source !== "user" && state.confidence < reviewBelow,
  transfer_id: state.transfer?.id ?? null,
  occurred_at: new Date(state.occurred_at),
  booking_date: state.day,
  created_at,
  source: created.source,
  import_id: created.import_id,
  notes: state.notes,
  tags: state.tags,
  deleted: state.deleted,
  version: BigInt(version)
})

const sum = (amounts: Iterable<bigint>): bigint => [...amounts].reduce((sum, amount) => sum + amount, 0n)

const daysOf = (standing: ReadonlyArray<Transaction.Transaction>): Rows => {
  const keyOf = ({ day, category, merchant_name, currency }: Transaction.Transaction) =>
    [day, category, currency, merchant_name ?? ""].join("/")
  return rowsBy(
    Map.groupBy(standing, keyOf),
    ([key]) => key,
    ([, own]) => ({
      total_amount: sum(own.map(({ amount }) => amount)),
      spent_amount: sum(own.map(({ amount }) => (amount < 0n ? -amount : 0n))),
      transaction_count: BigInt(own.length)
    })
  )
}

// ---- Accounts ----

const accountsOf = (events: ReadonlyArray<RecordedEvent>, standing: ReadonlyArray<Transaction.Transaction>): Rows => {
  const accounts = new Map<string, Row>()
  const byAccount = Map.groupBy(standing, ({ account_id }) => account_id)
  for (const { event, version, recorded_at } of only(
    events,
    "AccountOpened",
    "AccountRenamed",
    "AccountSynced",
    "AccountClosed"
  )) {
    const before = accounts.get(event.account_id)
    if (event.type === "AccountOpened") {
      const { name, bank_name, account_type, currency, opening_balance, opened_on } = event
      const own = byAccount.get(event.account_id) ?? []
      const current_balance = opening_balance + sum(own.map(({ amount }) => amount))
      accounts.set(event.account_id, {
        name,
        bank_name,
        account_type,
        currency,
        opening_balance,
        opened_on,
        current_balance,
        transaction_count: BigInt(own.length),
        last_synced_at: null,
        created_at: recorded_at,
        closed_at: null,
        version: BigInt(version)
      })
    } else if (before !== undefined) {
      const change =
        event.type === "AccountRenamed"
          ? { name: event.new_name }
          : event.type === "AccountSynced"
            ? { last_synced_at: new Date(event.synced_at) }
            : { closed_at: recorded_at }
      accounts.set(event.account_id, { ...before, ...change, version: BigInt(version) })
    }
  }
  return accounts
}

// ---- Budgets ----

const unbudgeted: ReadonlySet<string> = new Set(["income", "transfer", "uncategorized"])

const budgetsOf = (events: ReadonlyArray<RecordedEvent>): Rows => {
  const budgets = new Map<string, Budget.Budget>()
  for (const { event } of only(events, "BudgetSet", "BudgetRemoved")) {
    budgets.set(event.category, Budget.evolve(budgets.get(event.category) ?? Budget.noBudget, event))
  }
  const entries = [...budgets].flatMap(([category, { onwards, alone }]) => [
    ...[...onwards].map(([month, entry]) => ({ key: `${category}/${month}/false`, entry })),
    ...[...alone].map(([month, entry]) => ({ key: `${category}/${month}/true`, entry }))
  ])
  return rowsBy(
    entries,
    ({ key }) => key,
    ({ entry }) => ({ amount: entry?.amount ?? null, currency: entry?.currency ?? "", rollover: entry?.rollover ?? "none" })
  )
}

const periodsOf = (events: ReadonlyArray<RecordedEvent>): Rows => {
  const set = only(events, "BudgetPeriodsSet")
  if (set.length === 0) return new Map()
  return new Map([["", { periods: set.reduce((periods, { event }) => Periods.evolve(periods, event), Periods.calendarMonths) }]])
}

const spentOf = (standing: ReadonlyArray<Transaction.Transaction>): Rows => {
  const counted = standing.filter(({ category }) => !unbudgeted.has(category))
  const days = Map.groupBy(counted, ({ category, currency, day }) => [category, currency, day].join("/"))
  const sums = [...days].map(([key, own]) => ({ key, spent: -sum(own.map(({ amount }) => amount)) }))
  return rowsBy(
    sums.filter(({ spent }) => spent !== 0n),
    ({ key }) => key,
    ({ spent }) => ({ spent })
  )
}

/** Whatever the program has told of, it has noted, and with it all that lies below. */
const toldOf = (events: ReadonlyArray<RecordedEvent>): Rows => {
  const highest = new Map<string, Threshold>()
  for (const { event } of only(events, "BudgetExceeded")) {
    const key = [event.category, event.period, event.currency].join("/")
    highest.set(key, Math.max(highest.get(key) ?? 0, event.threshold_percentage) as Threshold)
  }
  return rowsBy(
    highest,
    ([key]) => key,
    ([, threshold]) => ({ thresholds_reached: toldBy(threshold) })
  )
}

const alertsOf = (events: ReadonlyArray<RecordedEvent>): Rows =>
  rowsBy(
    only(events, "BudgetExceeded"),
    ({ event }) => event.alert_id,
    ({ event, recorded_at }) => ({
      category: event.category,
      month: `${event.period}-01`,
      currency: event.currency,
      budget_amount: event.budget_amount,
      carried_amount: event.carried_amount,
      current_spent: event.current_spent,
      threshold_percentage: event.threshold_percentage,
      raised_at: recorded_at
    })
  )

// ---- Anomalies, consents ----

const anomaliesOf = (events: ReadonlyArray<RecordedEvent>): Rows => {
  const rows = new Map<string, Row>()
  for (const { event, position, recorded_at } of only(events, "AnomalyDetected", "AnomalyDismissed", "AnomalyWithdrawn")) {
    const before = rows.get(event.anomaly_id)
    if (event.type === "AnomalyDetected") {
      const { transaction_id, anomaly_type, anomaly_score, explanation, evidence, late } = event
      const found = { transaction_id, anomaly_type, anomaly_score, explanation, evidence, late }
      rows.set(event.anomaly_id, { ...found, status: "open", detected_at: recorded_at, position })
    } else if (event.type === "AnomalyWithdrawn") rows.delete(event.anomaly_id)
    else if (before !== undefined) rows.set(event.anomaly_id, { ...before, status: "dismissed" })
  }
  return rows
}

const consentsOf = (events: ReadonlyArray<RecordedEvent>): Rows =>
  rowsBy(
    only(events, "ConsentGranted", "ConsentWithdrawn"),
    ({ event }) => event.consent_type,
    ({ event, recorded_at }) => ({
      granted: event.type === "ConsentGranted",
      policy_version: event.policy_version,
      changed_at: recorded_at
    })
  )

/** The events that each program's tables hold the effect of, by its name; `told` is all that there are. */
export interface Taken {
  readonly projections: ReadonlyArray<RecordedEvent>
  readonly budgets: ReadonlyArray<RecordedEvent>
  readonly told: ReadonlyArray<RecordedEvent>
}

/** Events come in the order of the log. */
export const modelsOf = ({ projections, budgets, told }: Taken): Models => {
  const { known, books } = transactionsOf(projections)
  const standingIn = (known: ReadonlyArray<Known>) => known.map(({ state }) => state).filter(({ deleted }) => !deleted)
  const standing = standingIn(known)
  return {
    account_projections: accountsOf(projections, standing),
    transactions: rowsBy(known, ({ id }) => id, transactionRow),
    transaction_events: books,
    daily_aggregates: daysOf(standing),
    budget_alerts: alertsOf(projections),
    anomalies: anomaliesOf(projections),
    user_consents: consentsOf(projections),
    budgets: budgetsOf(budgets),
    budget_settings: periodsOf(budgets),
    budget_days: spentOf(standingIn(transactionsOf(budgets).known)),
    budget_status: toldOf(told)
  }
}

/** The first difference between what is there and what must be, in the order of the models and of their keys. */
export const firstDifference = (expected: Models, found: Models): Difference | null => {
  for (const [model, rows] of Object.entries(expected)) {
    const there = found[model] ?? new Map<string, Row>()
    const keys = [...new Set([...rows.keys(), ...there.keys()])].toSorted()
    for (const key of keys) {
      const difference = differenceOf(rows.get(key), there.get(key))
      if (difference !== null) return { model, key, ...difference }
    }
  }
  return null
}

export interface Difference {
  readonly model: string
  readonly key: string
  /** The column that differs; null where a whole row is missing, or is too much. */
  readonly column: string | null
  readonly expected: string
  readonly found: string
}

const differenceOf = (expected: Row | undefined, found: Row | undefined): Omit<Difference, "model" | "key"> | null => {
  if (expected === undefined || found === undefined) {
    return {
      column: null,
      expected: expected === undefined ? "no row" : "a row",
      found: found === undefined ? "no row" : "a row"
    }
  }
  for (const [column, value] of Object.entries(expected)) {
    const [wanted, there] = [textOf(value), textOf(found[column])]
    if (wanted !== there) return { column, expected: wanted, found: there }
  }
  return null
}
