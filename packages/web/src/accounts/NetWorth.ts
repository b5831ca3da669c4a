import type { Account } from "../api/Resources.ts"
import { homeCurrency, toMinor } from "../money/Amount.ts"

export interface CurrencyTotal {
  readonly currency: string
  /** Minor units. */
  readonly total: bigint
}

/** What is on all accounts together, one sum a currency, that of the oldest account first. No rate of exchange is made up. */
export const netWorthOf = (accounts: ReadonlyArray<Account>): ReadonlyArray<CurrencyTotal> => {
  const totals = new Map<string, bigint>()
  const oldestFirst = accounts.toSorted((a, b) => a.created_at.localeCompare(b.created_at))
  for (const { currency, current_balance } of oldestFirst) {
    totals.set(currency, (totals.get(currency) ?? 0n) + toMinor(current_balance, currency))
  }
  return totals.size === 0
    ? [{ currency: homeCurrency, total: 0n }]
    : [...totals].map(([currency, total]) => ({ currency, total }))
}
