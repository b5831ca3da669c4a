/**
 * Sentences: why a transaction is, or is no longer, one leg of a move between own accounts.
 */
import type { CategoryOrNone } from "../ledger/Category.ts"
import type { Explanation } from "../ledger/Explanation.ts"
import type { Transaction } from "../ledger/Transaction.ts"
import { toDecimal } from "../money/Money.ts"

/** It was linked, and no longer is. */
export const apart: Explanation = { code: "transfer.apart", params: {} }

/** Its other half was found, on an account of this name. */
export const matched = (counterpart: Transaction, account: string): Explanation => ({
  code: "transfer.matched",
  params: {
    account,
    day: counterpart.day,
    amount: toDecimal(counterpart.amount, counterpart.currency),
    currency: counterpart.currency
  }
})

/** Its person said so. */
export const byHand: Explanation = { code: "transfer.by-hand", params: {} }

/** How sure the category is that a transaction has again when it is no longer linked. */
export const confidenceOf = (category: CategoryOrNone): number => (category === "uncategorized" ? 0 : 1)

export const sentences = {
  "transfer.matched": {
    nb: "Motstykket står på {account} {day}: {amount:money}. Pengene er bare flyttet mellom egne kontoer.",
    nn: "Motstykket står på {account} {day}: {amount:money}. Pengane er berre flytta mellom eigne kontoar.",
    en: "The other half is on {account} on {day}: {amount:money}. The money only moved between own accounts."
  },
  "transfer.by-hand": {
    nb: "Du har sagt at dette er flyttet mellom egne kontoer.",
    nn: "Du har sagt at dette er flytta mellom eigne kontoar.",
    en: "You said that this moved between own accounts."
  },
  "transfer.apart": {
    nb: "Dette er ikke lenger koblet til en annen av dine kontoer. Kategorien er den det var før.",
    nn: "Dette er ikkje lenger kopla til ein annan av kontoane dine. Kategorien er den det var før.",
    en: "This is no longer linked to another of your accounts. The category is what it was before."
  }
} as const
