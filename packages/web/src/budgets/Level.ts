import type { Budget } from "../api/Resources.ts"
import type { Tone } from "../controls/Toasts.tsx"

/** How worried to be at a percentage of the budget: its own colour and its own shape at 80, 90 and 100. */
export const levelAt = (percentageUsed: number): Tone =>
  percentageUsed >= 100 ? "bad" : percentageUsed >= 90 ? "high" : percentageUsed >= 80 ? "warn" : "ok"

/** A month may begin with less than nothing, when more was spent before it than there was. */
export const levelOf = ({ percentage_used, remaining_amount }: Pick<Budget, "percentage_used" | "remaining_amount">): Tone =>
  remaining_amount < 0 ? "bad" : levelAt(percentage_used)
