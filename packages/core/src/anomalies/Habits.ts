/**
 * Habits: what a person usually pays at once, in each category: how many of their lines are of which size. A size is a step of ten per
 * cent, so that the whole of a life's purchases is a few hundred counts, kept by adding and taking away.
 */
import type { CategoryOrNone } from "../ledger/Category.ts"
import type { Line } from "./Line.ts"

const step = Math.log(1.1)

/** The size that an amount of minor units is of; amounts below one have the lowest. */
export const sizeOf = (spent: number): number => (spent < 1 ? 0 : Math.floor(Math.log(spent) / step))

/** The middle of a size, in minor units. */
export const amountOf = (size: number): number => Math.exp((size + 0.5) * step)

/** Counts by size. */
export type Sizes = ReadonlyMap<number, number>

/** One person's, in one currency. */
export interface Habits {
  readonly categories: ReadonlyMap<CategoryOrNone, Sizes>
  /** The day of the first line known, as a day number; infinite when there is none. */
  readonly first_day: number
}

export const noHabits: Habits = { categories: new Map(), first_day: Infinity }

export const countOf = (sizes: Sizes): number => [...sizes.values()].reduce((sum, count) => sum + count, 0)

/** Of one category, or of all but the one left out, with the line itself taken off. */
export const sizesWithout = ({ categories }: Habits, line: Line, wanted: (category: CategoryOrNone) => boolean): Sizes => {
  const sum = new Map<number, number>()
  for (const [category, sizes] of categories) {
    if (!wanted(category)) continue
    for (const [size, count] of sizes) sum.set(size, (sum.get(size) ?? 0) + count)
  }
  const own = sizeOf(line.spent)
  const left = (sum.get(own) ?? 0) - 1
  if (wanted(line.category) && left >= 0) sum.set(own, left)
  return sum
}

/** The amount that this share of the lines are at or below; 0 when there are none. */
export const quantileOf = (sizes: Sizes, share: number): number => {
  const target = countOf(sizes) * share
  let seen = 0
  for (const [size, count] of [...sizes].toSorted(([one], [other]) => one - other)) {
    seen += count
    if (count > 0 && seen >= target) return amountOf(size)
  }
  return 0
}
