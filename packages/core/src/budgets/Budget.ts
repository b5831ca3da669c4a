/**
 * Budget: what a person means to spend at most in a category in a month. Set for one month it carries on to every later one, until it is
 * set again or removed; or it is set or removed for that month alone, and what held before holds again after it. What a month is, `Periods`
 * says; what is told of a budget, and what rolls over, `Standing`.
 */
import * as Equal from "effect/Equal"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { Category } from "../ledger/Category.ts"

// ---- Events ----

/** What of a month's budget rolls over into the next: what is left of it, what was spent beyond it, or both. */
export const Rollover = Schema.Literals(["none", "surplus", "deficit", "both"])
export type Rollover = typeof Rollover.Type

export const BudgetSet = Schema.Struct({
  type: Schema.Literal("BudgetSet"),
  category: Category,
  budget_amount: Schema.BigIntFromString,
  currency: Schema.String,
  month: Schema.String,
  rollover: Rollover,
  one_month: Schema.Boolean
})
export type BudgetSet = typeof BudgetSet.Type

export const BudgetRemoved = Schema.Struct({
  type: Schema.Literal("BudgetRemoved"),
  category: Category,
  month: Schema.String,
  one_month: Schema.Boolean
})
export type BudgetRemoved = typeof BudgetRemoved.Type

/** The threshold is one of `budget_amount` and `carried_amount` together. */
export const BudgetExceeded = Schema.Struct({
  type: Schema.Literal("BudgetExceeded"),
  alert_id: Schema.String,
  category: Category,
  budget_amount: Schema.BigIntFromString,
  carried_amount: Schema.BigIntFromString,
  current_spent: Schema.BigIntFromString,
  currency: Schema.String,
  threshold_percentage: Schema.Literals([80, 90, 100]),
  period: Schema.String
})
export type BudgetExceeded = typeof BudgetExceeded.Type

export const BudgetEvent = Schema.Union([BudgetSet, BudgetRemoved, BudgetExceeded])
export type BudgetEvent = typeof BudgetEvent.Type

// ---- State ----

/** What holds in a month; null where a budget was ended. */
export type Entry = {
  readonly amount: bigint
  readonly currency: string
  readonly rollover: Rollover
} | null

/** A person's budget for one category. */
export interface Budget {
  /** From each of these months on. */
  readonly onwards: ReadonlyMap<string, Entry>
  /** In each of these months alone, whatever holds from an earlier one on. */
  readonly alone: ReadonlyMap<string, Entry>
}

export const noBudget: Budget = { onwards: new Map(), alone: new Map() }

export const evolve = (budget: Budget, event: BudgetEvent): Budget => {
  switch (event.type) {
    case "BudgetSet": {
      const { budget_amount: amount, currency, rollover } = event
      return put(budget, event, { amount, currency, rollover })
    }
    case "BudgetRemoved":
      return put(budget, event, null)
    case "BudgetExceeded":
      return budget
  }
}

/** What is said of a month and the later ones is said of that month too: nothing else holds there any more. */
const put = ({ onwards, alone }: Budget, { month, one_month }: BudgetSet | BudgetRemoved, entry: Entry): Budget => {
  if (one_month) return { onwards, alone: new Map(alone).set(month, entry) }
  const others = new Map(alone)
  others.delete(month)
  return { onwards: new Map(onwards).set(month, entry), alone: others }
}

/** What holds in a month: what was set for it alone, or the latest set from it or an earlier one on. */
export const entryIn = ({ onwards, alone }: Budget, month: string): Entry => {
  const own = alone.get(month)
  if (own !== undefined) return own
  let [latest, entry]: [string, Entry] = ["", null]
  for (const [from, known] of onwards) if (from <= month && from > latest) [latest, entry] = [from, known]
  return entry
}

/** As it is kept: what was set, in rows. */
export interface Row {
  readonly month: string
  readonly one_month: boolean
  /** Null where it ends. */
  readonly amount: bigint | null
  readonly currency: string
  readonly rollover: Rollover
}

export const of = (rows: ReadonlyArray<Row>): Budget => {
  const layer = (one_month: boolean) =>
    new Map(
      rows
        .filter((row) => row.one_month === one_month)
        .map(({ month, amount, currency, rollover }): [string, Entry] => [
          month,
          amount === null ? null : { amount, currency, rollover }
        ])
    )
  return { onwards: layer(false), alone: layer(true) }
}

// ---- Commands ----

export type BudgetCommand =
  | {
      readonly command: "Set"
      readonly category: Category
      readonly amount: bigint
      readonly currency: string
      readonly month: string
      /** As it is in that month already, unless said. */
      readonly rollover?: Rollover | undefined
      readonly one_month?: boolean | undefined
    }
  | {
      readonly command: "Remove"
      readonly category: Category
      readonly month: string
      readonly one_month?: boolean | undefined
    }

export class BudgetRefused extends Schema.TaggedError<BudgetRefused>()("BudgetRefused", {
  reason: Schema.Literals(["not-positive", "not-found", "not-spending"])
}) {
  override get message() {
    return `The budget refuses: ${this.reason.replaceAll("-", " ")}`
  }
}

export const decide = (budget: Budget, command: BudgetCommand): Result.Result<ReadonlyArray<BudgetEvent>, BudgetRefused> => {
  const { category, month, one_month = false } = command
  const now = entryIn(budget, month)
  if (command.command === "Remove") {
    // A budget that was removed for this month alone can still be ended from it on.
    const ended = now ?? (one_month ? null : entryIn({ ...budget, alone: noBudget.alone }, month))
    if (ended === null) return Result.fail(new BudgetRefused({ reason: "not-found" }))
    return Result.succeed([{ type: "BudgetRemoved", category, month, one_month }])
  }
  const { amount, currency, rollover = now?.rollover ?? "none" } = command
  if (amount <= 0n) return Result.fail(new BudgetRefused({ reason: "not-positive" }))
  if (category === "transfer" || category === "income") return Result.fail(new BudgetRefused({ reason: "not-spending" }))
  const event = { type: "BudgetSet", category, budget_amount: amount, currency, month, rollover, one_month } as const
  return Result.succeed(Equal.equals(evolve(budget, event), budget) ? [] : [event])
}

/** How a budget is decided on, for whoever carries commands out. */
export const decider = { stream_type: "budget" as const, initial: noBudget, evolve, decide }
