/**
 * TransferLink: the two legs of a move between a person's own accounts, each linked to the other by an event on its own stream. A linked
 * leg is a `transfer`, and so no spending and no income; unlinked it is again what it was before.
 *
 * A category that a person has chosen stands: their leg is linked under it. What a person has taken apart is not put together again but
 * by themselves.
 */
import * as Schema from "effect/Schema"
import { CategoryOrNone, CategorySource } from "../ledger/Category.ts"
import { Explanation } from "../ledger/Explanation.ts"
import { NullableText, place } from "../ledger/Place.ts"

export const By = Schema.Literals(["rule", "user"])
export type By = typeof By.Type

const leg = { transaction_id: Schema.String, ...place, merchant_name: NullableText }
const link = { transfer_id: Schema.String, counterpart_id: Schema.String }

export const TransferLinked = Schema.Struct({
  type: Schema.Literal("TransferLinked"),
  ...leg,
  ...link,
  counterpart_account_id: Schema.String,
  old_category: CategoryOrNone,
  category: CategoryOrNone,
  linked_by: By,
  explanation: Explanation
})
export type TransferLinked = typeof TransferLinked.Type

export const TransferUnlinked = Schema.Struct({
  type: Schema.Literal("TransferUnlinked"),
  ...leg,
  ...link,
  old_category: CategoryOrNone,
  category: CategoryOrNone,
  category_source: CategorySource,
  /** By a rule: one of the legs was deleted. */
  unlinked_by: By
})
export type TransferUnlinked = typeof TransferUnlinked.Type

/** How a transaction is linked, and what it was before. */
export interface Link {
  readonly transfer_id: string
  readonly counterpart_id: string
  readonly before: { readonly category: CategoryOrNone; readonly source: CategorySource }
}

/** What linking knows of a transaction. */
export interface Leg {
  readonly category: CategoryOrNone
  readonly category_source: CategorySource
  readonly transfer: Link | null
  /** Transactions that its person has taken it apart from. */
  readonly apart: ReadonlyArray<string>
}

export const linked = <A extends Leg>(leg: A, event: TransferLinked): A => {
  const { transfer_id, counterpart_id, category } = event
  const before = { category: leg.category, source: leg.category_source }
  const category_source = category === leg.category ? leg.category_source : event.linked_by
  const apart = leg.apart.filter((id) => id !== counterpart_id)
  return { ...leg, category, category_source, transfer: { transfer_id, counterpart_id, before }, apart }
}

export const unlinked = <A extends Leg>(
  leg: A,
  { category, category_source, counterpart_id, unlinked_by }: TransferUnlinked
): A => ({
  ...leg,
  category,
  category_source,
  transfer: null,
  apart: unlinked_by === "user" ? [...new Set([...leg.apart, counterpart_id])] : leg.apart
})

/** What the leg is filed under once it is linked. */
export const categoryOnceLinked = ({ category, category_source }: Leg, by: By): CategoryOrNone =>
  by === "rule" && category_source === "user" ? category : "transfer"

/** What it is filed under once it no longer is: what it was, unless its person has chosen since. */
export const onceUnlinked = ({ category, category_source, transfer }: Leg): Link["before"] =>
  transfer === null || category !== "transfer" ? { category, source: category_source } : transfer.before
