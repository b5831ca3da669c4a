import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import { Day } from "@finance/core/ledger/Day"
import { Currency } from "@finance/core/money/Currency"
import { Authorization, Idempotency, Problems, Strictness } from "./Middleware.ts"

export const Period = Schema.Literals(["week", "month", "quarter", "year"])
export const Grouping = Schema.Literals(["category", "merchant", "day", "week"])

export const Spending = Schema.Struct({
  from: Schema.String,
  to: Schema.String,
  group_by: Grouping,
  currency: Schema.String,
  total: Schema.Number,
  groups: Schema.Array(
    Schema.Struct({
      /** The category, the merchant's name (empty where none is known), the day, or the ISO week (`2026-W47`). */
      key: Schema.String,
      total: Schema.Number,
      transaction_count: Schema.Int,
      /** Of the total, 0 to 1. */
      share: Schema.Number
    })
  )
})
export type Spending = typeof Spending.Type

export class Analytics extends HttpApiGroup.make("analytics")
  .add(
    HttpApiEndpoint.get("spending", "/spending", {
      query: {
        period: Schema.optionalKey(Period),
        group_by: Schema.optionalKey(Grouping),
        on: Schema.optionalKey(Day),
        currency: Schema.optionalKey(Currency)
      },
      success: Spending
    })
  )
  .middleware(Strictness)
  .middleware(Idempotency)
  .middleware(Authorization)
  .middleware(Problems)
  .prefix("/analytics") {}
