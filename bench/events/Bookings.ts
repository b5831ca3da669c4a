/**
 * Bookings: invented people, and what their banks book on their accounts: each booking is a `TransactionCreated` in a stream of its own.
 */
import type { Append } from "@finance/core/event-store/EventStore"
import { noonOf } from "@finance/core/ledger/Day"
import { newId } from "@finance/core/ledger/Id"
import type { TransactionCreated } from "@finance/core/ledger/Transaction"
import { bankFile } from "../import/BankFile.ts"

export interface Person {
  readonly owner_id: string
  readonly account_id: string
}

export const people = (count: number): ReadonlyArray<Person> =>
  Array.from({ length: count }, () => ({ owner_id: newId(), account_id: newId() }))

const { lines } = bankFile(2_000)
const import_id = newId()
let next = 0

/** The booking of this number on this person's account; the next one unless said. */
export const booking = ({ account_id }: Person, number: number = next++): TransactionCreated => {
  const { day, description, amount } = lines[number % lines.length]!
  return {
    type: "TransactionCreated",
    transaction_id: newId(),
    account_id,
    amount,
    currency: "NOK",
    description,
    occurred_at: noonOf(day).toISOString(),
    booking_date: day,
    value_date: day,
    external_id: null,
    source: "import",
    import_id,
    raw_data: `${day};${description};${amount}`
  }
}

/** The command that enters a booking. */
export const entry = (person: Person, event: TransactionCreated): Append => ({
  stream_id: event.transaction_id,
  stream_type: "transaction",
  owner_id: person.owner_id,
  expected: "none",
  events: [event],
  metadata: { actor: person.owner_id }
})

/** An event as plain JSON, for who stores it so: an amount is a bigint, which JSON has as text. */
export const plain = <Event extends { readonly amount: bigint }>(event: Event) => ({ ...event, amount: String(event.amount) })
