/**
 * Spending: where the money went between two days: money out in all categories but transfer, as positive amounts.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"

export const periods = ["week", "month", "quarter", "year"] as const
export type Period = (typeof periods)[number]
export const groupings = ["category", "merchant", "day", "week"] as const
export type Grouping = (typeof groupings)[number]

/** The first and last day of the period that the day is in. Weeks begin on Mondays (ISO 8601). */
export const rangeOf = (period: Period, on: string): { readonly from: string; readonly to: string } => {
  const [year, month, day] = on.split("-").map(Number) as [number, number, number]
  const quarter = Math.floor((month - 1) / 3) * 3
  const monday = day - ((new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7)
  switch (period) {
    case "week":
      return { from: iso(year, month - 1, monday), to: iso(year, month - 1, monday + 6) }
    case "month":
      return { from: iso(year, month - 1, 1), to: iso(year, month, 0) }
    case "quarter":
      return { from: iso(year, quarter, 1), to: iso(year, quarter + 3, 0) }
    case "year":
      return { from: iso(year, 0, 1), to: iso(year, 11, 31) }
  }
}

const iso = (year: number, month: number, day: number) => {
  const date = new Date(0)
  date.setUTCFullYear(year, month, day)
  return date.toISOString().slice(0, 10)
}

export interface SpendingGroup {
  /** The category, the merchant's name (empty where none is known), the day, or the ISO week (`2026-W47`). */
  readonly key: string
  /** Minor units, positive. */
  readonly total: bigint
  readonly transaction_count: bigint
}

const keys: Record<Grouping, string> = {
  category: "category",
  merchant: "merchant_name",
  day: "day::text",
  week: `to_char(day, 'IYYY-"W"IW')`
}

/** Largest first, or in order of time. Runs within `withPerson`. */
export const between = Effect.fn("Spending.between")(function* (from: string, to: string, grouping: Grouping, currency: string) {
  const sql = yield* SqlClient.SqlClient
  const order = grouping === "category" || grouping === "merchant" ? "total DESC, key" : "key"
  return yield* sql<SpendingGroup>`
    SELECT ${sql.literal(keys[grouping])} AS key, sum(spent_amount)::bigint AS total, sum(transaction_count)::bigint AS transaction_count
    FROM daily_aggregates
    WHERE day BETWEEN ${from}::date AND ${to}::date AND category <> 'transfer' AND currency = ${currency} AND spent_amount <> 0
    GROUP BY 1 ORDER BY ${sql.literal(order)}`
})
