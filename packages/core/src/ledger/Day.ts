/**
 * Day: a calendar date without a time or a zone, as banks print it: `YYYY-MM-DD`. Month: `YYYY-MM`.
 */
import * as Schema from "effect/Schema"

/** Whether the text is a date that exists: `2025-02-29` is not. */
export const isDay = (text: string): boolean => {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  if (match === null) return false
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const date = new Date(Date.UTC(year, month - 1, day))
  return year >= 1 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}

export const Day = Schema.String.check(
  Schema.isPattern(/^\d{4}-\d{2}-\d{2}$/u),
  Schema.makeFilter((text: string) => isDay(text) || `${text} is not a date that exists`)
).pipe(Schema.brand("Day"))
export type Day = typeof Day.Type

export const Month = Schema.String.check(Schema.isPattern(/^\d{4}-(0[1-9]|1[0-2])$/u)).pipe(Schema.brand("Month"))
export type Month = typeof Month.Type

/** The calendar that budgets and periods follow unless a person sets another. */
export const homeZone = "Europe/Oslo"

const calendars = new Map<string, Intl.DateTimeFormat>()

/** The day that an instant falls on in a time zone. */
export const dayIn = (instant: Date, zone = homeZone): Day => {
  let calendar = calendars.get(zone)
  if (calendar === undefined) {
    calendar = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" })
    calendars.set(zone, calendar)
  }
  return calendar.format(instant) as Day
}

export const monthOf = (day: string): Month => day.slice(0, 7) as Month

/** The first and last day of a month. */
export const daysOfMonth = (month: string): { readonly from: Day; readonly to: Day } => {
  const [year, number] = month.split("-").map(Number) as [number, number]
  const last = new Date(Date.UTC(year, number, 0)).getUTCDate()
  return { from: `${month}-01` as Day, to: `${month}-${String(last).padStart(2, "0")}` as Day }
}

/** The month so many months later (earlier when negative). */
export const addMonths = (month: string, months: number): Month => {
  const [year, number] = month.split("-").map(Number) as [number, number]
  const index = year * 12 + number - 1 + months
  return `${String(Math.floor(index / 12)).padStart(4, "0")}-${String((index % 12) + 1).padStart(2, "0")}` as Month
}

/** The day so many days later (earlier when negative). */
export const addDays = (day: string, days: number): Day => {
  const date = new Date(`${day}T00:00:00Z`)
  date.setUTCDate(date.getUTCDate() + days)
  return date.toISOString().slice(0, 10) as Day
}

/** 12:00 UTC of the day: the instant of a bank line that names only a date, so that its first ten characters are that date. */
export const noonOf = (day: string): Date => new Date(`${day}T12:00:00.000Z`)
