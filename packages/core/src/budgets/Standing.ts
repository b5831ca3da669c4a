/**
 * Standing: how a person's budget stands in a month, with what rolled over into it, and what of that is told.
 *
 *                budget   carried   available   spent   left
 *   January       1,000         -       1,000     700    300 ─┐ surplus
 *   February      1,000       300       1,300   1,500   -200 ─┤ deficit
 *   March         1,000      -200         800     640    160 ─┘           80 per cent of 800: told
 *
 * Invariants
 *  1. What is left rolls over from a month into the next when both months' budgets say so and are in one currency. So it begins with what
 *     the month leaves that it was switched on for, and ends before the month that it was switched off for.
 *  2. Percentages and thresholds are of what is available. Where that is nothing, or less, the first øre is too much.
 *  3. A threshold is told of once a month, on the way up only, and of several at once only the highest.
 */
import { addMonths } from "../ledger/Day.ts"
import { type Budget, type Entry, entryIn, type Rollover } from "./Budget.ts"

/** Amounts in minor units of the currency. */
export interface Standing {
  readonly month: string
  readonly currency: string
  readonly rollover: Rollover
  readonly amount: bigint
  /** From the month before; negative for a deficit. */
  readonly carried: bigint
  readonly spent: bigint
}

/** What was spent in the category in a month, money that came back taken off. */
export type SpentIn = (month: string, currency: string) => bigint

export const available = ({ amount, carried }: Pick<Standing, "amount" | "carried">): bigint => amount + carried

const rolls = (from: Entry, into: Entry): boolean =>
  from !== null && into !== null && from.currency === into.currency && from.rollover !== "none" && into.rollover !== "none"

/** Whether what the month before leaves may count in this one. */
export const carriesInto = (budget: Budget, month: string): boolean =>
  rolls(entryIn(budget, addMonths(month, -1)), entryIn(budget, month))

const takes = (rollover: Rollover, left: bigint): boolean =>
  rollover === "both" || rollover === (left < 0n ? "deficit" : "surplus")

const carriedFrom = (before: Standing | null, into: Entry): bigint => {
  if (before === null || !rolls(before, into)) return 0n
  const left = available(before) - before.spent
  return takes(before.rollover, left) && takes(into!.rollover, left) ? left : 0n
}

/** How a month stands, by how the month before it does. */
export const after = (before: Standing | null, month: string, entry: Entry, spent: bigint): Standing | null =>
  entry === null ? null : { ...entry, month, carried: carriedFrom(before, entry), spent }

/** How the budget stands in each month from the one to the other; null where there is none. */
export const standings = (budget: Budget, from: string, to: string, spentIn: SpentIn): ReadonlyArray<Standing | null> => {
  const wanted: Array<Standing | null> = []
  let before: Standing | null = null
  for (let month = chainStart(budget, from); month <= to; month = addMonths(month, 1)) {
    const entry = entryIn(budget, month)
    before = after(before, month, entry, entry === null ? 0n : spentIn(month, entry.currency))
    if (month >= from) wanted.push(before)
  }
  return wanted
}

export const standingIn = (budget: Budget, month: string, spentIn: SpentIn): Standing | null =>
  standings(budget, month, month, spentIn)[0]!

/** The first of the months that roll over, one into the next, up to this one. */
export const chainStart = (budget: Budget, month: string): string => {
  let start = month
  while (carriesInto(budget, start)) start = addMonths(start, -1)
  return start
}

// ---- What is told ----

export const thresholds = [80, 90, 100] as const
export type Threshold = (typeof thresholds)[number]

/** The thresholds that this much spending has reached. Exact: compares `spent × 100` with `available × threshold`. */
export const reached = (spent: bigint, available: bigint): ReadonlyArray<Threshold> => {
  if (spent <= 0n) return []
  return available <= 0n ? thresholds : thresholds.filter((threshold) => spent * 100n >= available * BigInt(threshold))
}

const highest = (standing: Standing | null): Threshold | 0 =>
  standing === null ? 0 : (reached(standing.spent, available(standing)).at(-1) ?? 0)

/**
 * The threshold to tell of, if any, when a month's budget came from one standing to another: the highest that is reached now, was not
 * before, and tops all that have been told of this month.
 */
export const toTell = (before: Standing | null, now: Standing | null, told: ReadonlyArray<number>): Threshold | null => {
  const threshold = highest(now)
  if (threshold === 0 || threshold <= highest(before)) return null
  return told.every((known) => known < threshold) ? threshold : null
}

/** Those that are done with once this one has been told. */
export const toldBy = (threshold: Threshold): ReadonlyArray<Threshold> => thresholds.filter((known) => known <= threshold)

/** Per cent of what is available that is used, with one decimal, rounded down so that it never says 100 before it is so. */
export const percentageUsed = (spent: bigint, available: bigint): number => {
  if (spent <= 0n) return 0
  return available <= 0n ? 100 : Number((spent * 1000n) / available) / 10
}
