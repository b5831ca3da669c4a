/**
 * Calendar: Norwegian bank days. Salaries come on the bank day before one that is none, bills are drawn on the one after.
 */
import { addDays, type Day, daysOfMonth, type Month, monthOf } from "@finance/core/ledger/Day"

/** Easter Sunday of a Gregorian year (Meeus/Jones/Butcher). */
const easterOf = (year: number): Day => {
  const a = year % 19
  const [b, c] = [Math.floor(year / 100), year % 100]
  const h = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7
  const m = Math.floor((a + 11 * h + 22 * l) / 451)
  const [month, date] = [Math.floor((h + l - 7 * m + 114) / 31), ((h + l - 7 * m + 114) % 31) + 1]
  return new Date(Date.UTC(year, month - 1, date)).toISOString().slice(0, 10) as Day
}

const movable = [-3, -2, 1, 39, 50]
const fixed = ["01-01", "05-01", "05-17", "12-24", "12-25", "12-26", "12-31"]
const closed = new Map<number, ReadonlySet<string>>()

const holidaysOf = (year: number): ReadonlySet<string> => {
  const known = closed.get(year)
  if (known !== undefined) return known
  const easter = easterOf(year)
  const days = new Set([...movable.map((after) => addDays(easter, after)), ...fixed.map((date) => `${year}-${date}`)])
  closed.set(year, days)
  return days
}

/** 0 is Sunday. */
export const weekdayOf = (day: Day): number => new Date(`${day}T00:00:00Z`).getUTCDay()

export const isBankDay = (day: Day): boolean => ![0, 6].includes(weekdayOf(day)) && !holidaysOf(Number(day.slice(0, 4))).has(day)

/** The day, or the next bank day. */
export const bankDayFrom = (day: Day): Day => {
  let at = day
  while (!isBankDay(at)) at = addDays(at, 1)
  return at
}

/** The day, or the last bank day before it. */
export const bankDayUpTo = (day: Day): Day => {
  let at = day
  while (!isBankDay(at)) at = addDays(at, -1)
  return at
}

export const bankDaysAfter = (day: Day, days: number): Day => {
  let at = bankDayFrom(day)
  for (let left = days; left > 0; left--) at = bankDayFrom(addDays(at, 1))
  return at
}

/** The date in a month, or the month's last. */
export const dateIn = (month: Month, date: number): Day => {
  const { to } = daysOfMonth(month)
  return date >= Number(to.slice(8)) ? to : (`${month}-${String(date).padStart(2, "0")}` as Day)
}

export const monthAfter = (month: Month, months: number): Month => {
  const [year, number] = month.split("-").map(Number) as [number, number]
  return new Date(Date.UTC(year, number - 1 + months, 1)).toISOString().slice(0, 7) as Month
}

export const numberOf = (month: Month): number => Number(month.slice(5))

export const daysFrom = function* (from: Day, to: Day): Generator<Day, void> {
  for (let day = from; day <= to; day = addDays(day, 1)) yield day
}

export const monthsFrom = function* (from: Day, to: Day): Generator<Month, void> {
  for (let month = monthOf(from); month <= monthOf(to); month = monthAfter(month, 1)) yield month
}
