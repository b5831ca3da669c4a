/**
 * Transaction: one movement of money on one account, from the bank line or by hand, and everything that was ever said about it.
 *
 * Events carry what they change from and to (amount, day, old category), so that sums can be kept from the event alone.
 * Instants are ISO 8601 UTC texts, days `YYYY-MM-DD`, amounts minor units of `currency`, negative for money out.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { CategoryOrNone, CategorySource } from "./Category.ts"
import { Explanation } from "./Explanation.ts"
import { Amount, place } from "./Place.ts"
import * as Transfer from "./Transfer.ts"

// ---- Events ----

const NullableText = Schema.NullOr(Schema.String)

export const TransactionSource = Schema.Literals(["bank_sync", "manual", "import"])
export type TransactionSource = typeof TransactionSource.Type

export const Alternative = Schema.Struct({ category: CategoryOrNone, confidence: Schema.Finite })
export type Alternative = typeof Alternative.Type

export const TransactionCreated = Schema.Struct({
  type: Schema.Literal("TransactionCreated"),
  transaction_id: Schema.String,
  account_id: Schema.String,
  amount: Amount,
  currency: Schema.String,
  description: Schema.String,
  occurred_at: Schema.String,
  booking_date: Schema.String,
  value_date: NullableText,
  external_id: NullableText,
  source: TransactionSource,
  import_id: NullableText,
  raw_data: NullableText
})
export type TransactionCreated = typeof TransactionCreated.Type

export const TransactionCategorized = Schema.Struct({
  type: Schema.Literal("TransactionCategorized"),
  ...place,
  old_category: CategoryOrNone,
  old_merchant_name: NullableText,
  category: CategoryOrNone,
  confidence: Schema.Finite,
  categorization_source: CategorySource,
  merchant_name: NullableText,
  explanation: Explanation,
  alternatives: Schema.Array(Alternative)
})
export type TransactionCategorized = typeof TransactionCategorized.Type

export const TransactionCategoryOverridden = Schema.Struct({
  type: Schema.Literal("TransactionCategoryOverridden"),
  ...place,
  description: Schema.String,
  merchant_name: NullableText,
  old_category: CategoryOrNone,
  new_category: CategoryOrNone,
  user_id: Schema.String
})
export type TransactionCategoryOverridden = typeof TransactionCategoryOverridden.Type

/** The changed fields, each with what it was. */
export const TransactionUpdated = Schema.Struct({
  type: Schema.Literal("TransactionUpdated"),
  ...place,
  category: CategoryOrNone,
  merchant_name: NullableText,
  changes: Schema.Struct({
    description: Schema.optionalKey(Schema.Struct({ from: Schema.String, to: Schema.String })),
    merchant_name: Schema.optionalKey(Schema.Struct({ from: NullableText, to: NullableText })),
    occurred_at: Schema.optionalKey(
      Schema.Struct({ from: Schema.String, to: Schema.String, from_day: Schema.String, to_day: Schema.String })
    ),
    notes: Schema.optionalKey(Schema.Struct({ from: NullableText, to: NullableText })),
    tags: Schema.optionalKey(Schema.Struct({ from: Schema.Array(Schema.String), to: Schema.Array(Schema.String) }))
  })
})
export type TransactionUpdated = typeof TransactionUpdated.Type

export const TransactionDeleted = Schema.Struct({
  type: Schema.Literal("TransactionDeleted"),
  ...place,
  category: CategoryOrNone,
  merchant_name: NullableText
})
export type TransactionDeleted = typeof TransactionDeleted.Type

export const TransactionRestored = Schema.Struct({
  type: Schema.Literal("TransactionRestored"),
  ...place,
  category: CategoryOrNone,
  merchant_name: NullableText
})
export type TransactionRestored = typeof TransactionRestored.Type

export const TransactionEvent = Schema.Union([
  TransactionCreated,
  TransactionCategorized,
  TransactionCategoryOverridden,
  TransactionUpdated,
  TransactionDeleted,
  TransactionRestored,
  Transfer.TransferLinked,
  Transfer.TransferUnlinked
])
export type TransactionEvent = typeof TransactionEvent.Type

const types: ReadonlySet<string> = new Set(TransactionEvent.members.map(({ fields }) => fields.type.literal))

export const isTransactionEvent = (event: { readonly type: string }): event is TransactionEvent => types.has(event.type)

// ---- State ----

