/**
 * BudgetV1: the events of budgets as they were first written, before budgets rolled over and could be set for one month alone.
 */
import * as Schema from "effect/Schema"
import { Category } from "../ledger/Category.ts"
import type { BudgetExceeded, BudgetRemoved, BudgetSet } from "./Budget.ts"

export const BudgetSetV1 = Schema.Struct({
  type: Schema.Literal("BudgetSet"),
  category: Category,
  budget_amount: Schema.BigIntFromString,
  currency: Schema.String,
  month: Schema.String
})

export const upcastSet = (v1: typeof BudgetSetV1.Type): BudgetSet => ({ ...v1, rollover: "none", one_month: false })

export const BudgetRemovedV1 = Schema.Struct({ type: Schema.Literal("BudgetRemoved"), category: Category, month: Schema.String })

export const upcastRemoved = (v1: typeof BudgetRemovedV1.Type): BudgetRemoved => ({ ...v1, one_month: false })

export const BudgetExceededV1 = Schema.Struct({
  type: Schema.Literal("BudgetExceeded"),
  alert_id: Schema.String,
  category: Category,
  budget_amount: Schema.BigIntFromString,
  current_spent: Schema.BigIntFromString,
  currency: Schema.String,
  threshold_percentage: Schema.Literals([80, 90, 100]),
  period: Schema.String
})

export const upcastExceeded = (v1: typeof BudgetExceededV1.Type): BudgetExceeded => ({ ...v1, carried_amount: 0n })
