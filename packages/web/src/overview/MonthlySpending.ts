/** MonthlySpending: days of spending added up into months, exactly. */
import type { Spending } from "../api/Resources.ts"
import { monthOf } from "../calendar/Calendar.ts"
import { toMinor } from "../money/Amount.ts"

/** Minor units by month, of answers grouped by day. */
export const sumByMonth = (answers: ReadonlyArray<Spending | undefined>): ReadonlyMap<string, bigint> => {
  const totals = new Map<string, bigint>()
  for (const answer of answers) {
    for (const { key, total } of answer?.groups ?? []) {
      const month = monthOf(key)
      totals.set(month, (totals.get(month) ?? 0n) + toMinor(total, answer!.currency))
    }
  }
  return totals
}

/** The average of the months that have spending, in minor units rounded down; undefined of fewer than two. */
export const averageOf = (months: ReadonlyArray<string>, totals: ReadonlyMap<string, bigint>): bigint | undefined => {
  const spent = months.map((month) => totals.get(month) ?? 0n).filter((total) => total > 0n)
  return spent.length < 2 ? undefined : spent.reduce((sum, total) => sum + total, 0n) / BigInt(spent.length)
}

/** The lines of a chart's axis, from 0 up, at round amounts: 1, 2, 2.5 or 5 with zeros, at most five above 0, the last at or above the highest. */
export const axisOf = (highest: bigint): ReadonlyArray<bigint> => {
  for (let magnitude = 100n; ; magnitude *= 10n) {
    for (const step of [magnitude, magnitude * 2n, (magnitude * 5n) / 2n, magnitude * 5n]) {
      const lines = highest <= 0n ? 1n : (highest + step - 1n) / step
      if (lines <= 5n) return Array.from({ length: Number(lines) + 1 }, (_, index) => step * BigInt(index))
    }
  }
}
