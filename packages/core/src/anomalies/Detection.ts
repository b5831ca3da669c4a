/**
 * Detection: everything that is to be said of a line, given what is known of its person when it is looked at.
 *
 *   history of its merchant ─┐
 *   the person's habits ─────┼─▶ detectors ─▶ findings ─▶ what they dismissed before taken into account ─▶ to tell
 *   the person's lessons ────┘
 *
 * Invariants
 *  1. It is a function of what is known, and of nothing else: no clock, no order of questions.
 *  2. Each type is found at most once for a line, and a change of price is no unusual amount besides.
 *  3. What is dismissed is never found again unless it is larger, and each dismissal asks for more surprise the next time.
 */
import { duplicate } from "./Duplicate.ts"
import type { Finding } from "./Finding.ts"
import type { Habits } from "./Habits.ts"
import { type Lessons, isLearned } from "./Lessons.ts"
import type { History } from "./Line.ts"
import { priceChange } from "./PriceChange.ts"
import { unusualAmount } from "./UnusualAmount.ts"
import { unusualMerchant } from "./UnusualMerchant.ts"

/** What is to be told of the line at this place among those of its person, merchant and currency. */
export const findingsOf = (history: History, index: number, habits: Habits, lessons: Lessons): ReadonlyArray<Finding> => {
  const change = priceChange(history, index)
  const found: Array<Finding> = []
  const consider = (finding: Finding | null) => {
    if (finding !== null && finding.score >= 0.5 && !isLearned(lessons, finding)) found.push(finding)
  }
  consider(change)
  if (change === null) consider(unusualAmount(history, index, habits))
  consider(unusualMerchant(history, index, habits))
  consider(duplicate(history, index))
  return found
}
