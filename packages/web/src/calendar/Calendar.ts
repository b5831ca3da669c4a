/**
 * Calendar: days (`YYYY-MM-DD`), months (`YYYY-MM`) and clock times as the reader writes them. Budgets and periods follow the
 * calendar of Europe/Oslo wherever the browser is.
 */
import type { Locale } from "../money/Amount.ts"

const zone = "Europe/Oslo"
const isoDay = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" })

/** The day an instant falls on. A bank line that names only a date carries 12:00 UTC of that day, so its day is that date. */
export const dayOf = (instant: string | Date): string => isoDay.format(new Date(instant))

export const today = (now = new Date()): string => dayOf(now)

export const monthOf = (day: string): string => day.slice(0, 7)

/** The month so many months later (earlier when negative). */
export const addMonths = (month: string, months: number): string => {
  const [year, number] = month.split("-").map(Number) as [number, number]
  return new Date(Date.UTC(year, number - 1 + months, 1)).toISOString().slice(0, 7)
}

/** So many months, the last of them the one given. */
export const monthsUntil = (last: string, count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, index) => addMonths(last, index - count + 1))

export const lastDayOf = (month: string): string => {
  const [year, number] = month.split("-").map(Number) as [number, number]
  return `${month}-${new Date(Date.UTC(year, number, 0)).getUTCDate()}`
}

/** Its first and its last day. */
export interface Span {
  readonly from: string
  readonly to: string
}

/** Whether it is a month of the calendar, from its first day to its last. */
export const isCalendarMonth = ({ from, to }: Span): boolean => from.endsWith("-01") && to === lastDayOf(monthOf(from))

/** How many days of it are left, today included; 0 when today is not one of its days. */
export const daysLeftIn = ({ from, to }: Span, day: string): number =>
  day < from || day > to ? 0 : (Date.parse(to) - Date.parse(day)) / 86_400_000 + 1

const styles = {
  numeric: { year: "numeric", month: "2-digit", day: "2-digit" },
  short: { day: "numeric", month: "short" },
  month: { year: "numeric", month: "long" },
  "month-short": { month: "short" },
  "month-name": { month: "long" }
} satisfies Record<string, Intl.DateTimeFormatOptions>

export type DayStyle = keyof typeof styles

const formatters = new Map<string, Intl.DateTimeFormat>()
const formatter = (key: string, locale: Locale, options: Intl.DateTimeFormatOptions) => {
  const cached = formatters.get(`${locale} ${key}`)
  if (cached !== undefined) return cached
  const made = new Intl.DateTimeFormat(locale, options)
  formatters.set(`${locale} ${key}`, made)
  return made
}

/** A day, or a month, as the reader writes it: `22.11.2026`, `22. nov.`, `november 2026`. */
export const formatDay = (day: string, locale: Locale, style: DayStyle = "numeric"): string =>
  formatter(style, locale, { ...styles[style], timeZone: "UTC" }).format(
    new Date(`${day.length === 7 ? `${day}-01` : day}T00:00:00Z`)
  )

const clock: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", timeZone: zone }

/** When something happened: the time alone if it was today, the date with it otherwise. */
export const formatInstant = (instant: string, locale: Locale, now = new Date()): string => {
  const date = new Date(instant)
  const time = formatter("clock", locale, clock).format(date)
  return dayOf(date) === dayOf(now) ? time : `${formatDay(dayOf(date), locale)} ${time}`
}
