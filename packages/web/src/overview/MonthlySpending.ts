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

/** The top of a chart's axis: the least round amount, 1, 2 or 5 with zeros, whose multiples by `lines` reach the highest bar. */
export const axisOf = (highest: bigint, lines = 4): { readonly step: bigint; readonly top: bigint } => {
  let magnitude = 100n
  for (;;) {
    for (const factor of [1n, 2n, 5n]) {
      const step = magnitude * factor
      if (step * BigInt(lines) >= highest) return { step, top: step * BigInt(lines) }
    }
    magnitude *= 10n
  }
}
