import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import { Category } from "@finance/core/ledger/Category"
import { Month } from "@finance/core/ledger/Day"
import { Amount } from "./Field.ts"
import { Authorization, Idempotency, Problems, Strictness } from "./Middleware.ts"
import { NotFound, ValidationFailed } from "./Problem.ts"

export const Budget = Schema.Struct({
  category: Category,
  budget_amount: Schema.Number,
  spent_amount: Schema.Number,
  /** Negative once more has been spent. */
  remaining_amount: Schema.Number,
  /** Per cent, with one decimal, rounded down. */
  percentage_used: Schema.Number,
  alert_threshold_reached: Schema.Boolean,
  thresholds_reached: Schema.Array(Schema.Literals([80, 90, 100])),
  month: Schema.String,
  currency: Schema.String
})
export type Budget = typeof Budget.Type

export const SetBudget = Schema.Struct({ category: Category, budget_amount: Amount, month: Schema.optionalKey(Month) })

const month = { month: Schema.optionalKey(Month) }

export class Budgets extends HttpApiGroup.make("budgets")
  .add(
    HttpApiEndpoint.get("list", "/", { query: month, success: Schema.Array(Budget) }),
    HttpApiEndpoint.post("set", "/", {
      payload: SetBudget,
      success: Budget.pipe(HttpApiSchema.status(201)),
      error: ValidationFailed
    }),
    HttpApiEndpoint.delete("remove", "/:category", { params: { category: Category }, query: month, error: NotFound })
  )
  .middleware(Strictness)
  .middleware(Idempotency)
  .middleware(Authorization)
  .middleware(Problems)
  .prefix("/budgets") {}
