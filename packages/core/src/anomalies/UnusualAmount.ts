/**
 * UnusualAmount: much more at a merchant than the person pays there.
 *
 * Amounts spread by factors, so it is their logarithms that are compared: how far above the median, in robust standard deviations
 * (median absolute deviation, of those above the median: only the high side is of interest; Iglewicz and Hoaglin, "How to Detect and
 * Handle Outliers", 1993). Three things are added to that rule, each for shops that it gets wrong.
 *
 *  - A few visits tell little of how a shop's prices spread, and a subscription has no spread at all: the deviation leans on a supposed
 *    one, the more so the less is known.
 *  - What is told stands clear of all but one in twenty of what it is compared with: shops that sell bread and sofas have medians that
 *    say little.
 *  - Twice what was ever paid in many visits is unusual whatever the spread.
 *
 * Where there are too few visits, what the person pays in the whole category has its say too.
 */
import type { Finding } from "./Finding.ts"
import { evidenceOf, scoreOf, told } from "./Finding.ts"
import { countOf, type Habits, quantileOf, sizesWithout } from "./Habits.ts"
import { type History, isSpending, type Line, trifle } from "./Line.ts"

/** So many before and so many after, nearest in time, and none further away than this. */
const neighbours = 40
const maxDays = 400

/** Robust standard deviations above the median from which on it is unusual. */
const threshold = 3.2
/** The deviation of a shop that nothing is known of, as a logarithm, and how many visits it counts for. */
const supposed = 0.4
const weight = 6
/** How far it must stand above the next ones, by factor. */
const clear = 1.35
const many = 20
/** So few visits need the category's word, and so many lines the category needs to have one. */
const few = 5
const leastInCategory = 20

const nearest = (history: History, index: number): ReadonlyArray<Line> => {
  const line = history[index]!
  const from = Math.max(0, index - neighbours)
  return history
    .slice(from, index + neighbours + 1)
    .filter((other) => other.id !== line.id && Math.abs(other.day - line.day) <= maxDays)
}

/** So many of its neighbours may be larger and it be unusual all the same. */
const excused = (neighbours: number): number => Math.floor(neighbours / many)

/** How near two amounts are to be the same again, and how many days apart to be a habit. */
const again = 0.03
const habitDays = 20

/** Whether more of its neighbours are about as large than could be excused: so it is with nearly every line. */
const isOrdinary = (history: History, index: number): boolean => {
  const line = history[index]!
  let left = excused(2 * neighbours)
  const last = Math.min(index + neighbours, history.length - 1)
  for (let at = Math.max(0, index - neighbours); at <= last; at++) {
    const other = history[at]!
    if (at === index || other.spent * clear <= line.spent || Math.abs(other.day - line.day) > maxDays) continue
    if (left-- === 0) return true
  }
  return false
}

const ascending = (one: number, other: number) => one - other

const medianOf = (sorted: ReadonlyArray<number>): number => {
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** How far above the usual it is, in deviations, and what the usual is. */
const surpriseOf = (spent: number, known: ReadonlyArray<number>) => {
  const logs = known.map(Math.log).sort(ascending)
  const median = medianOf(logs)
  const seen = 1.4826 * medianOf(logs.filter((log) => log >= median).map((log) => log - median))
  const leaning = Math.sqrt((logs.length * seen ** 2 + weight * supposed ** 2) / (logs.length + weight))
  // The median of a few is itself uncertain.
  const deviation = leaning * Math.sqrt(1 + 1 / logs.length)
  return { usual: Math.exp(median), surprise: (Math.log(spent) - median) / deviation }
}

/** As much as the person pays for anything of the kind, nearly. */
const isLargeInCategory = (line: Line, habits: Habits): boolean => {
  const sizes = sizesWithout(habits, line, (category) => category === line.category)
  return countOf(sizes) >= leastInCategory && line.spent > quantileOf(sizes, 0.9)
}

/** Paid at another time too, like a month's ticket among single ones. */
const isAgain = (line: Line, other: Line): boolean =>
  Math.abs(line.spent - other.spent) <= again * line.spent && Math.abs(line.day - other.day) >= habitDays

export const unusualAmount = (history: History, index: number, habits: Habits): Finding | null => {
  const line = history[index]!
  if (!isSpending(line) || line.spent < 2 * trifle(line.currency) || isOrdinary(history, index)) return null
  const known = nearest(history, index)
  const others = excused(known.length) + 1
  if (known.length === 0 || known.filter(({ spent }) => spent * clear > line.spent).length >= others) return null
  if (known.length < few && !isLargeInCategory(line, habits)) return null
  if (known.some((other) => isAgain(line, other))) return null
  const amounts = known.map(({ spent }) => spent)
  const { usual, surprise } = surpriseOf(line.spent, amounts)
  const next = amounts.toSorted(ascending).at(-others)!
  const beyond = known.length < many ? 0 : (threshold * Math.log(line.spent / next)) / Math.LN2
  return {
    line,
    type: "unusual_amount",
    score: scoreOf(Math.max(surprise, beyond), threshold),
    explanation: {
      code: known.length < few ? "anomaly.unusual-amount-in-category" : "anomaly.unusual-amount",
      params: {
        merchant: line.merchant,
        amount: told(line.spent, line.currency),
        usual: told(usual, line.currency),
        currency: line.currency,
        times: (line.spent / usual).toFixed(1),
        count: String(known.length),
        category: line.category
      }
    },
    evidence: evidenceOf(known),
    scope: line.merchant,
    size: line.spent
  }
}
