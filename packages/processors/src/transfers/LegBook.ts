/**
 * LegBook: the lines of the people in a batch that can be legs, carried on event by event in memory: what the transfer watch knew before, as
 * far as the batch needs it, and what the batch adds. Nothing is written before the end.
 */
import { dayNumberOf } from "@finance/core/ledger/Day"
import type { TransactionCreated, TransactionEvent } from "@finance/core/ledger/Transaction"
import { mayBeLeg } from "@finance/core/transfers/Evidence"
import { type Account, isOpen, type Leg } from "./TransferTables.ts"

export const legOf = (owner_id: string, event: TransactionCreated): Leg => ({
  id: event.transaction_id,
  owner_id,
  account_id: event.account_id,
  import_id: event.import_id,
  day: dayNumberOf(event.booking_date),
  amount: event.amount,
  currency: event.currency,
  description: event.description,
  category: "uncategorized",
  merchant_name: null,
  deleted: false,
  counterpart_id: null,
  apart: []
})

type Later = Exclude<TransactionEvent, TransactionCreated>

/** Of a line that was no leg, and that somebody says is one. */
const broughtIn = (owner_id: string, event: Later): Leg => ({
  id: event.transaction_id,
  owner_id,
  account_id: event.account_id,
  import_id: null,
  day: dayNumberOf(event.day),
  amount: event.amount,
  currency: event.currency,
  description: event.type === "TransactionCategoryOverridden" ? event.description : "",
  category: "transfer",
  merchant_name: event.merchant_name,
  deleted: false,
  counterpart_id: null,
  apart: []
})

/** The leg after the event; null where it is none, or no longer. */
export const evolve = (leg: Leg | null, owner_id: string, event: TransactionEvent): Leg | null => {
  if (event.type === "TransactionCreated") return legOf(owner_id, event)
  if (event.type === "TransferLinked") {
    const { category, counterpart_id } = event
    return { ...(leg ?? broughtIn(owner_id, event)), category, counterpart_id }
  }
  if (event.type === "TransactionCategoryOverridden" && event.new_category === "transfer") {
    return { ...(leg ?? broughtIn(owner_id, event)), category: "transfer" }
  }
  return leg === null ? null : changed(leg, event)
}

const changed = (leg: Leg, event: Exclude<Later, { type: "TransferLinked" }>): Leg | null => {
  switch (event.type) {
    case "TransactionCategorized": {
      const { category, merchant_name } = event
      return kept({ ...leg, category, merchant_name })
    }
    case "TransactionCategoryOverridden":
      // Its person says what it is: of what is linked, how it is filed; of what is not, that it is no move.
      return leg.counterpart_id === null ? null : { ...leg, category: event.new_category }
    case "TransactionUpdated": {
      const { description, merchant_name, occurred_at } = event.changes
      return {
        ...leg,
        description: description?.to ?? leg.description,
        merchant_name: merchant_name === undefined ? leg.merchant_name : merchant_name.to,
        day: occurred_at === undefined ? leg.day : dayNumberOf(occurred_at.to_day)
      }
    }
    case "TransactionDeleted":
      return { ...leg, deleted: true }
    case "TransactionRestored":
      return { ...leg, deleted: false }
    case "TransferUnlinked": {
      const { category, counterpart_id, unlinked_by } = event
      const apart = unlinked_by === "user" ? [...new Set([...leg.apart, counterpart_id])] : leg.apart
      return { ...leg, category, counterpart_id: null, apart }
    }
  }
}

const kept = (leg: Leg): Leg | null => (leg.counterpart_id !== null || mayBeLeg(leg) ? leg : null)

export class LegBook {
  readonly #legs = new Map<string, Leg>()
  readonly #stored = new Set<string>()
  readonly #changed = new Map<string, Leg | null>()
  readonly #accounts = new Map<string, Map<string, Account>>()
  readonly #newAccounts = new Map<string, Account>()

  constructor(legs: Iterable<Leg>, accounts: Iterable<Account>) {
    for (const leg of legs) {
      this.#legs.set(leg.id, leg)
      this.#stored.add(leg.id)
    }
    for (const account of accounts) this.#know(account)
  }

  // ---- Accounts ----

  #know(account: Account) {
    const own = this.#accounts.get(account.owner_id) ?? new Map<string, Account>()
    this.#accounts.set(account.owner_id, own.set(account.account_id, account))
  }

  open(account: Account) {
    this.#know(account)
    this.#newAccounts.set(account.account_id, account)
  }

  rename(owner_id: string, account_id: string, name: string) {
    const known = this.#accounts.get(owner_id)?.get(account_id)
    if (known !== undefined) this.open({ ...known, name })
  }

  accountsOf(owner_id: string): ReadonlyArray<Account> {
    return [...(this.#accounts.get(owner_id)?.values() ?? [])]
  }

  // ---- Legs ----

  find(id: string): Leg | null {
    return this.#legs.get(id) ?? null
  }

  set(id: string, leg: Leg | null) {
    if (leg === null) this.#legs.delete(id)
    else this.#legs.set(id, leg)
    this.#changed.set(id, leg)
  }

  openOf(owner_id: string): ReadonlyArray<Leg> {
    return [...this.#legs.values()].filter((leg) => leg.owner_id === owner_id && isOpen(leg))
  }

  ofImport(import_id: string): ReadonlyArray<Leg> {
    return [...this.#legs.values()].filter((leg) => leg.import_id === import_id && isOpen(leg))
  }

  /** What is to be written. */
  get changes() {
    const legs: Array<Leg> = []
    const dropped: Array<string> = []
    for (const [id, leg] of this.#changed) {
      if (leg !== null) legs.push(leg)
      else if (this.#stored.has(id)) dropped.push(id)
    }
    return { legs, dropped, accounts: [...this.#newAccounts.values()] }
  }
}
