/**
 * UnusualMerchant: a large amount to somebody the person has never paid before.
 *
 * Large is by their own habits, whatever they are: above nearly all that they pay at once anywhere, and in that category. Who comes to a new
 * merchant often from then on has found a new shop, and on a journey all shops are new.
 */
import type { Finding } from "./Finding.ts"
import { scoreOf, told } from "./Finding.ts"
import { countOf, type Habits, quantileOf, sizesWithout } from "./Habits.ts"
import { type History, isSpending, trifle } from "./Line.ts"

/** What must be known of a person before anything is new to them. */
const leastDays = 30
const leastLines = 40
const threshold = 1

export const unusualMerchant = (history: History, index: number, habits: Habits): Finding | null => {
  const line = history[index]!
  if (!isSpending(line) || line.spent < 20 * trifle(line.currency)) return null
  if (history.length > 2 || history.some((other) => other.id !== line.id && other.day < line.day)) return null
  if (line.day - habits.first_day < leastDays) return null
  const everything = sizesWithout(habits, line, (category) => category !== "transfer" && category !== "income")
  if (countOf(everything) < leastLines) return null
  const [median, high] = [quantileOf(everything, 0.5), quantileOf(everything, 0.97)]
  const surprise = line.spent / (Math.max(high, 8 * median) * (line.category === "travel" ? 5 : 1))
  return {
    line,
    type: "unusual_merchant",
    score: scoreOf(surprise, threshold),
    explanation: {
      code: "anomaly.unusual-merchant",
      params: {
        merchant: line.merchant,
        amount: told(line.spent, line.currency),
        usual: told(median, line.currency),
        currency: line.currency
      }
    },
    evidence: [],
    scope: line.category,
    size: line.spent
  }
}
