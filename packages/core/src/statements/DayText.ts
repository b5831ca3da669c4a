/**
 * DayText: dates as banks write them.
 *
 *   28.02.2025   28.02.25   2025-02-28   2025/02/28   28/02/2025   28-02-2025      and each with a time of day after it
 */
import { isDay, type Day } from "../ledger/Day.ts"

const time = String.raw`(?:[ T]+\d{1,2}[:.]\d{2}.{0,20})?`
const yearFirst = new RegExp(String.raw`^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})${time}$`)
const yearLast = new RegExp(String.raw`^(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})${time}$`)

/**
 * The day that the text names, or null where it names none or one that no calendar has. `monthFirst` reads 02/28/2025 (only
 * between slashes; see `slashedOrder`). A year of two digits is of this century.
 */
export const readDay = (text: string, monthFirst: boolean): Day | null => {
  const trimmed = text.trim()
  const iso = yearFirst.exec(trimmed)
  if (iso !== null) return dayOf(iso[1]!, iso[3]!, iso[4]!)
  const match = yearLast.exec(trimmed)
  // 25-02-28 may mean either end, so two digits of a year stand between points or slashes only
  if (match === null || (match[4]!.length === 2 && match[2] === "-")) return null
  const year = match[4]!.length === 2 ? `20${match[4]!}` : match[4]!
  return monthFirst && match[2] === "/" ? dayOf(year, match[1]!, match[3]!) : dayOf(year, match[3]!, match[1]!)
}

/** Which of day and month a date between slashes shows to stand first: one of the two is above 12. Null where it does not show. */
export const slashedOrder = (text: string): "day-first" | "month-first" | null => {
  const match = /^\s*(\d{1,2})\/(\d{1,2})\//.exec(text)
  if (match === null) return null
  if (Number(match[1]) > 12) return "day-first"
  return Number(match[2]) > 12 ? "month-first" : null
}

const dayOf = (year: string, month: string, day: string): Day | null => {
  const text = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`
  return isDay(text) && year >= "1900" && year < "2200" ? (text as Day) : null
}
