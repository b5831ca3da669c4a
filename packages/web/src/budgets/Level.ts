import type { Tone } from "../controls/Toasts.tsx"

/** How worried to be at a percentage of the budget: its own colour and its own shape at 80, 90 and 100. */
export const levelOf = (percentageUsed: number): Tone =>
  percentageUsed >= 100 ? "bad" : percentageUsed >= 90 ? "high" : percentageUsed >= 80 ? "warn" : "ok"
