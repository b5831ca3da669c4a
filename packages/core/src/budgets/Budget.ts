/**
 * Budget: what a person means to spend at most in a category in a month. Set for one month it carries on to every later one,
 * until it is set again or removed.
 *
 * A budget is told of at 80, 90 and 100 per cent: each once a month, on the way up only, and when one purchase jumps over several,
 * only the highest is told.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { Category } from "../ledger/Category.ts"

// ---- Events ----

export const BudgetSet = Schema.Struct({
  type: Schema.Literal("BudgetSet"),
  category: Category,
  budget_amount: Schema.BigIntFromString,
  currency: Schema.String,
  month: Schema.String
})
export type BudgetSet = typeof BudgetSet.Type

export const BudgetRemoved = Schema.Struct({ type: Schema.Literal("BudgetRemoved"), category: Category, month: Schema.String })
export type BudgetRemoved = typeof BudgetRemoved.Type

export const BudgetExceeded = Schema.Struct({
  type: Schema.Literal("BudgetExceeded"),
  alert_id: Schema.String,
  category: Category,
  budget_amount: Schema.BigIntFromString,
  current_spent: Schema.BigIntFromString,
  currency: Schema.String,
  threshold_percentage: Schema.Literals([80, 90, 100]),
  period: Schema.String
})
export type BudgetExceeded = typeof BudgetExceeded.Type

export const BudgetEvent = Schema.Union([BudgetSet, BudgetRemoved, BudgetExceeded])
export type BudgetEvent = typeof BudgetEvent.Type

// ---- Setting one ----

/** A person's budget for one category: its amount from each month on (null ends it). */
export interface Budget {
  readonly amounts: ReadonlyMap<string, bigint | null>
  /** What it was last set in; null before that. */
  readonly currency: string | null
}

export const noBudget: Budget = { amounts: new Map(), currency: null }

export const evolve = (budget: Budget, event: BudgetEvent): Budget => {
  switch (event.type) {
    case "BudgetSet":
      return { amounts: new Map(budget.amounts).set(event.month, event.budget_amount), currency: event.currency }
    case "BudgetRemoved":
      return { ...budget, amounts: new Map(budget.amounts).set(event.month, null) }
    case "BudgetExceeded":
      return budget
  }
}

/** The amount in force in a month: the latest one set at or before it. */
export const amountIn = (budget: Budget, month: string): bigint | null => {
  const months = [...budget.amounts.keys()].filter((set) => set <= month).toSorted()
  const latest = months.at(-1)
  return latest === undefined ? null : (budget.amounts.get(latest) ?? null)
}

export type BudgetCommand =
  | {
      readonly command: "Set"
      readonly category: Category
      readonly amount: bigint
      readonly currency: string
      readonly month: string
    }
  | { readonly command: "Remove"; readonly category: Category; readonly month: string }

export class BudgetRefused extends Schema.TaggedError<BudgetRefused>()("BudgetRefused", {
  reason: Schema.Literals(["not-positive", "not-found", "not-spending"])
}) {
  override get message() {
    return `The budget refuses: ${this.reason.replaceAll("-", " ")}`
  }
}

export const decide = (budget: Budget, command: BudgetCommand): Result.Result<ReadonlyArray<BudgetEvent>, BudgetRefused> => {
  if (command.command === "Remove") {
    if (amountIn(budget, command.month) === null) return Result.fail(new BudgetRefused({ reason: "not-found" }))
    return Result.succeed([{ type: "BudgetRemoved", category: command.category, month: command.month }])
  }
  if (command.amount <= 0n) return Result.fail(new BudgetRefused({ reason: "not-positive" }))
  if (command.category === "transfer" || command.category === "income") {
    return Result.fail(new BudgetRefused({ reason: "not-spending" }))
  }
  const { category, amount, currency, month } = command
  if (budget.amounts.get(month) === amount && budget.currency === currency) return Result.succeed([])
  return Result.succeed([{ type: "BudgetSet", category, budget_amount: amount, currency, month }])
}

// ---- Watching one ----

export const thresholds = [80, 90, 100] as const
export type Threshold = (typeof thresholds)[number]

/** The thresholds that this much spending has reached. Exact: compares `spent × 100` with `budget × threshold`. */
export const reached = (spent: bigint, budget: bigint): ReadonlyArray<Threshold> =>
  budget <= 0n ? [] : thresholds.filter((threshold) => spent * 100n >= budget * BigInt(threshold))

/** The threshold to tell of, if any: the highest one reached that has not been told of this month and tops all that have. */
export const toTell = (spent: bigint, budget: bigint, told: ReadonlyArray<number>): Threshold | null => {
  const highest = reached(spent, budget).at(-1)
  return highest !== undefined && told.every((threshold) => threshold < highest) ? highest : null
}

/** Per cent of the budget that is used, with one decimal, rounded down so that it never says 100 before it is so. */
export const percentageUsed = (spent: bigint, budget: bigint): number =>
  spent <= 0n || budget <= 0n ? 0 : Number((spent * 1000n) / budget) / 10

/** How a budget is decided on, for whoever carries commands out. */
export const decider = { stream_type: "budget" as const, initial: noBudget, evolve, decide }
