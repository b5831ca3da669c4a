/**
 * SpentDays: what a person spent in one category and currency on each day, by calendar month: what every period is summed up from, wherever
 * it begins.
 */
import { addMonths, monthOf } from "../ledger/Day.ts"

/** The amount of each day of the longest month, the first of them first. */
export type Days = ReadonlyArray<bigint>

const daysOfAMonth = 31

export class SpentDays {
  readonly #months = new Map<string, Array<bigint>>()

  /** As it was kept of a calendar month. */
  put(month: string, days: Days): void {
    this.#months.set(month, [...days])
  }

  daysOf(month: string): Days {
    return this.#of(month)
  }

  add(day: string, amount: bigint): void {
    this.#of(monthOf(day))[Number(day.slice(8)) - 1]! += amount
  }

  /** From the one day to the other, both included. */
  between(from: string, to: string): bigint {
    let sum = 0n
    const last = monthOf(to)
    for (let month: string = monthOf(from); month <= last; month = addMonths(month, 1)) {
      const days = this.#months.get(month)
      if (days === undefined) continue
      const begin = month === monthOf(from) ? Number(from.slice(8)) - 1 : 0
      const end = month === last ? Number(to.slice(8)) : daysOfAMonth
      for (let index = begin; index < end; index++) sum += days[index]!
    }
    return sum
  }

  #of(month: string): Array<bigint> {
    const known = this.#months.get(month)
    if (known !== undefined) return known
    const none = Array.from({ length: daysOfAMonth }, () => 0n)
    this.#months.set(month, none)
    return none
  }
}
