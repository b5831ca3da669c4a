/**
 * PriceChange: a regular payment that has been the same for some time costs something else.
 *
 *   day    0     30     61     91    122
 *         119    119    119    119   139      a chain back from the line, one period a step, of one amount
 *          └──────┴──────┴──────┘     └ the change
 *
 * The chain holds whatever else the merchant is paid in between: a shop that sells phones and subscriptions has chains of its own.
 */
import type { Finding } from "./Finding.ts"
import { evidenceOf, rounded, told } from "./Finding.ts"
import { type History, isOverCounter, type Line, seen, trifle } from "./Line.ts"

/** The bank's fees: a price for each use, and another sum every month. */
const byUse = /gebyr|prislagte tjenester|omkostning/i

/** How often it is paid, how far a date may drift, and how many equal payments make it regular. */
interface Cadence {
  readonly days: number
  readonly drift: number
  readonly links: number
}

const cadences: ReadonlyArray<Cadence> = [
  { days: 7, drift: 1, links: 4 },
  { days: 14, drift: 2, links: 4 },
  { days: 30.44, drift: 5, links: 3 },
  { days: 91.3, drift: 9, links: 2 },
  { days: 182.6, drift: 12, links: 2 },
  { days: 365.25, drift: 16, links: 2 }
]

const least = 0.01
const most = { rise: 0.6, drop: 0.3 }
const maxLinks = 6
/** Amounts this near each other are the same price. */
const same = 0.001

const isSame = (one: number, other: number) => Math.abs(one - other) <= same * Math.max(one, other)

/** Payments of one price, one period apart and once perhaps two (no fee is due in July), latest first, back from the day. */
const chainFrom = (history: History, index: number, cadence: Cadence): ReadonlyArray<Line> => {
  const line = history[index]!
  const chain: Array<Line> = []
  let last = line
  let left = 1
  for (let at = index - 1; at >= Math.max(0, index - seen.before) && chain.length < maxLinks; at--) {
    const other = history[at]!
    const periods = periodsBetween(last.day - other.day, cadence)
    if (periods > 1 + left) break
    const fits = chain.length === 0 ? isChange(line.spent / other.spent - 1) : isSame(other.spent, chain[0]!.spent)
    if (periods === 0 || !fits) continue
    left -= periods - 1
    chain.push(other)
    last = other
  }
  return chain
}

const isChange = (change: number): boolean => Math.abs(change) >= least && change <= most.rise && change >= -most.drop

/** 1 or 2 where it is about so many, 0 where it is between, and infinite beyond. */
const periodsBetween = (apart: number, { days, drift }: Cadence): number => {
  if (apart > 2 * days + drift) return Infinity
  if (Math.abs(apart - days) <= drift) return 1
  return days > 28 && days < 32 && Math.abs(apart - 2 * days) <= drift ? 2 : 0
}

/** Whether it was paid at this price as rarely as the cadence says, and not again once the line had come. */
const isBroken = (history: History, index: number, chain: ReadonlyArray<Line>, { days, drift }: Cadence): boolean => {
  const line = history[index]!
  const price = chain[0]!.spent
  const from = chain.at(-1)!.day
  const nearby = history.slice(Math.max(0, index - seen.before), index + seen.after + 1)
  const atPrice = nearby.filter(({ spent, day }) => isSame(spent, price) && day >= from)
  const later = atPrice.filter(({ day }) => day > chain[0]!.day + days - drift - 1)
  const alike = nearby.filter(({ spent, day }) => spent * 2 > price && spent < price * 2 && day >= from && day < line.day)
  return later.length === 0 && atPrice.length <= chain.length * 1.5 && alike.length <= chain.length * 2.5
}

/** Whether it was paid a period ago what it is paid now: then it is another of the merchant's regular payments. */
const isAnother = (history: History, index: number, { days, drift }: Cadence): boolean => {
  const line = history[index]!
  for (let at = index - 1; at >= Math.max(0, index - seen.before) && line.day - history[at]!.day <= 2 * days + drift; at--) {
    if (isSame(history[at]!.spent, line.spent) && line.day - history[at]!.day > 2) return true
  }
  return false
}

const changeAt = (history: History, index: number, cadence: Cadence): Finding | null => {
  const line = history[index]!
  const chain = chainFrom(history, index, cadence)
  if (
    chain.length < cadence.links ||
    isOverCounter(line) ||
    byUse.test(line.merchant) ||
    isAnother(history, index, cadence) ||
    !isBroken(history, index, chain, cadence)
  )
    return null
  const before = chain[0]!.spent
  const change = line.spent / before - 1
  return {
    line,
    type: "price_change",
    score: rounded(0.6 + 0.35 * Math.min(1, Math.abs(change) / 0.3) * (chain.length / maxLinks)),
    explanation: {
      code: change > 0 ? "anomaly.price-rise" : "anomaly.price-drop",
      params: {
        merchant: line.merchant,
        before: told(before, line.currency),
        after: told(line.spent, line.currency),
        currency: line.currency,
        direction: change > 0 ? "up" : "down",
        percent: Math.abs(change * 100).toFixed(1)
      }
    },
    evidence: evidenceOf(chain.toReversed()),
    scope: line.merchant,
    size: Math.round(Math.abs(change) * 10_000)
  }
}

export const priceChange = (history: History, index: number): Finding | null => {
  const line = history[index]!
  // A lender's instalments are no spending, and have a price all the same.
  if (line.merchant === "" || line.category === "income" || line.spent < trifle(line.currency) / 2) return null
  const reach = line.day - history[Math.max(0, index - seen.before)]!.day
  for (const cadence of cadences) {
    // At a shop that is gone to every day, what is known does not reach back so many months.
    if (reach < cadence.links * (cadence.days - cadence.drift)) return null
    const change = changeAt(history, index, cadence)
    if (change !== null) return change
  }
  return null
}
