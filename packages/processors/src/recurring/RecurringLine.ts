/**
 * RecurringLine: a transaction as the recurring program remembers it, and what each event makes of it.
 *
 * A line belongs to a merchant once it is categorised. A move between own accounts belongs to the account it goes to: a standing order is
 * told by where the money goes, for each bank words it as it likes. Its other half, which only arrives, counts for nothing.
 */
import { correctionKey } from "@finance/core/categorizer/MerchantName"
import type { TransactionCreated, TransactionEvent } from "@finance/core/ledger/Transaction"

export interface RecurringLine {
  readonly id: string
  readonly owner_id: string
  readonly account_id: string
  readonly import_id: string | null
  readonly amount: bigint
  readonly currency: string
  readonly day: string
  readonly description: string
  readonly merchant_name: string | null
  readonly category: string
  /** Empty while it belongs to nobody. */
  readonly merchant_key: string
  readonly to_account_id: string | null
  readonly counts: boolean
}

export const created = (owner_id: string, event: TransactionCreated): RecurringLine => ({
  id: event.transaction_id,
  owner_id,
  account_id: event.account_id,
  import_id: event.import_id,
  amount: event.amount,
  currency: event.currency,
  day: event.booking_date,
  description: event.description,
  merchant_name: null,
  category: "uncategorized",
  merchant_key: "",
  to_account_id: null,
  counts: true
})

const named = (line: RecurringLine): RecurringLine => ({
  ...line,
  merchant_key:
    line.to_account_id === null ? (line.merchant_name ?? correctionKey(line.description)) : `to account ${line.to_account_id}`
})

export const evolve = (line: RecurringLine, event: Exclude<TransactionEvent, TransactionCreated>): RecurringLine => {
  switch (event.type) {
    case "TransactionCategorized":
      return named({ ...line, category: event.category, merchant_name: event.merchant_name })
    case "TransactionCategoryOverridden":
      return named({ ...line, category: event.new_category })
    case "TransactionUpdated": {
      const { description, merchant_name, occurred_at } = event.changes
      return named({
        ...line,
        description: description === undefined ? line.description : description.to,
        merchant_name: merchant_name === undefined ? line.merchant_name : merchant_name.to,
        day: occurred_at === undefined ? line.day : occurred_at.to_day
      })
    }
    case "TransferLinked":
      return line.amount < 0n
        ? named({ ...line, category: event.category, to_account_id: event.counterpart_account_id })
        : { ...line, category: event.category, counts: false }
    case "TransferUnlinked":
      return named({ ...line, category: event.category, to_account_id: null, counts: true })
    case "TransactionDeleted":
      return { ...line, counts: false }
    case "TransactionRestored":
      return { ...line, counts: true }
  }
}

/** Payments that are looked at together. */
export interface Group {
  readonly owner_id: string
  readonly merchant_key: string
  readonly currency: string
  readonly incoming: boolean
}

/** Null where the line belongs to nobody. */
export const groupOf = ({ owner_id, merchant_key, currency, amount }: RecurringLine): Group | null =>
  merchant_key === "" ? null : { owner_id, merchant_key, currency, incoming: amount > 0n }

export const keyOf = ({ owner_id, merchant_key, currency, incoming }: Group): string =>
  `${owner_id}/${currency}/${incoming ? "in" : "out"}/${merchant_key}`
