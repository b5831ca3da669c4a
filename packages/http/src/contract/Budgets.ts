import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import { Rollover } from "@finance/core/budgets/Budget"
import { Category } from "@finance/core/ledger/Category"
import { Month } from "@finance/core/ledger/Day"
import { Amount } from "./Field.ts"
import { Authorization, Idempotency, Problems, Strictness } from "./Middleware.ts"
import { NotFound, ValidationFailed } from "./Problem.ts"

/**
 * A period is named after the month that most of its days lie in: the one it begins in when it begins on the 1st to the 16th, else the
 * next. With months that start on the 25th, `2026-12` is 25 November to 24 December.
 */
const BudgetMonth = Month.check(
  Schema.makeFilter((month: string) => (month >= "1900-01" && month < "2200-01") || "Expected a month between 1900 and 2199")
)

export const Budget = Schema.Struct({
  category: Category,
  /** As it was set. */
  budget_amount: Schema.Number,
  /** What rolled over from the month before: negative when more was spent than there was. */
  carried_amount: Schema.Number,
  /** Budget and carried amount together: what percentage and thresholds are of. */
  available_amount: Schema.Number,
  spent_amount: Schema.Number,
  /** Of what is available. Negative once more has been spent. */
  remaining_amount: Schema.Number,
  /** Per cent, with one decimal, rounded down. */
  percentage_used: Schema.Number,
  alert_threshold_reached: Schema.Boolean,
  thresholds_reached: Schema.Array(Schema.Literals([80, 90, 100])),
  month: Schema.String,
  /** The first and the last day of the period that the month names. */
  from: Schema.String,
  to: Schema.String,
  rollover: Rollover,
  currency: Schema.String
})
export type Budget = typeof Budget.Type

export const SetBudget = Schema.Struct({
  category: Category,
  budget_amount: Amount,
  /** The current one unless said. */
  month: Schema.optionalKey(BudgetMonth),
  /** As it is in that month already unless said, and none at first. */
  rollover: Schema.optionalKey(Rollover),
  /** For that month alone; it carries on to later ones unless said. */
  one_month: Schema.optionalKey(Schema.Boolean)
})

const settings = {
  /** 1 to 31; the last day of the month where that is shorter. */
  month_starts_on: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 31 })),
  /** Where the day is a weekend or a Norwegian public holiday, on the last working day before it. */
  on_working_day: Schema.Boolean
}

export const BudgetSettings = Schema.Struct({
  ...settings,
  /** The first period that begins so; null for all of them. */
  from_month: Schema.NullOr(Schema.String),
  /** The period that today lies in. */
  current: Schema.Struct({ month: Schema.String, from: Schema.String, to: Schema.String })
})
export type BudgetSettings = typeof BudgetSettings.Type

export const SetBudgetSettings = Schema.Struct({
  month_starts_on: settings.month_starts_on,
  on_working_day: Schema.optionalKey(settings.on_working_day),
  /** Those before it keep their first day; all are cut anew unless said. */
  from_month: Schema.optionalKey(Schema.NullOr(BudgetMonth))
})

const month = { month: Schema.optionalKey(BudgetMonth) }
const oneMonth = { one_month: Schema.optionalKey(Schema.Literals(["true", "false"])) }

export class Budgets extends HttpApiGroup.make("budgets")
  .add(
    HttpApiEndpoint.get("list", "/", { query: month, success: Schema.Array(Budget) }),
    HttpApiEndpoint.post("set", "/", {
      payload: SetBudget,
      success: Budget.pipe(HttpApiSchema.status(201)),
      error: ValidationFailed
    }),
    HttpApiEndpoint.delete("remove", "/:category", {
      params: { category: Category },
      query: { ...month, ...oneMonth },
      error: NotFound
    }),
    HttpApiEndpoint.get("settings", "/settings", { success: BudgetSettings }),
    HttpApiEndpoint.put("setSettings", "/settings", {
      payload: SetBudgetSettings,
      success: BudgetSettings,
      error: ValidationFailed
    })
  )
  .middleware(Strictness)
  .middleware(Idempotency)
  .middleware(Authorization)
  .middleware(Problems)
  .prefix("/budgets") {}
