/**
 * TransactionHistory: an event of a transaction as it is told: who, when, what, and why where a category was chosen.
 */
import type { RecordedEvent } from "@finance/core/event-store/EventStore"
import type { Language } from "@finance/core/ledger/Explanation"
import { toNumber } from "@finance/core/money/Money"
import * as Answers from "../Answers.ts"
import type { HistoryEntry } from "../contract/Transactions.ts"

export const historyEntry = (recorded: RecordedEvent, language: Language): typeof HistoryEntry.Type => {
  const { type, ...fields } = recorded.event
  const currency = "currency" in fields ? fields.currency : "NOK"
  const told = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === "bigint" ? toNumber(value, currency) : value
  ])
  return {
    event_id: recorded.event_id,
    type,
    version: recorded.version,
    actor: recorded.metadata.actor,
    occurred_at: recorded.occurred_at.toISOString(),
    recorded_at: recorded.recorded_at.toISOString(),
    data: Object.fromEntries(told),
    explanation: "explanation" in fields ? Answers.explanation(fields.explanation, language) : null
  }
}
