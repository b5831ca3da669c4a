/**
 * WatchedLine: a transaction as the anomaly watch remembers it, and what each event makes of it. Money in is not watched.
 */
import { correctionKey } from "@finance/core/categorizer/MerchantName"
import { dayNumberOf, type Line, payeeOf } from "@finance/core/anomalies/Line"
import type { TransactionCreated, TransactionEvent } from "@finance/core/ledger/Transaction"

export interface WatchedLine extends Line {
  readonly owner_id: string
  readonly deleted: boolean
  readonly description: string
}

export const isWatched = ({ amount }: TransactionEvent): boolean => amount < 0n

export const created = (owner_id: string, event: TransactionCreated): WatchedLine => ({
  id: event.transaction_id,
  owner_id,
  import_id: event.import_id,
  day: dayNumberOf(event.booking_date),
  spent: -Number(event.amount),
  currency: event.currency,
  merchant: "",
  category: "uncategorized",
  by_hand: event.source === "manual",
  deleted: false,
  description: event.description
})

export const evolve = (line: WatchedLine, event: Exclude<TransactionEvent, TransactionCreated>): WatchedLine => {
  switch (event.type) {
    case "TransactionCategorized": {
      const { merchant_name, category } = event
      return { ...line, category, merchant: payeeOf(merchant_name, category, line.description, correctionKey) }
    }
    case "TransactionCategoryOverridden": {
      const { merchant_name, new_category: category } = event
      return { ...line, category, merchant: payeeOf(merchant_name, category, line.description, correctionKey) }
    }
    case "TransferLinked":
    case "TransferUnlinked": {
      const { merchant_name, category } = event
      return { ...line, category, merchant: payeeOf(merchant_name, category, line.description, correctionKey) }
    }
    case "TransactionUpdated": {
      const { description: text, merchant_name: named, occurred_at: moved } = event.changes
      const description = text === undefined ? line.description : text.to
      const day = moved === undefined ? line.day : dayNumberOf(moved.to_day)
      const name = named === undefined ? event.merchant_name : named.to
      return { ...line, description, day, merchant: payeeOf(name, line.category, description, correctionKey) }
    }
    case "TransactionDeleted":
      return { ...line, deleted: true }
    case "TransactionRestored":
      return { ...line, deleted: false }
  }
}
