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
import { type History, isSpending, type Line, seen, trifle } from "./Line.ts"

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

/** Payments of one price, one period apart, latest first, back from the day. */
const chainFrom = (history: History, index: number, { days, drift }: Cadence): ReadonlyArray<Line> => {
  const line = history[index]!
  const chain: Array<Line> = []
  let day = line.day
  let price = 0
  for (let at = index - 1; at >= Math.max(0, index - seen.before) && chain.length < maxLinks; at--) {
    const other = history[at]!
    const apart = day - other.day
    if (apart > days + drift) break
    if (apart < days - drift) continue
    const change = line.spent / other.spent - 1
    const fits =
      chain.length === 0 ? Math.abs(change) >= least && change <= most.rise && change >= -most.drop : isSame(other.spent, price)
    if (!fits) continue
    chain.push(other)
    day = other.day
    price = other.spent
  }
  return chain
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
  if (chain.length < cadence.links || isAnother(history, index, cadence) || !isBroken(history, index, chain, cadence)) return null
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
  if (!isSpending(line) || line.spent < trifle(line.currency) / 2) return null
  for (const cadence of cadences) {
    const change = changeAt(history, index, cadence)
    if (change !== null) return change
  }
  return null
}
