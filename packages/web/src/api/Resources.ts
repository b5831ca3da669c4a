/**
 * Resources: what the REST API answers, as its contract has it. Only the types cross over: the contract's schemas, and the Effect
 * runtime under them, stay on the server.
 */
import type { Category, CategoryOrNone } from "@finance/core/ledger/Category"
import type { Account as AccountSchema } from "@finance/http/contract/Accounts"
import type { Anomaly as AnomalySchema } from "@finance/http/contract/Anomalies"
import type { Spending as SpendingSchema } from "@finance/http/contract/Analytics"
import type { Budget as BudgetSchema, BudgetSettings as BudgetSettingsSchema } from "@finance/http/contract/Budgets"
import type { Me } from "@finance/http/contract/Identity"
import type {
  Import as ImportSchema,
  ImportPreview as ImportPreviewSchema,
  ImportedRow as ImportedRowSchema,
  PreviewedRow as PreviewedRowSchema
} from "@finance/http/contract/Imports"
import type { Processor as ProcessorSchema } from "@finance/http/contract/Processors"
import type {
  HistoryEntry as HistoryEntrySchema,
  Transaction as TransactionSchema,
  TransactionPage as TransactionPageSchema
} from "@finance/http/contract/Transactions"

export type { Category, CategoryOrNone }

export type Person = typeof Me.Encoded
export type Account = typeof AccountSchema.Encoded
export type AccountType = Account["account_type"]
export type Transaction = typeof TransactionSchema.Encoded
export type TransactionPage = typeof TransactionPageSchema.Encoded
export type HistoryEntry = typeof HistoryEntrySchema.Encoded
export type Budget = typeof BudgetSchema.Encoded
export type BudgetSettings = typeof BudgetSettingsSchema.Encoded
export type Spending = typeof SpendingSchema.Encoded
export type Import = typeof ImportSchema.Encoded
export type ImportPreview = typeof ImportPreviewSchema.Encoded
export type ImportedRow = typeof ImportedRowSchema.Encoded
export type PreviewedRow = typeof PreviewedRowSchema.Encoded
export type Verdict = ImportedRow["verdict"]
export type Anomaly = typeof AnomalySchema.Encoded
export type ProcessorState = typeof ProcessorSchema.Encoded

/** What a purchase tells when it takes a category past 80, 90 or 100 % of its budget (`budget` of `/v1/live`). */
export interface BudgetAlert {
  readonly category: Category
  readonly month: string
  readonly budget_amount: number
  /** With what rolled over: what the threshold is of. */
  readonly available_amount: number
  readonly current_spent: number
  readonly threshold_percentage: 80 | 90 | 100
  readonly currency: string
}

/** A transaction as it is now, or that it is no more (`transaction` of `/v1/live`). */
export type TransactionChange = Transaction | { readonly id: string; readonly deleted: true }

/** An anomaly as it is now, or that it no longer holds (`anomaly` of `/v1/live`). */
export type AnomalyChange = Anomaly | { readonly id: string; readonly withdrawn: true }
