/**
 * Answers: what the read models hold, as the contract says it: amounts as JSON numbers, moments as ISO 8601 texts, reasons as
 * sentences in the reader's language.
 */
import * as Standing from "@finance/core/budgets/Standing"
import { type Explanation, type Language, textOf } from "@finance/core/ledger/Explanation"
import { toNumber } from "@finance/core/money/Money"
import type { Notice } from "@finance/core/notifications/Notice"
import { wordsOf } from "@finance/core/notifications/Wording"
import type { AccountRow } from "@finance/core/read-models/Accounts"
import type { AnomalyRow } from "@finance/core/read-models/Anomalies"
import type { AlertRow, BudgetRow } from "@finance/core/read-models/Budgets"
import type { NotificationRow } from "@finance/core/read-models/Notifications"
import type { ImportRow } from "@finance/core/read-models/Imports"
import type { ProcessorStatus } from "@finance/core/read-models/ProcessorStatus"
import type { RecurringRow } from "@finance/core/read-models/Recurring"
import type { TransactionRow } from "@finance/core/read-models/Transactions"
import { statusOn } from "@finance/core/recurring/Status"
import type { Account } from "./contract/Accounts.ts"
import type { Anomaly } from "./contract/Anomalies.ts"
import type { Budget as BudgetAnswer } from "./contract/Budgets.ts"
import type { Import } from "./contract/Imports.ts"
import type { Notification, Subject } from "./contract/Notifications.ts"
import type { Processor } from "./contract/Processors.ts"
import type { RecurringPayment } from "./contract/Recurring.ts"
import type { Transaction } from "./contract/Transactions.ts"

const moment = (instant: Date | null): string | null => (instant === null ? null : instant.toISOString())

export const account = (row: AccountRow): Account => ({
  id: row.id,
  name: row.name,
  bank_name: row.bank_name,
  account_type: row.account_type,
  currency: row.currency,
  current_balance: toNumber(row.current_balance, row.currency),
  last_synced_at: moment(row.last_synced_at),
  created_at: row.created_at.toISOString(),
  closed_at: moment(row.closed_at)
})

export const explanation = (told: Explanation, language: Language) => ({ ...told, text: textOf(told, language) })

/** Confidence is stored with 24 bits: 0.99 comes back as 0.9900000095. */
export const confidence = (stored: number) => Math.round(stored * 10_000) / 10_000

export const transaction = (row: TransactionRow, language: Language): Transaction => ({
  id: row.id,
  account_id: row.account_id,
  amount: toNumber(row.amount, row.currency),
  currency: row.currency,
  description: row.description,
  merchant_name: row.merchant_name,
  category: row.category,
  category_confidence: confidence(row.category_confidence),
  category_source: row.category_source,
  category_explanation: explanation(row.category_explanation, language),
  alternatives: row.alternatives,
  needs_review: row.needs_review,
  occurred_at: row.occurred_at.toISOString(),
  booking_date: row.booking_date,
  created_at: row.created_at.toISOString(),
  source: row.source,
  ...(row.import_id !== null && { import_id: row.import_id }),
  ...(row.transfer_id !== null && { transfer_id: row.transfer_id }),
  anomaly_ids: row.anomaly_ids,
  notes: row.notes,
  tags: row.tags
})

export const budget = (row: BudgetRow): BudgetAnswer => {
  const { category, currency, month, from, to, rollover, amount, carried, spent } = row
  const available = Standing.available(row)
  const reached = Standing.reached(spent, available)
  return {
    category,
    budget_amount: toNumber(amount, currency),
    carried_amount: toNumber(carried, currency),
    available_amount: toNumber(available, currency),
    spent_amount: toNumber(spent, currency),
    remaining_amount: toNumber(available - spent, currency),
    percentage_used: Standing.percentageUsed(spent, available),
    alert_threshold_reached: reached.length > 0,
    thresholds_reached: reached,
    month,
    from,
    to,
    rollover,
    currency
  }
}

export const alert = (row: AlertRow) => ({
  alert_id: row.id,
  category: row.category,
  month: row.month,
  budget_amount: toNumber(row.budget_amount, row.currency),
  carried_amount: toNumber(row.carried_amount, row.currency),
  available_amount: toNumber(row.budget_amount + row.carried_amount, row.currency),
  current_spent: toNumber(row.current_spent, row.currency),
  threshold_percentage: row.threshold_percentage,
  currency: row.currency,
  raised_at: row.raised_at.toISOString()
})

export const anomaly = (row: AnomalyRow, language: Language): Anomaly => ({
  ...row,
  explanation: explanation(row.explanation, language),
  detected_at: row.detected_at.toISOString()
})

export const imported = (row: ImportRow): Import => ({
  ...row,
  started_at: row.started_at.toISOString(),
  completed_at: moment(row.completed_at)
})

export const processor = ({ partitions, ...status }: ProcessorStatus): Processor => ({
  ...status,
  partitions: partitions.map(({ checkpoint, head, ...partition }) => ({
    ...partition,
    checkpoint: Number(checkpoint),
    head: Number(head)
  }))
})

const subject = (notice: Notice): Subject => {
  switch (notice.kind) {
    case "budget": {
      const { category, available_amount, current_spent, currency, threshold_percentage, period } = notice
      return {
        category,
        available_amount: toNumber(available_amount, currency),
        current_spent: toNumber(current_spent, currency),
        currency,
        threshold_percentage,
        month: period
      }
    }
    case "anomaly": {
      const { anomaly_id, transaction_id, anomaly_type } = notice
      return { anomaly_id, transaction_id, anomaly_type }
    }
    case "import": {
      const { import_id, account_id, rows_new, rows_rejected } = notice
      return { import_id, account_id, rows_new, rows_rejected }
    }
  }
}

export const notification = ({ id, notice, created_at, read_at }: NotificationRow, language: Language): Notification => ({
  id,
  kind: notice.kind,
  ...wordsOf(notice, language),
  subject: subject(notice),
  created_at: created_at.toISOString(),
  read_at: moment(read_at)
})

export const recurring = (row: RecurringRow, today: string): RecurringPayment => ({
  id: row.id,
  merchant_name: row.merchant_name,
  category: row.category,
  cadence: row.cadence,
  currency: row.currency,
  expected_amount: toNumber(row.expected_amount, row.currency),
  last_amount: toNumber(row.last_amount, row.currency),
  last_on: row.last_on,
  next_on: row.next_on,
  last_transaction_id: row.last_transaction_id,
  account_id: row.account_id,
  payments: row.payments,
  status: statusOn(today, row)
})
