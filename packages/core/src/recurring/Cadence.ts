/**
 * Cadence: how often something comes back, and when it is next due. Days are numbered from 1970-01-01, so that they can be subtracted.
 */
import * as Schema from "effect/Schema"
import type { Day } from "../ledger/Day.ts"

export const cadences = ["weekly", "monthly", "quarterly", "yearly"] as const
export const Cadence = Schema.Literals(cadences)
export type Cadence = typeof Cadence.Type

/** Days between two payments, on average. */
export const daysBetween: Readonly<Record<Cadence, number>> = { weekly: 7, monthly: 30.44, quarterly: 91.31, yearly: 365.25 }

/** How many days from the day due a payment is still that one: a closed bank, a slow card, a bill paid early or late. */
export const tolerance: Readonly<Record<Cadence, number>> = { weekly: 2, monthly: 6, quarterly: 10, yearly: 15 }

const monthsBetween: Readonly<Record<Cadence, number>> = { weekly: 0, monthly: 1, quarterly: 3, yearly: 12 }

const millisPerDay = 86_400_000

export const numberOf = (day: string): number =>
  Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1, Number(day.slice(8))) / millisPerDay

export const dayOf = (number: number): Day => new Date(number * millisPerDay).toISOString().slice(0, 10) as Day

/** The first day of a month, which is counted from year 0 (days_from_civil of Hinnant, chrono-Compatible Low-Level Date Algorithms). */
const firstOf = (month: number): number => {
  const [year, ordinal] = [Math.floor((month - 2) / 12), (month + 10) % 12]
  const era = Math.floor(year / 400)
  const inEra = year - era * 400
  const days = inEra * 365 + Math.floor(inEra / 4) - Math.floor(inEra / 100) + Math.floor((153 * ordinal + 2) / 5)
  return era * 146_097 + days - 719_468
}

/** The date in a month, or the last there is. */
const dateIn = (month: number, date: number): number => Math.min(firstOf(month) + date, firstOf(month + 1)) - 1

/** Where a day stands in the calendar. */
export interface Standing {
  readonly month: number
  readonly date: number
}

export const standingOf = (number: number): Standing => {
  const day = new Date(number * millisPerDay)
  return { month: day.getUTCFullYear() * 12 + day.getUTCMonth(), date: day.getUTCDate() }
}

/** The day so many payments after one: the same weekday, or the same date of another month or its last. */
export const dueAfter = (number: number, { month, date }: Standing, cadence: Cadence, payments: number): number =>
  cadence === "weekly" ? number + 7 * payments : dateIn(month + monthsBetween[cadence] * payments, date)

/** The day with this date of the month, or the month's last, that lies nearest to a day. */
export const nearest = (number: number, date: number): number => {
  const { month } = standingOf(number)
  const choices = [dateIn(month - 1, date), dateIn(month, date), dateIn(month + 1, date)]
  return choices.reduce((best, choice) => (Math.abs(choice - number) < Math.abs(best - number) ? choice : best))
}
