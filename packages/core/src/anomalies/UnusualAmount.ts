/**
 * UnusualAmount: much more at a merchant than the person pays there.
 *
 * Amounts spread by factors, so it is their logarithms that are compared. Two things make an amount unusual.
 *
 *  - Where many visits have shown how the prices spread: robust standard deviations above the median (median absolute deviation, of those
 *    above it, for only the high side is of interest; Iglewicz and Hoaglin, "How to Detect and Handle Outliers", 1993). Of few visits the
 *    deviation leans on a supposed one.
 *  - Everywhere: how many times the usual it is, times how far it stands above the next largest. Shops that sell bread and sofas have
 *    medians and deviations that say little, and this asks less where prices are fixed, more where they are anything, and more again of
 *    few visits.
 *
 * One in forty may be larger, or the second of two would never be told. What was paid at another time too is no surprise. Where there are
 * fewer than five visits, what the person pays in the whole category has its say.
 */
import type { Finding } from "./Finding.ts"
import { evidenceOf, scoreOf, told } from "./Finding.ts"
import { countOf, type Habits, quantileOf, sizesWithout } from "./Habits.ts"
import { type History, isSpending, isTransit, type Line, trifle } from "./Line.ts"

/** So many before and so many after, nearest in time, and none further away than this. */
const neighbours = 40
const maxDays = 400

/** Less than this many times the usual is not worth a word. */
const leastTimes = 2.5
/** Robust standard deviations above the median from which on it is unusual. */
const deviations = 4
/** So many visits are enough to know how prices spread. */
const enough = 15
/** The deviation of a shop that nothing is known of, as a logarithm, and how many visits it counts for. */
const supposed = 0.45
const weight = 10
/** How far it must stand above the next ones, by factor. */
const clear = 1.45
/** One in so many may be larger. */
const many = 40
/** Times the usual, times how far above the next: from which on it is unusual where prices are fixed, and where they are anything. */
const standing = { least: Math.log(6.5), most: Math.log(10.5) }
/** So few visits need the category's word, and so many lines the category needs to have one. */
const few = 5
const leastInCategory = 20
/** How much more it takes where there are few visits. */
const doubt = (visits: number): number => (visits < few ? 5 : 2) / visits

/** Shops that sell a cable as well as a television, and how much more it takes there, as a logarithm. */
const sellsAnything =
  /elkjøp|(?<!\p{L})power|komplett|netonnet|ikea|jysk|bohus|skeidar|maxbo|obs bygg|byggmax|byggmakker|montér|monter|xxl|g-sport|intersport|sport outlet|jula|biltema|plantasjen|apple store|eplehuset/iu
const dearness = 0.7

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

interface Surprise {
  readonly usual: number
  /** 1 where it begins to be unusual. */
  readonly surprise: number
}

/** `next` is the largest that it is compared with, those that are excused left out. */
const surpriseOf = (spent: number, known: ReadonlyArray<number>, next: number, isDear: boolean): Surprise => {
  const logs = known.map(Math.log).sort(ascending)
  const median = medianOf(logs)
  const above = Math.log(spent) - median
  const seen = 1.4826 * medianOf(logs.filter((log) => log >= median).map((log) => log - median))
  const deviation = Math.sqrt((logs.length * seen ** 2 + weight * supposed ** 2) / (logs.length + weight))
  const breadth = Math.max(0, Math.log(next) - median)
  const stands =
    (above + Math.log(spent / next)) /
    (Math.min(standing.most, standing.least + breadth / 2) + doubt(logs.length) + (isDear ? dearness : 0))
  return { usual: Math.exp(median), surprise: Math.max(logs.length < enough ? 0 : above / deviation / deviations, stands) }
}

/** As much as the person pays for anything of the kind, nearly. */
const isLargeInCategory = (line: Line, habits: Habits): boolean => {
  const sizes = sizesWithout(habits, line, (category) => category === line.category)
  return countOf(sizes) >= leastInCategory && line.spent > quantileOf(sizes, 0.97)
}

/** Paid at another time too, like a month's ticket among single ones. */
const isAgain = (line: Line, other: Line): boolean =>
  Math.abs(line.spent - other.spent) <= again * line.spent && Math.abs(line.day - other.day) >= habitDays

/** A ticket for a month or a year, among single ones. */
const isPass = (line: Line): boolean => isTransit(line) && line.spent < 40 * trifle(line.currency)

export const unusualAmount = (history: History, index: number, habits: Habits): Finding | null => {
  const line = history[index]!
  if (!isSpending(line) || line.spent < 2 * trifle(line.currency) || isOrdinary(history, index)) return null
  const known = nearest(history, index)
  const others = excused(known.length) + 1
  if (known.length === 0 || known.filter(({ spent }) => spent * clear > line.spent).length >= others) return null
  if (known.length < few && !isLargeInCategory(line, habits)) return null
  if (known.some((other) => isAgain(line, other)) || isPass(line)) return null
  const amounts = known.map(({ spent }) => spent)
  const { usual, surprise } = surpriseOf(
    line.spent,
    amounts,
    amounts.toSorted(ascending).at(-others)!,
    sellsAnything.test(line.merchant)
  )
  if (line.spent < leastTimes * usual) return null
  return {
    line,
    type: "unusual_amount",
    score: scoreOf(surprise, 1),
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
