/**
 * Status: how a series stands today. A payment that did not come may still: after a while its series has ended.
 */
import * as Schema from "effect/Schema"
import { type Cadence, numberOf } from "./Cadence.ts"

export const RecurringStatus = Schema.Literals(["active", "missed", "ended"])
export type RecurringStatus = typeof RecurringStatus.Type

/** Days after the day due from which on nobody waits for it any more: a class pauses for a summer, a bill for two months. */
const patience: Readonly<Record<Cadence, number>> = { weekly: 63, monthly: 61, quarterly: 91, yearly: 61 }

export const statusOn = (
  today: string,
  { cadence, next_on, tolerance_days }: { readonly cadence: Cadence; readonly next_on: string; readonly tolerance_days: number }
): RecurringStatus => {
  const late = numberOf(today) - numberOf(next_on)
  return late <= tolerance_days ? "active" : late <= patience[cadence] ? "missed" : "ended"
}
