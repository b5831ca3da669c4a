import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import { CategoryOrNone } from "@finance/core/ledger/Category"
import { Cadence } from "@finance/core/recurring/Cadence"
import { RecurringStatus } from "@finance/core/recurring/Status"
import { Authorization, Problems, Strictness } from "./Middleware.ts"

export const RecurringPayment = Schema.Struct({
  id: Schema.String,
  merchant_name: Schema.String,
  category: CategoryOrNone,
  cadence: Cadence,
  currency: Schema.String,
  /** Negative is money out. */
  expected_amount: Schema.Number,
  last_amount: Schema.Number,
  last_on: Schema.String,
  /** The day it is due next, or was due and did not come. */
  next_on: Schema.String,
  last_transaction_id: Schema.String,
  /** Where it was last paid from or came to. */
  account_id: Schema.String,
  /** How many payments it is known by. */
  payments: Schema.Int,
  status: RecurringStatus
})
export type RecurringPayment = typeof RecurringPayment.Type

export class Recurring extends HttpApiGroup.make("recurring")
  .add(HttpApiEndpoint.get("list", "/", { success: Schema.Array(RecurringPayment) }))
  .middleware(Strictness)
  .middleware(Authorization)
  .middleware(Problems)
  .prefix("/recurring") {}
