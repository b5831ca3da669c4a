/**
 * TransactionStory: a transaction as its own events tell it, the same as the read model shows once it has caught up, but for what others
 * say of it: `anomaly_ids` are none here.
 */
import { reviewBelow } from "../categorizer/Categorizer.ts"
import type { RecordedEvent } from "../event-store/EventStore.ts"
import * as Transaction from "../ledger/Transaction.ts"
import type { TransactionRow } from "./Transactions.ts"

/** The events are all those of one transaction, in order, at least its creation. */
export const rowOf = (recorded: ReadonlyArray<RecordedEvent>): TransactionRow => {
  const first = recorded[0]!
  const events = recorded.map(({ event }) => event as Transaction.TransactionEvent)
  const created = events[0] as Transaction.TransactionCreated
  const state = events.reduce<Transaction.Transaction | null>(Transaction.evolve, null)!
  const categorized = events.findLast((event) => event.type === "TransactionCategorized")
  return {
    id: state.id,
    account_id: state.account_id,
    amount: state.amount,
    currency: state.currency,
    description: state.description,
    merchant_name: state.merchant_name,
    category: state.category,
    category_source: state.category_source,
    category_confidence: state.confidence,
    category_explanation: state.explanation,
    alternatives: categorized?.alternatives ?? [],
    needs_review: state.category_source !== "user" && state.confidence < reviewBelow,
    occurred_at: new Date(state.occurred_at),
    booking_date: state.day,
    created_at: first.recorded_at,
    source: created.source,
    import_id: created.import_id,
    transfer_id: state.transfer?.id ?? null,
    anomaly_ids: [],
    notes: state.notes,
    tags: state.tags
  }
}
