/** Every program whose tables can be rebuilt, by its name. */
import { rebuiltBudgets } from "../budgets/BudgetWatch.ts"
import { rebuiltRecurring } from "../recurring/Recurring.ts"
import { rebuiltTransfers } from "../transfers/Transfers.ts"
import { rebuiltProjections } from "./RebuiltProjections.ts"

export const rebuildables = {
  projections: rebuiltProjections,
  budgets: rebuiltBudgets,
  recurring: rebuiltRecurring,
  transfers: rebuiltTransfers
} as const

export type RebuildableName = keyof typeof rebuildables
