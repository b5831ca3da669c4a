/**
 * Story: what happened to the transactions that a projection is rebuilt from: each is created, and then categorised. The nth is always the
 * same, whoever keeps it, so that one knows beforehand what the books must say.
 */
import { categories } from "@finance/core/ledger/Category"
import type { TransactionCategorized, TransactionCreated } from "@finance/core/ledger/Transaction"
import { booking, people, type Person } from "../Bookings.ts"

export interface Story {
  readonly person: Person
  readonly created: TransactionCreated
  readonly categorized: TransactionCategorized
}

export const eventsEach = 2

const crowd = people(1_000)

export const story = (number: number): Story => {
  const person = crowd[number % crowd.length]!
  const created = booking(person, number)
  const merchant_name = created.description.split(" ")[0]!
  const categorized: TransactionCategorized = {
    type: "TransactionCategorized",
    transaction_id: created.transaction_id,
    account_id: created.account_id,
    amount: created.amount,
    currency: created.currency,
    day: created.booking_date,
    old_category: "uncategorized",
    old_merchant_name: null,
    category: categories[number % categories.length]!,
    confidence: 0.97,
    categorization_source: "rule",
    merchant_name,
    explanation: { code: "category.merchant", params: { merchant: merchant_name } },
    alternatives: []
  }
  return { person, created, categorized }
}

/** How many transactions are in each category, and their sum in øre. */
export type Books = ReadonlyMap<string, { readonly count: number; readonly total: bigint }>

export const booksOf = (transactions: number): Books => {
  const books = new Map<string, { count: number; total: bigint }>()
  for (let number = 0; number < transactions; number++) {
    const { category, amount } = story(number).categorized
    const { count, total } = books.get(category) ?? { count: 0, total: 0n }
    books.set(category, { count: count + 1, total: total + amount })
  }
  return books
}