export interface Transaction {
  readonly id: string
  readonly account_id: string
  readonly amount: bigint
  readonly currency: string
  readonly description: string
  readonly merchant_name: string | null
  readonly category: CategoryOrNone
  readonly category_source: CategorySource
  readonly confidence: number
  readonly explanation: Explanation
  readonly occurred_at: string
  readonly day: string
  readonly notes: string | null
  readonly tags: ReadonlyArray<string>
  readonly deleted: boolean
  readonly transfer: Transfer.Transfer | null
  /** Transactions that the person has said this one makes no transfer with. */
  readonly apart_from: ReadonlyArray<string>
}

const pending: Explanation = { code: "category.pending", params: {} }
const chosen: Explanation = { code: "category.user", params: {} }

/** The state after the events so far, or null before the first. */
export const evolve = (transaction: Transaction | null, event: TransactionEvent): Transaction => {
  if (event.type === "TransactionCreated") {
    return {
      id: event.transaction_id,
      account_id: event.account_id,
      amount: event.amount,
      currency: event.currency,
      description: event.description,
      merchant_name: null,
      category: "uncategorized",
      category_source: "rule",
      confidence: 0,
      explanation: pending,
      occurred_at: event.occurred_at,
      day: event.booking_date,
      notes: null,
      tags: [],
      deleted: false,
      transfer: null,
      apart_from: []
    }
  }
  if (transaction === null) throw new Error(`${event.type} of ${event.transaction_id} comes before its TransactionCreated`)
  switch (event.type) {
    case "TransactionCategorized":
      return {
        ...transaction,
        category: event.category,
        category_source: event.categorization_source,
        confidence: event.confidence,
        explanation: event.explanation,
        merchant_name: event.merchant_name
      }
    case "TransactionCategoryOverridden":
      return {
        ...transaction,
        category: event.new_category,
        category_source: "user",
        confidence: 1,
        explanation: chosen,
        transfer: transaction.transfer === null ? null : { ...transaction.transfer, before: null }
      }
    case "TransactionUpdated": {
      const { description, merchant_name, occurred_at, notes, tags } = event.changes
      return {
        ...transaction,
        description: description === undefined ? transaction.description : description.to,
        merchant_name: merchant_name === undefined ? transaction.merchant_name : merchant_name.to,
        occurred_at: occurred_at === undefined ? transaction.occurred_at : occurred_at.to,
        day: occurred_at === undefined ? transaction.day : occurred_at.to_day,
        notes: notes === undefined ? transaction.notes : notes.to,
        tags: tags === undefined ? transaction.tags : tags.to
      }
    }
    case "TransactionDeleted":
      return { ...transaction, deleted: true }
    case "TransactionRestored":
      return { ...transaction, deleted: false }
    case "TransferLinked":
      return Transfer.linked(transaction, event)
    case "TransferUnlinked":
      return Transfer.unlinked(transaction, event)
  }
}

// ---- Commands ----

export interface Create extends Omit<TransactionCreated, "type"> {
  readonly command: "Create"
}

export interface Categorize {
  readonly command: "Categorize"
  readonly category: CategoryOrNone
  readonly confidence: number
  readonly source: CategorySource
  readonly merchant_name: string | null
  readonly explanation: Explanation
  readonly alternatives: ReadonlyArray<Alternative>
}

export interface Override {
  readonly command: "Override"
  readonly category: CategoryOrNone
  readonly user_id: string
}

export interface Update {
  readonly command: "Update"
  readonly description?: string | undefined
  readonly merchant_name?: string | null | undefined
  readonly occurred_at?: { readonly at: string; readonly day: string } | undefined
  readonly notes?: string | null | undefined
  readonly tags?: ReadonlyArray<string> | undefined
}

export type TransactionCommand =
  | Create
  | Categorize
  | Override
  | Update
  | Transfer.Link
  | Transfer.Unlink
  | { readonly command: "Delete" }
  | { readonly command: "Restore" }

export class TransactionRefused extends Schema.TaggedError<TransactionRefused>()("TransactionRefused", {
  reason: Schema.Literals([
    "zero-amount",
    "already-exists",
    "not-found",
    "deleted",
    "not-deleted",
    "empty-description",
    "linked",
    "same-account",
    "parted",
    "filed"
  ])
}) {
  override get message() {
    return `The transaction refuses: ${this.reason.replaceAll("-", " ")}`
  }
}

const refuse = (reason: TransactionRefused["reason"]) => Result.fail(new TransactionRefused({ reason }))

