/**
 * TransferLine: a line that may be a leg, as the transfers program remembers it, and what each event makes of it. Null is a line that its
 * text or its category speaks against; the person's word that it is a transfer makes a leg of any.
 */
import type { RecordedEvent } from "@finance/core/event-store/EventStore"
import type { CategoryOrNone, CategorySource } from "@finance/core/ledger/Category"
import type { TransactionCategorized, TransactionCreated, TransactionEvent } from "@finance/core/ledger/Transaction"
import { isBetweenPeople, type Leg, mayBeLeg, numbersOf, type OwnAccount } from "@finance/core/transfers/Leg"

export interface TransferLine extends Leg {
  readonly owner_id: string
  readonly import_id: string | null
  readonly merchant_name: string | null
  readonly category: CategoryOrNone
  readonly category_source: CategorySource
  readonly counterpart_id: string | null
  readonly deleted: boolean
  /** Of its stream, as far as is known here. */
  readonly version: number
}

type Arrival = RecordedEvent & { readonly event: TransactionEvent }

const created = ({ owner_id, version }: RecordedEvent, event: TransactionCreated): TransferLine => ({
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
  category_source: "rule",
  numbers: numbersOf(event.description, event.raw_data),
  apart_from: [],
  counterpart_id: null,
  deleted: false,
  version
})

/** Whoever a list of merchants knows, or a person, is no account of one's own. */
const speaksAgainst = (line: TransferLine, { category, explanation }: TransactionCategorized): boolean =>
  (category !== "transfer" && category !== "uncategorized") ||
  explanation.code === "category.merchant-rule" ||
  isBetweenPeople(line.description)

export const evolve = (
  line: TransferLine | null,
  recorded: Arrival,
  accounts: ReadonlyArray<OwnAccount>
): TransferLine | null => {
  const { event, version } = recorded
  if (event.type === "TransactionCreated") return mayBeLeg(event.description, accounts) ? created(recorded, event) : null
  if (event.type === "TransactionCategoryOverridden") {
    const chosen = { category: event.new_category, category_source: "user" as const, version }
    if (line !== null) return { ...line, ...chosen }
    if (event.new_category !== "transfer") return null
    const { account_id, amount, currency, day, description, merchant_name } = event
    const known = { id: event.transaction_id, owner_id: recorded.owner_id, account_id, amount, currency, day, description }
    const parts = { import_id: null, numbers: numbersOf(description, null), apart_from: [], counterpart_id: null, deleted: false }
    return { ...known, ...parts, merchant_name, ...chosen }
  }
  if (line === null) return null
  switch (event.type) {
    case "TransactionCategorized": {
      const { category, categorization_source: category_source, merchant_name } = event
      return speaksAgainst(line, event) ? null : { ...line, category, category_source, merchant_name, version }
    }
    case "TransactionUpdated": {
      const { description, merchant_name, occurred_at } = event.changes
      return {
        ...line,
        ...(description !== undefined && { description: description.to }),
        ...(merchant_name !== undefined && { merchant_name: merchant_name.to }),
        ...(occurred_at !== undefined && { day: occurred_at.to_day }),
        version
      }
    }
    case "TransferLinked": {
      const { category, category_source, counterpart_id } = event
      const apart_from = line.apart_from.filter((id) => id !== counterpart_id)
      return { ...line, category, category_source, counterpart_id, apart_from, version }
    }
    case "TransferUnlinked": {
      const { category, category_source, counterpart_id, for_good } = event
      const apart_from = for_good ? [...line.apart_from, counterpart_id] : line.apart_from
      return { ...line, category, category_source, counterpart_id: null, apart_from, version }
    }
    case "TransactionDeleted":
      return { ...line, deleted: true, version }
    case "TransactionRestored":
      return { ...line, deleted: false, version }
  }
}

/** Whether it may be linked now: what the person has filed as something else is no leg. */
export const isOpen = ({ counterpart_id, deleted, category, category_source }: TransferLine): boolean =>
  counterpart_id === null && !deleted && (category_source !== "user" || category === "transfer")
