/**
 * Notice: what of all that happens a person is told of, and how insistently.
 *
 * A budget that reached a threshold, something unusual on an account, an import that could not read every row. What an import of old lines
 * brings to light is there to be found, and nobody's phone rings for last year's groceries.
 */
import * as Schema from "effect/Schema"
import type { LedgerEvent } from "../event-store/LedgerEvent.ts"
import { Category } from "../ledger/Category.ts"
import { addDays, dayIn, monthOf } from "../ledger/Day.ts"
import { Explanation } from "../ledger/Explanation.ts"

export const BudgetNotice = Schema.Struct({
  kind: Schema.Literal("budget"),
  category: Category,
  /** What was set, and what was carried over from earlier months. */
  available_amount: Schema.BigIntFromString,
  current_spent: Schema.BigIntFromString,
  currency: Schema.String,
  threshold_percentage: Schema.Int,
  period: Schema.String
})
export type BudgetNotice = typeof BudgetNotice.Type

export const AnomalyNotice = Schema.Struct({
  kind: Schema.Literal("anomaly"),
  anomaly_id: Schema.String,
  transaction_id: Schema.String,
  anomaly_type: Schema.String,
  explanation: Explanation
})
export type AnomalyNotice = typeof AnomalyNotice.Type

export const ImportNotice = Schema.Struct({
  kind: Schema.Literal("import"),
  import_id: Schema.String,
  account_id: Schema.String,
  rows_new: Schema.Int,
  rows_rejected: Schema.Int
})
export type ImportNotice = typeof ImportNotice.Type

export const Notice = Schema.Union([BudgetNotice, AnomalyNotice, ImportNotice])
export type Notice = typeof Notice.Type

export const noticeKinds = ["budget", "anomaly", "import"] as const
export const NoticeKind = Schema.Literals(noticeKinds)
export type NoticeKind = typeof NoticeKind.Type

const codec = Schema.toCodecJson(Notice)
const encodeNotice = Schema.encodeUnknownSync(codec)
const decodeNotice = Schema.decodeUnknownSync(codec)

/** As it is stored. */
export const toJson = (notice: Notice): unknown => encodeNotice(notice)
export const fromJson = (json: unknown): Notice => decodeNotice(json)

/** Days into the month after the one it is named after that a period may last (`Periods`). */
const latestEnd = 15

export interface Telling {
  /** Where something is told once whatever is said of it later: its id. Else the event's own. */
  readonly id?: string
  readonly notice: Notice
  /** Whether it leaves the tracker, or waits to be found in it. */
  readonly isUrgent: boolean
}

/** What was told and holds no more, or needs to be told no more: the id of its notification. */
export const settledBy = (event: LedgerEvent): string | null =>
  event.type === "AnomalyWithdrawn" || event.type === "AnomalyDismissed" ? event.anomaly_id : null

/** What to tell the person of the event, recorded at that time; null for most. */
export const tellingOf = (event: LedgerEvent, recorded_at: Date): Telling | null => {
  switch (event.type) {
    case "BudgetExceeded": {
      const { category, budget_amount, carried_amount, current_spent, currency, threshold_percentage, period } = event
      const available_amount = budget_amount + carried_amount
      return {
        notice: { kind: "budget", category, available_amount, current_spent, currency, threshold_percentage, period },
        isUrgent: period >= monthOf(addDays(dayIn(recorded_at), -latestEnd))
      }
    }
    case "AnomalyDetected": {
      const { anomaly_id, transaction_id, anomaly_type, explanation, late } = event
      if (late) return null
      return {
        id: anomaly_id,
        notice: { kind: "anomaly", anomaly_id, transaction_id, anomaly_type, explanation },
        isUrgent: true
      }
    }
    case "ImportCompleted": {
      const { import_id, account_id, rows_new, rows_rejected } = event
      // Who imports is looking at the screen: it is told where they look.
      return rows_rejected === 0
        ? null
        : { notice: { kind: "import", import_id, account_id, rows_new, rows_rejected }, isUrgent: false }
    }
    default:
      return null
  }
}
