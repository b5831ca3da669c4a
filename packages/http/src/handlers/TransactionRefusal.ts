/**
 * TransactionRefusal: what a transaction refuses, as a request is answered.
 */
import type { TransactionRefused } from "@finance/core/ledger/Transaction"
import * as Refusal from "./Refusal.ts"

export const refused = ({ reason }: TransactionRefused) => {
  switch (reason) {
    case "not-found":
    case "deleted":
      return Refusal.missing("transaction")
    case "zero-amount":
      return Refusal.field("amount", "Expected an amount other than zero")
    case "empty-description":
      return Refusal.field("description", "Expected some text")
    case "same-account":
      return Refusal.field("counterpart_id", "Expected a transaction on another account")
    case "already-exists":
    case "not-deleted":
    case "linked-already":
    case "not-linked":
    case "kept-apart":
      return Refusal.conflict(reason, `The transaction is refused: ${reason.replaceAll("-", " ")}`)
  }
}
