/**
 * Baselines: what two well-known detectors say of the same lines, for comparison: a z-score of amounts, and an isolation forest. They are
 * given each line's merchant and category as the tracker knows them, and its past: what was paid there before, and everywhere.
 *
 *   unusual_amount     five lines or more there before     the amount against those
 *   unusual_merchant   nothing there before                the amount against all that the person pays
 *
 * Their thresholds are those that do best by F1 on seeds 1 to 20, which are not reported on.
 */
import { categorizeLines } from "@finance/core/categorizer/RuleCategorizer"
import { noKnowledge } from "@finance/core/categorizer/Knowledge"
import { correctionKey } from "@finance/core/categorizer/MerchantName"
import { drawFrom } from "@finance/core/demo/Draw"
import { injected } from "../year/Injection.ts"
import type { AnomalyType, Line, Year } from "../year/Year.ts"
import { yearOf } from "../year/YearOf.ts"
import { isolationScores } from "./IsolationForest.ts"
import { none, plus, precision, recall } from "./Score.ts"
import { type Alert, anomalyScore } from "./Truths.ts"

/** A line of money out with what was paid before it, in kroner. */
interface Seen {
  readonly line: Line
  readonly size: number
  readonly there: ReadonlyArray<number>
  readonly everywhere: ReadonlyArray<number>
}

/** How far a line stands out, as which type. */
interface Rated {
  readonly line: Line
  readonly type: AnomalyType
  readonly rating: number
}

export interface Baseline {
  readonly name: string
  readonly alerts: (year: Year) => ReadonlyArray<Alert>
}

const known = 5
const settled = 60

const seenOf = (year: Year): ReadonlyArray<Seen> => {
  const currencyOf = new Map(year.accounts.map(({ key, currency }) => [key, currency]))
  const out = year.lines.filter(({ amount }) => amount < 0n)
  const read = categorizeLines(
    out.map(({ description, amount, account }) => ({ description, amount, currency: currencyOf.get(account)! })),
    noKnowledge
  )
  const past = new Map<string, Array<number>>()
  const everywhere: Array<number> = []
  return out.flatMap((line, index): ReadonlyArray<Seen> => {
    const { category, merchant_name } = read[index]!
    if (category === "transfer") return []
    const merchant = merchant_name ?? correctionKey(line.description)
    const there = past.get(merchant) ?? []
    const size = -Number(line.amount) / 100
    const seen = { line, size, there, everywhere: everywhere.slice() }
    past.set(merchant, [...there, size])
    everywhere.push(size)
    return [seen]
  })
}

const typeOf = ({ there, everywhere }: Seen): AnomalyType | null => {
  if (there.length >= known) return "unusual_amount"
  return there.length === 0 && everywhere.length >= settled ? "unusual_merchant" : null
}

const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length

/** How many standard deviations above the mean. */
const deviations = (value: number, values: ReadonlyArray<number>): number => {
  const middle = mean(values)
  const deviation = Math.sqrt(mean(values.map((value) => (value - middle) ** 2)))
  return deviation === 0 ? (value > middle ? Number.MAX_VALUE : 0) : (value - middle) / deviation
}

const byDeviation = (year: Year): ReadonlyArray<Rated> =>
  seenOf(year).flatMap((seen): ReadonlyArray<Rated> => {
    const type = typeOf(seen)
    const { line, size, there, everywhere } = seen
    return type === null ? [] : [{ line, type, rating: deviations(size, type === "unusual_amount" ? there : everywhere) }]
  })

/** Size, size against what is usual there and for the person, and how well the merchant is known. */
const pointOf = ({ size, there, everywhere }: Seen) => {
  const usual = (values: ReadonlyArray<number>) => (values.length === 0 ? size : Math.exp(mean(values.map(Math.log))))
  return [Math.log(size), Math.log(size / usual(there)), Math.log(size / usual(everywhere)), Math.log(1 + there.length)]
}

const byIsolation = (year: Year): ReadonlyArray<Rated> => {
  const seen = seenOf(year)
  const scores = isolationScores(drawFrom(`forest ${year.seed}`), seen.map(pointOf))
  return seen.flatMap((one, index): ReadonlyArray<Rated> => {
    const type = typeOf(one)
    return type === null ? [] : [{ line: one.line, type, rating: scores[index]! }]
  })
}

const types: ReadonlyArray<AnomalyType> = ["unusual_amount", "unusual_merchant"]
const steps = 60

const f1 = (score: Parameters<typeof precision>[0]) =>
  (2 * precision(score) * recall(score)) / (precision(score) + recall(score) || 1)

/** The best threshold among the ratings of what should be found and of what stands out most. */
const tuned = (
  rated: ReadonlyArray<{ readonly year: Year; readonly rated: ReadonlyArray<Rated> }>,
  type: AnomalyType
): number => {
  const ratings = rated
    .flatMap(({ rated }) => rated.filter((one) => one.type === type).map(({ rating }) => rating))
    .toSorted((a, b) => b - a)
  const candidates = Array.from({ length: steps }, (_, step) => ratings[Math.floor(ratings.length * 0.25 * (step / steps) ** 2)]!)
  const scored = candidates.map((threshold) => {
    const scores = rated.map(({ year, rated }) =>
      anomalyScore(
        year,
        rated.filter(({ rating }) => rating >= threshold),
        type
      )
    )
    return { threshold, f1: f1(scores.reduce(plus, none)) }
  })
  return scored.reduce((best, one) => (one.f1 > best.f1 ? one : best)).threshold
}

const baseline = (name: string, rate: (year: Year) => ReadonlyArray<Rated>, years: ReadonlyArray<Year>): Baseline => {
  const rated = years.map((year) => ({ year, rated: rate(year) }))
  const thresholds = new Map(types.map((type) => [type, tuned(rated, type)]))
  return { name, alerts: (year) => rate(year).filter(({ type, rating }) => rating >= thresholds.get(type)!) }
}

const lastTuned = 20

/** Both, tuned. Takes some seconds. */
export const baselines = (): ReadonlyArray<Baseline> => {
  const years = Array.from({ length: lastTuned }, (_, index) => injected(yearOf(index + 1), index + 1))
  return [baseline("z-scores", byDeviation, years), baseline("an isolation forest", byIsolation, years)]
}
