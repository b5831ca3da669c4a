import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import { Category, CategoryOrNone, CategorySource } from "@finance/core/ledger/Category"
import { Day } from "@finance/core/ledger/Day"
import { Alternative, TransactionSource } from "@finance/core/ledger/Transaction"
import { Currency } from "@finance/core/money/Currency"
import { Amount, AmountBound, Id, InstantOrDay, Limit, Moment, Name, Page, Text } from "./Field.ts"
import { Authorization, Idempotency, Problems, Strictness } from "./Middleware.ts"
import { Conflict, NotFound, ValidationFailed } from "./Problem.ts"

/** `text` is in the language of `Accept-Language`: nb, nn or en. */
export const ToldExplanation = Schema.Struct({
  code: Schema.String,
  params: Schema.Record(Schema.String, Schema.String),
  text: Schema.String
})

export const Transaction = Schema.Struct({
  id: Schema.String,
  account_id: Schema.String,
  amount: Schema.Number,
  currency: Schema.String,
  description: Schema.String,
  merchant_name: Schema.NullOr(Schema.String),
  category: CategoryOrNone,
  category_confidence: Schema.Number,
  category_source: CategorySource,
  category_explanation: ToldExplanation,
  alternatives: Schema.Array(Alternative),
  needs_review: Schema.Boolean,
  occurred_at: Moment,
  booking_date: Schema.String,
  created_at: Moment,
  source: TransactionSource,
  import_id: Schema.optionalKey(Schema.String),
  transfer_id: Schema.optionalKey(Schema.String),
  anomaly_ids: Schema.Array(Schema.String),
  notes: Schema.NullOr(Schema.String),
  tags: Schema.Array(Schema.String)
})
export type Transaction = typeof Transaction.Type

export const TransactionPage = Schema.Struct({
  transactions: Schema.Array(Transaction),
  page: Schema.Int,
  limit: Schema.Int,
  total: Schema.Int,
  /** Where the next page begins: to be handed back as `cursor`. Null on the last page. */
  next_cursor: Schema.NullOr(Schema.String)
})

export const CreateTransaction = Schema.Struct({
  account_id: Id,
  amount: Amount,
  description: Name(500),
  occurred_at: InstantOrDay,
  /** The account's; another one is refused. */
  currency: Schema.optionalKey(Currency),
  category: Schema.optionalKey(Category)
})

export const UpdateTransaction = Schema.Struct({
  description: Schema.optionalKey(Name(500)),
  merchant_name: Schema.optionalKey(Schema.NullOr(Name(200))),
  occurred_at: Schema.optionalKey(InstantOrDay),
  notes: Schema.optionalKey(Schema.NullOr(Text(2_000))),
  tags: Schema.optionalKey(Schema.Array(Name(50)).check(Schema.isMaxLength(20)))
})

/** One event of a transaction: what, who, when, and for a category why. */
export const HistoryEntry = Schema.Struct({
  event_id: Schema.String,
  type: Schema.String,
  version: Schema.Int,
  actor: Schema.String,
  occurred_at: Moment,
  recorded_at: Moment,
  /** The event's own fields, amounts as numbers. */
  data: Schema.Record(Schema.String, Schema.Unknown),
  explanation: Schema.NullOr(ToldExplanation)
})

const params = { id: Id }

export class Transactions extends HttpApiGroup.make("transactions")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: {
        account_id: Schema.optionalKey(Id),
        category: Schema.optionalKey(CategoryOrNone),
        from_date: Schema.optionalKey(Day),
        to_date: Schema.optionalKey(Day),
        min_amount: Schema.optionalKey(AmountBound),
        max_amount: Schema.optionalKey(AmountBound),
        q: Schema.optionalKey(Text(200)),
        needs_review: Schema.optionalKey(Schema.Literals(["true", "false"])),
        page: Schema.optionalKey(Page),
        limit: Schema.optionalKey(Limit(100)),
        cursor: Schema.optionalKey(Text(200))
      },
      success: TransactionPage,
      error: ValidationFailed
    }),
    HttpApiEndpoint.post("create", "/", {
      payload: CreateTransaction,
      success: Transaction.pipe(HttpApiSchema.status(201)),
      error: [ValidationFailed, Conflict, NotFound]
    }),
    HttpApiEndpoint.get("find", "/:id", { params, success: Transaction, error: NotFound }),
    HttpApiEndpoint.patch("update", "/:id", {
      params,
      payload: UpdateTransaction,
      success: Transaction,
      error: [NotFound, Conflict, ValidationFailed]
    }),
    HttpApiEndpoint.patch("categorize", "/:id/category", {
      params,
      payload: Schema.Struct({ category: Category }),
      success: Transaction,
      error: [NotFound, Conflict]
    }),
    HttpApiEndpoint.get("history", "/:id/history", { params, success: Schema.Array(HistoryEntry), error: NotFound }),
    HttpApiEndpoint.delete("remove", "/:id", { params, error: [NotFound, Conflict] }),
    HttpApiEndpoint.post("restore", "/:id/restore", {
      params,
      success: Transaction,
      error: [NotFound, Conflict]
    })
  )
  .middleware(Strictness)
  .middleware(Idempotency)
  .middleware(Authorization)
  .middleware(Problems)
  .prefix("/transactions") {}