/** What happens when the command meets the transaction: events to append, none when nothing would change, or a refusal. */
export const decide = (
  transaction: Transaction | null,
  command: TransactionCommand
): Result.Result<ReadonlyArray<TransactionEvent>, TransactionRefused> => {
  if (command.command === "Create") return create(transaction, command)
  if (transaction === null) return refuse("not-found")
  if (command.command === "Restore") {
    return transaction.deleted
      ? Result.succeed([{ type: "TransactionRestored", ...standing(transaction) }])
      : refuse("not-deleted")
  }
  if (transaction.deleted) return refuse("deleted")
  switch (command.command) {
    case "Categorize":
      return Result.succeed(categorize(transaction, command))
    case "Override":
      return Result.succeed(override(transaction, command))
    case "Update":
      return update(transaction, command)
    case "Link":
      return Result.mapError(Transfer.link(transaction, command), (reason) => new TransactionRefused({ reason }))
    case "Unlink":
      return Result.succeed(Transfer.unlink(transaction, command))
    case "Delete":
      return Result.succeed(remove(transaction))
  }
}

const create = (transaction: Transaction | null, { command: _, ...fields }: Create) => {
  if (transaction !== null) return refuse("already-exists")
  if (fields.amount === 0n) return refuse("zero-amount")
  if (fields.description.trim() === "") return refuse("empty-description")
  return Result.succeed([{ type: "TransactionCreated" as const, ...fields }])
}

/** What is gone is no leg of a transfer. */
const remove = (transaction: Transaction): ReadonlyArray<TransactionEvent> => {
  const { transfer } = transaction
  const parted =
    transfer === null ? [] : Transfer.unlink(transaction, { counterpart_id: transfer.counterpart_id, for_good: false })
  return [...parted, { type: "TransactionDeleted", ...standing(parted.reduce(evolve, transaction)) }]
}

/** A person's own choice, and that it is a transfer, outlive every later opinion of a rule or a model. */
const categorize = (transaction: Transaction, command: Categorize): ReadonlyArray<TransactionEvent> =>
  transaction.category_source === "user" || transaction.transfer !== null
    ? []
    : [
        {
          type: "TransactionCategorized",
          ...placeOf(transaction),
          old_category: transaction.category,
          old_merchant_name: transaction.merchant_name,
          category: command.category,
          confidence: command.confidence,
          categorization_source: command.source,
          merchant_name: command.merchant_name,
          explanation: command.explanation,
          alternatives: command.alternatives
        }
      ]

const override = (transaction: Transaction, command: Override): ReadonlyArray<TransactionEvent> =>
  transaction.category === command.category && transaction.category_source === "user"
    ? []
    : [
        {
          type: "TransactionCategoryOverridden",
          ...placeOf(transaction),
          description: transaction.description,
          merchant_name: transaction.merchant_name,
          old_category: transaction.category,
          new_category: command.category,
          user_id: command.user_id
        }
      ]

const update = (
  transaction: Transaction,
  command: Update
): Result.Result<ReadonlyArray<TransactionEvent>, TransactionRefused> => {
  const { description, merchant_name, occurred_at, notes, tags } = command
  if (description !== undefined && description.trim() === "") return refuse("empty-description")
  const changes = {
    ...(description !== undefined &&
      description !== transaction.description && { description: { from: transaction.description, to: description } }),
    ...(merchant_name !== undefined &&
      merchant_name !== transaction.merchant_name && { merchant_name: { from: transaction.merchant_name, to: merchant_name } }),
    ...(occurred_at !== undefined &&
      occurred_at.at !== transaction.occurred_at && {
        occurred_at: { from: transaction.occurred_at, to: occurred_at.at, from_day: transaction.day, to_day: occurred_at.day }
      }),
    ...(notes !== undefined && notes !== transaction.notes && { notes: { from: transaction.notes, to: notes } }),
    ...(tags !== undefined && !sameTags(tags, transaction.tags) && { tags: { from: transaction.tags, to: tags } })
  }
  if (Object.keys(changes).length === 0) return Result.succeed([])
  return Result.succeed([{ type: "TransactionUpdated", ...standing(transaction), changes }])
}

const sameTags = (one: ReadonlyArray<string>, other: ReadonlyArray<string>) =>
  one.length === other.length && one.every((tag, index) => tag === other[index])

const placeOf = ({ id, account_id, amount, currency, day }: Transaction) => ({
  transaction_id: id,
  account_id,
  amount,
  currency,
  day
})

const standing = (transaction: Transaction) => ({
  ...placeOf(transaction),
  category: transaction.category,
  merchant_name: transaction.merchant_name
})

/** How a transaction is decided on, for whoever carries commands out. */
export const decider = { stream_type: "transaction" as const, initial: null as Transaction | null, evolve, decide }
