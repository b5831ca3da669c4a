/**
 * Baselines: what two well-known detectors say of the same lines, for comparison: a z-score of amounts for each merchant, and an isolation
 * forest. They see money out as the tracker knows it (merchant, category) and the lines' whole past, and say whether an amount is unusual.
 * Neither has a notion of a merchant never seen before: of those, the z-score is taken over everything the person pays.
 *
 * Their thresholds are those that do best by F1 on seeds 1 to 20, which are not reported on.
 */
import { correctionKey } from "@finance/core/categorizer/MerchantName"
import { drawFrom } from "@finance/core/demo/Draw"
import type { Told } from "../lives/Life.ts"
import type { Line, Year } from "../year/Year.ts"
import { isolationScores } from "./IsolationForest.ts"
import type { Alert } from "./Truths.ts"

/** A line of money out with what was known before it. */
interface Seen {
  readonly line: Line
  readonly size: number
  /** Logarithms are the forest's; the plain score takes kroner. */
  readonly there: ReadonlyArray<number>
  readonly everywhere: ReadonlyArray<number>
}

export interface Thresholds {
  readonly amount: number
  readonly merchant: number
}

export const zThresholds: Thresholds = { amount: 5, merchant: 4 }
export const forestThresholds: Thresholds = { amount: 0.68, merchant: 0.68 }

const before = 5
const settled = 60

const seenOf = (year: Year, told: Told): ReadonlyArray<Seen> => {
  const transactionOf = new Map([...told.lineOf].map(([id, line]) => [line.id, id]))
  const spent = year.lines.filter(
    (line) => line.amount < 0n && told.merchants.get(transactionOf.get(line.id)!)?.category !== "transfer"
  )
  const past = new Map<string, Array<number>>()
  const everywhere: Array<number> = []
  return spent.map((line) => {
    const merchant = told.merchants.get(transactionOf.get(line.id)!)?.merchant_name ?? correctionKey(line.description)
    const there = past.get(merchant) ?? []
    const size = -Number(line.amount) / 100
    const seen = { line, size, there: [...there], everywhere: everywhere.slice() }
    past.set(merchant, [...there, size])
    everywhere.push(size)
    return seen
  })
}

const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length

/** How many standard deviations above the mean. */
const zOf = (value: number, values: ReadonlyArray<number>): number => {
  const middle = mean(values)
  const deviation = Math.sqrt(mean(values.map((value) => (value - middle) ** 2)))
  return deviation === 0 ? (value > middle ? Number.POSITIVE_INFINITY : 0) : (value - middle) / deviation
}

export const zScores = (year: Year, told: Told, { amount, merchant } = zThresholds): ReadonlyArray<Alert> =>
  seenOf(year, told).flatMap(({ line, size, there, everywhere }): ReadonlyArray<Alert> => {
    if (there.length >= before) return zOf(size, there) > amount ? [{ type: "unusual_amount", line }] : []
    return there.length === 0 && everywhere.length > settled && zOf(size, everywhere) > merchant
      ? [{ type: "unusual_merchant", line }]
      : []
  })

/** Size, size against what is usual there and for the person, and how well the merchant is known. */
const pointOf = ({ size, there, everywhere }: Seen) => {
  const usual = (values: ReadonlyArray<number>) => (values.length === 0 ? size : Math.exp(mean(values.map(Math.log))))
  return [Math.log(size), Math.log(size / usual(there)), Math.log(size / usual(everywhere)), Math.log(1 + there.length)]
}

export const forest = (year: Year, told: Told, { amount, merchant } = forestThresholds): ReadonlyArray<Alert> => {
  const seen = seenOf(year, told)
  const scores = isolationScores(drawFrom(`forest ${year.seed}`), seen.map(pointOf))
  return seen.flatMap(({ line, there, everywhere }, index): ReadonlyArray<Alert> => {
    if (there.length >= before) return scores[index]! > amount ? [{ type: "unusual_amount", line }] : []
    return there.length === 0 && everywhere.length > settled && scores[index]! > merchant
      ? [{ type: "unusual_merchant", line }]
      : []
  })
}
