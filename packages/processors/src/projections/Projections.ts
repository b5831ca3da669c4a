/**
 * Projections: keeps the read models of accounts, transactions, daily sums, alerts, anomalies and consents, and tells who watches what changed.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as Changes from "@finance/core/changes/Changes"
import { Signals } from "@finance/core/database/Signals"
import type { RecordedEvent } from "@finance/core/event-store/EventStore"
import type { BudgetExceeded } from "@finance/core/budgets/Budget"
import { arePending } from "../categorization/Pending.ts"
import type { Program } from "../Processor.ts"
import * as Accounts from "./Accounts.ts"
import * as Anomalies from "./Anomalies.ts"
import * as Consents from "./Consents.ts"
import * as DailyAggregates from "./DailyAggregates.ts"
import * as Transactions from "./Transactions.ts"

/** From this many imported transactions of a person in one batch on, they are told as one bulk change. */
const bulkFrom = 50

const raiseAlert = Effect.fnUntraced(function* (recorded: RecordedEvent, event: BudgetExceeded) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    INSERT INTO budget_alerts (id, owner_id, category, month, currency, budget_amount, carried_amount, current_spent, threshold_percentage,
      raised_at)
    VALUES (${event.alert_id}, ${recorded.owner_id}, ${event.category}, ${`${event.period}-01`}::date, ${event.currency},
      ${event.budget_amount}, ${event.carried_amount}, ${event.current_spent}, ${event.threshold_percentage}, ${recorded.recorded_at})
    ON CONFLICT (id) DO NOTHING`
})

/** What an import brings may be told in bulk; what a person does is always told by itself. */
const isBulk = ({ event }: Transactions.TransactionRecord) =>
  (event.type === "TransactionCreated" && event.source !== "manual") ||
  (event.type === "TransactionCategorized" && event.old_category === "uncategorized")

const changesOf = (owner_id: string, records: ReadonlyArray<Transactions.TransactionRecord>): ReadonlyArray<Changes.Change> => {
  const singles = new Set(records.filter((record) => !isBulk(record)).map(({ recorded }) => recorded.stream_id))
  const many = records.filter(({ recorded }) => !singles.has(recorded.stream_id))
  const ids = new Set(many.map(({ recorded }) => recorded.stream_id))
  const told = [...singles, ...(ids.size < bulkFrom ? ids : [])]
  const changes = told.map((id): Changes.Change => ({ owner_id, kind: "transaction", subject: { id } }))
  if (ids.size < bulkFrom) return changes
  const days = many.map(({ event }) => (event.type === "TransactionCreated" ? event.booking_date : event.day)).toSorted()
  const account_ids = [...new Set(many.map(({ event }) => event.account_id))]
  return [
    ...changes,
    { owner_id, kind: "transactions", subject: { count: ids.size, account_ids, from_date: days[0]!, to_date: days.at(-1)! } }
  ]
}

/** Writes the read models but for the daily sums; answers with the transactions among the events, and with what to tell of it to whom. */
export const project = Effect.fnUntraced(function* (events: ReadonlyArray<RecordedEvent>) {
  const transactions: Array<Transactions.TransactionRecord> = []
  const anomalies: Array<Anomalies.AnomalyRecord> = []
  const alerts: Array<Changes.Change> = []
  const accounts = new Map<string, string>()
  for (const recorded of events) {
    const { event, owner_id } = recorded
    switch (event.type) {
      case "TransactionCreated":
      case "TransactionCategorized":
      case "TransactionCategoryOverridden":
      case "TransactionUpdated":
      case "TransactionDeleted":
      case "TransactionRestored":
      case "TransferLinked":
      case "TransferUnlinked":
        transactions.push({ recorded, event })
        break
      case "AccountOpened":
      case "AccountRenamed":
      case "AccountSynced":
      case "AccountClosed":
        yield* Accounts.project({ recorded, event })
        accounts.set(event.account_id, owner_id)
        break
      case "BudgetExceeded":
        yield* raiseAlert(recorded, event)
        alerts.push({ owner_id, kind: "budget", subject: { id: event.alert_id } })
        break
      case "AnomalyDetected":
      case "AnomalyDismissed":
      case "AnomalyWithdrawn":
        anomalies.push({ recorded, event })
        break
      case "ConsentGranted":
      case "ConsentWithdrawn":
        yield* Consents.project(recorded, event)
        break
    }
  }
  yield* Transactions.project(transactions)
  yield* Anomalies.project(anomalies)
  for (const [id, { owner_id }] of yield* Accounts.moveBalances(transactions)) accounts.set(id, owner_id)
  const told = (): ReadonlyArray<Changes.Change> => [
    ...alerts,
    ...anomalies.map(({ recorded: { owner_id }, event }): Changes.Change => ({
      owner_id,
      kind: "anomaly",
      subject: { id: event.anomaly_id }
    })),
    ...[...accounts].map(([id, owner_id]): Changes.Change => ({ owner_id, kind: "account", subject: { id } })),
    ...[...Map.groupBy(transactions, ({ recorded }) => recorded.owner_id)].flatMap(([owner_id, own]) => changesOf(owner_id, own))
  ]
  return { transactions, told }
})

const handle = Effect.fnUntraced(function* (events: ReadonlyArray<RecordedEvent>) {
  const { transactions, told } = yield* project(events)
  yield* DailyAggregates.project(transactions)
  yield* Changes.record(told())
})

export const projections: Program<SqlError, SqlClient.SqlClient | Signals> = {
  name: "projections",
  version: 1,
  appends: false,
  expectsMore: arePending,
  types: new Set([
    "TransactionCreated",
    "TransactionCategorized",
    "TransactionCategoryOverridden",
    "TransactionUpdated",
    "TransactionDeleted",
    "TransactionRestored",
    "TransferLinked",
    "TransferUnlinked",
    "AccountOpened",
    "AccountRenamed",
    "AccountSynced",
    "AccountClosed",
    "BudgetExceeded",
    "AnomalyDetected",
    "AnomalyDismissed",
    "AnomalyWithdrawn",
    "ConsentGranted",
    "ConsentWithdrawn"
  ]),
  handle
}
