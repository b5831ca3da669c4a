/**
 * WorkingDay: the days on which Norwegian banks move money and employers pay: not Saturdays, Sundays and public holidays.
 *
 * Sources: the acts on public holidays (lov 24. februar 1995 nr. 12 § 2) and on 1 and 17 May (lov 26. april 1947 nr. 1); Easter by the
 * Gregorian computus of Meeus, Astronomical Algorithms, ch. 8.
 */
import { addDays, type Day } from "./Day.ts"

export const easterSunday = (year: number): Day => {
  const cycle = year % 19
  const [century, ofCentury] = [Math.floor(year / 100), year % 100]
  const correction = Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3)
  const epact = (19 * cycle + century - Math.floor(century / 4) - correction + 15) % 30
  const weekday = (32 + 2 * (century % 4) + 2 * Math.floor(ofCentury / 4) - epact - (ofCentury % 4)) % 7
  const late = Math.floor((cycle + 11 * epact + 22 * weekday) / 451)
  const days = epact + weekday - 7 * late + 114
  return new Date(Date.UTC(year, Math.floor(days / 31) - 1, (days % 31) + 1)).toISOString().slice(0, 10) as Day
}

const fixed: ReadonlySet<string> = new Set(["01-01", "05-01", "05-17", "12-25", "12-26"])

/** Maundy Thursday, Good Friday, Easter Monday, Ascension Day and Whit Monday, counted from Easter Sunday. */
const movable = [-3, -2, 1, 39, 50]

export const isPublicHoliday = (day: string): boolean => {
  if (fixed.has(day.slice(5))) return true
  const easter = easterSunday(Number(day.slice(0, 4)))
  return movable.some((days) => addDays(easter, days) === day)
}

export const isWorkingDay = (day: string): boolean => {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay()
  return weekday !== 0 && weekday !== 6 && !isPublicHoliday(day)
}

/** The day itself, or the last working day before it. */
export const workingDayUpTo = (day: string): Day => {
  let before = day
  while (!isWorkingDay(before)) before = addDays(before, -1)
  return before as Day
}
