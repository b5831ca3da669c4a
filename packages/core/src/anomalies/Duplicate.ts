/**
 * Duplicate: the same amount to the same merchant twice within 48 hours, be it taken twice by the shop, or written by hand and then
 * brought by the bank. A bank names days, so it is two days.
 *
 * What people do buy twice is left alone (`isOftenRepeated`), and where a person has paid equal amounts within days before, another pair
 * surprises less.
 */
import type { Finding } from "./Finding.ts"
import { evidenceOf, rounded, told } from "./Finding.ts"
import { type History, isOftenRepeated, isSpending, type Line, precedes, seen, trifle } from "./Line.ts"

const maxDays = 2
/** How far around the line its merchant's habits are looked at. */
const habitDays = 200

/** The lines within so many days of it, from the history's order. */
const around = (history: History, index: number, days: number): ReadonlyArray<Line> => {
  const line = history[index]!
  let [from, to] = [index, index]
  const [first, last] = [Math.max(0, index - seen.before), Math.min(history.length - 1, index + seen.after)]
  while (from > first && line.day - history[from - 1]!.day <= days) from--
  while (to < last && history[to + 1]!.day - line.day <= days) to++
  return history.slice(from, to + 1)
}

/** Another payment of the same amount within the days, of the same merchant by where it is looked for. */
export const isTwin = (line: Line, other: Line): boolean =>
  other.id !== line.id && other.spent === line.spent && Math.abs(other.day - line.day) <= maxDays

const hasTwin = (history: History, index: number): boolean => {
  const line = history[index]!
  for (const step of [-1, 1]) {
    for (let at = index + step; at >= 0 && at < history.length && Math.abs(history[at]!.day - line.day) <= maxDays; at += step) {
      if (history[at]!.spent === line.spent) return true
    }
  }
  return false
}

interface Repeats {
  /** Lines seen, those of the pair itself not counted. */
  readonly lines: number
  /** Of them, how often one followed another of its amount within the days. */
  readonly pairs: number
  /** Of them, how many were of this amount. */
  readonly same: number
}

const repeatsOf = (line: Line, nearby: ReadonlyArray<Line>): Repeats => {
  const last = new Map<number, number>()
  let [lines, pairs, same] = [0, 0, 0]
  for (const { spent, day } of nearby) {
    if (spent === line.spent && Math.abs(day - line.day) <= maxDays) continue
    lines++
    if (spent === line.spent) same++
    const before = last.get(spent)
    if (before !== undefined && day - before <= maxDays) pairs++
    last.set(spent, day)
  }
  return { lines, pairs, same }
}

/** 1 where nothing of the kind is known, towards 0 where it happens all the time. */
const surpriseOf = ({ lines, pairs, same }: Repeats): number => {
  const paired = Math.max(0, pairs - 1) / Math.max(lines, 5)
  // By chance alone, so many of this amount would fall within the days around.
  const expected = same < 3 ? 0 : (same * (2 * maxDays + 1)) / (2 * habitDays)
  return Math.max(0, 1 - 8 * paired) * Math.max(0, 1 - 2 * expected)
}

export const duplicate = (history: History, index: number): Finding | null => {
  const line = history[index]!
  if (!isSpending(line) || line.spent < trifle(line.currency)) return null
  if (!hasTwin(history, index)) return null
  const twins = around(history, index, maxDays).filter((other) => isTwin(line, other) && precedes(other, line))
  if (twins.length === 0 || isOftenRepeated(line)) return null
  const surprise = surpriseOf(repeatsOf(line, around(history, index, habitDays)))
  const small = line.spent < 2 * trifle(line.currency) ? 0.85 : 1
  const byHand = twins.some(({ by_hand }) => by_hand !== line.by_hand)
  return {
    line,
    type: "duplicate",
    score: rounded(0.95 * surprise * small),
    explanation: {
      code: byHand ? "anomaly.duplicate-by-hand" : "anomaly.duplicate",
      params: {
        merchant: line.merchant,
        amount: told(line.spent, line.currency),
        currency: line.currency,
        times: String(twins.length + 1)
      }
    },
    evidence: evidenceOf(twins),
    scope: line.merchant,
    size: line.spent
  }
}
