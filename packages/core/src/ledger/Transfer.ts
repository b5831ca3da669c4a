/**
 * Transfer: two transactions that are one move between a person's own accounts. Each leg's stream says so, both in one append.
 *
 * While it is linked a leg is filed under `transfer`, and so is no spending. Unlinked, it is filed again as it was, unless the person has
 * filed it anew meanwhile. A pair that was unlinked for good is not linked again but by hand.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { CategoryOrNone, CategorySource } from "./Category.ts"
import { Explanation } from "./Explanation.ts"
import { place } from "./Place.ts"
import type { Transaction } from "./Transaction.ts"

// ---- Events ----

/** What a transaction is filed under, and why. */
const opinion = {
  category: CategoryOrNone,
  confidence: Schema.Finite,
  category_source: CategorySource,
  explanation: Explanation
}
const Opinion = Schema.Struct(opinion)
export type Opinion = typeof Opinion.Type

export const TransferLinked = Schema.Struct({
  type: Schema.Literal("TransferLinked"),
  ...place,
  merchant_name: Schema.NullOr(Schema.String),
  /** The same on both legs. */
  transfer_id: Schema.String,
  counterpart_id: Schema.String,
  counterpart_account_id: Schema.String,
  old_category: CategoryOrNone,
  ...opinion
})
export type TransferLinked = typeof TransferLinked.Type

export const TransferUnlinked = Schema.Struct({
  type: Schema.Literal("TransferUnlinked"),
  ...place,
  merchant_name: Schema.NullOr(Schema.String),
  transfer_id: Schema.String,
  counterpart_id: Schema.String,
  /** Whether the two may be linked again only by hand. */
  for_good: Schema.Boolean,
  old_category: CategoryOrNone,
  ...opinion
})
export type TransferUnlinked = typeof TransferUnlinked.Type

// ---- State ----

export interface Transfer {
  readonly id: string
  readonly counterpart_id: string
  /** How the transaction was filed before; null once the person has filed it anew. */
  readonly before: Opinion | null
}

export const linked = (transaction: Transaction, event: TransferLinked): Transaction => ({
  ...transaction,
  ...opinionOf(event),
  transfer: { id: event.transfer_id, counterpart_id: event.counterpart_id, before: opinionOf(transaction) },
  apart_from: transaction.apart_from.filter((id) => id !== event.counterpart_id)
})

export const unlinked = (transaction: Transaction, event: TransferUnlinked): Transaction => ({
  ...transaction,
  ...opinionOf(event),
  transfer: null,
  apart_from: event.for_good ? [...transaction.apart_from, event.counterpart_id] : transaction.apart_from
})

const opinionOf = ({ category, confidence, category_source, explanation }: Opinion): Opinion => ({
  category,
  confidence,
  category_source,
  explanation
})

// ---- Commands ----

export interface Link {
  readonly command: "Link"
  readonly transfer_id: string
  readonly counterpart_id: string
  readonly counterpart_account_id: string
  readonly by: "rule" | "user"
  readonly confidence: number
  readonly explanation: Explanation
}

export interface Unlink {
  readonly command: "Unlink"
  readonly counterpart_id: string
  readonly for_good: boolean
}

/**
 * Why a link is refused: it has another counterpart, they are on one account, the person has parted them, or has filed this one as
 * something else.
 */
export type LinkRefusal = "linked" | "same-account" | "parted" | "filed"

/** As much of a transaction as decides whether it can be linked. */
export type Linkable = Pick<
  Transaction,
  | "id"
  | "account_id"
  | "amount"
  | "currency"
  | "day"
  | "merchant_name"
  | "category"
  | "category_source"
  | "transfer"
  | "apart_from"
>

/** The rule's word gives way to the person's; the person's own is always taken. */
export const link = (transaction: Linkable, command: Link): Result.Result<ReadonlyArray<TransferLinked>, LinkRefusal> => {
  const { id, account_id, amount, currency, day, merchant_name, category, category_source, transfer } = transaction
  if (transfer !== null) return transfer.counterpart_id === command.counterpart_id ? Result.succeed([]) : Result.fail("linked")
  if (account_id === command.counterpart_account_id) return Result.fail("same-account")
  if (command.by === "rule") {
    if (transaction.apart_from.includes(command.counterpart_id)) return Result.fail("parted")
    if (category_source === "user" && category !== "transfer") return Result.fail("filed")
  }
  return Result.succeed([
    {
      type: "TransferLinked",
      transaction_id: id,
      account_id,
      amount,
      currency,
      day,
      merchant_name,
      transfer_id: command.transfer_id,
      counterpart_id: command.counterpart_id,
      counterpart_account_id: command.counterpart_account_id,
      old_category: category,
      category: "transfer",
      confidence: command.confidence,
      category_source: category_source === "user" && category === "transfer" ? "user" : command.by,
      explanation: command.explanation
    }
  ])
}

/** None where it is not linked, or not to that one any more. */
export const unlink = (
  transaction: Transaction,
  { counterpart_id, for_good }: Omit<Unlink, "command">
): ReadonlyArray<TransferUnlinked> => {
  const { id, account_id, amount, currency, day, merchant_name, category, transfer } = transaction
  if (transfer?.counterpart_id !== counterpart_id) return []
  return [
    {
      type: "TransferUnlinked",
      transaction_id: id,
      account_id,
      amount,
      currency,
      day,
      merchant_name,
      transfer_id: transfer.id,
      counterpart_id,
      for_good,
      old_category: category,
      ...(transfer.before ?? opinionOf(transaction))
    }
  ]
}
