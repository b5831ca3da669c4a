/**
 * Periods: how a person's time is cut into the months that budgets are for.
 *
 *   month_starts_on 25      ◀── November ──▶◀── December ──▶◀── January ──▶       salary on the 25th of November is December's money
 *                        25.10.         25.11.          25.12.          25.1.
 *
 * Terms. *start*: the day of the month that a period begins on, 1 to 31; the last of the month where that is shorter. *on a working day*: on
 * the last working day up to it, as Norwegian salaries are paid. *period*: named after the month that most of its days lie in, which is the
 * one it begins in for starts up to the 16th, and the one after for later starts.
 *
 * Invariants
 *  1. Every day lies in exactly one period, and periods follow each other in the order of their names.
 *  2. Another start holds for all periods, those gone by too, or from one of them on: then those before it keep their first day.
 *  3. Where the periods lie is told by the events alone, never by today's date.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { addDays, addMonths, type Day, daysOfMonth, monthOf } from "../ledger/Day.ts"
import { workingDayUpTo } from "../ledger/WorkingDay.ts"

export const BudgetPeriodsSet = Schema.Struct({
  type: Schema.Literal("BudgetPeriodsSet"),
  month_starts_on: Schema.Int,
  on_working_day: Schema.Boolean,
  /** The first period that begins so; null for all of them. */
  from_month: Schema.NullOr(Schema.String)
})
export type BudgetPeriodsSet = typeof BudgetPeriodsSet.Type

export const BudgetPeriodsEvent = Schema.Union([BudgetPeriodsSet])

export interface Start {
  readonly month_starts_on: number
  readonly on_working_day: boolean
  readonly from_month: string | null
}

/** The starts, each from its month on; the first holds for all months before the second. */
export type Periods = readonly [Start, ...ReadonlyArray<Start>]

export const calendarMonths: Periods = [{ month_starts_on: 1, on_working_day: false, from_month: null }]

export const evolve = (periods: Periods, { month_starts_on, on_working_day, from_month }: BudgetPeriodsSet): Periods => {
  const start = { month_starts_on, on_working_day, from_month }
  if (from_month === null) return [start]
  const [first, ...later] = periods
  return [first, ...later.filter((known) => known.from_month! < from_month), start]
}

/** The start that was set last. */
export const latest = (periods: Periods): Start => periods.at(-1)!

export interface SetPeriods extends Start {
  readonly command: "SetPeriods"
}

/** The month before the new start would lose all its days to it. */
export class PeriodsRefused extends Schema.TaggedError<PeriodsRefused>()("PeriodsRefused", {
  reason: Schema.Literals(["no-days", "no-such-day"])
}) {
  override get message() {
    return `The periods refuse: ${this.reason.replaceAll("-", " ")}`
  }
}

export const decide = (
  periods: Periods,
  { command: _, ...start }: SetPeriods
): Result.Result<ReadonlyArray<BudgetPeriodsSet>, PeriodsRefused> => {
  const { month_starts_on, on_working_day, from_month } = start
  if (!Number.isInteger(month_starts_on) || month_starts_on < 1 || month_starts_on > 31) {
    return Result.fail(new PeriodsRefused({ reason: "no-such-day" }))
  }
  const known = latest(periods)
  const isSame = known.month_starts_on === month_starts_on && known.on_working_day === on_working_day
  if (isSame && known.from_month === from_month) return Result.succeed([])
  const event: BudgetPeriodsSet = { type: "BudgetPeriodsSet", ...start }
  if (from_month === null) return Result.succeed([event])
  const next = evolve(periods, event)
  return startOf(next, addMonths(from_month, -1)) < startOf(next, from_month)
    ? Result.succeed([event])
    : Result.fail(new PeriodsRefused({ reason: "no-days" }))
}

/** How a person's periods are decided on, for whoever carries commands out. */
export const decider = { stream_type: "budget" as const, initial: calendarMonths, evolve, decide }

// ---- Where they lie ----

/** Its first and its last day. */
export interface Period {
  readonly month: string
  readonly from: Day
  readonly to: Day
}

/** The latest start whose periods have most of their days in the month they begin in. */
const latestInOwnMonth = 16

const startIn = (periods: Periods, month: string): Start =>
  periods.findLast(({ from_month }) => from_month === null || from_month <= month) ?? periods[0]

const startOf = (periods: Periods, month: string): Day => {
  const { month_starts_on, on_working_day } = startIn(periods, month)
  const begins = month_starts_on <= latestInOwnMonth ? month : addMonths(month, -1)
  const last = Number(daysOfMonth(begins).to.slice(8))
  const day = `${begins}-${String(Math.min(month_starts_on, last)).padStart(2, "0")}` as Day
  return on_working_day ? workingDayUpTo(day) : day
}

/** A person's periods, each worked out once. */
export class Calendar {
  readonly #periods: Periods
  readonly #starts = new Map<string, Day>()
  readonly #months = new Map<string, string>()

  constructor(periods: Periods) {
    this.#periods = periods
  }

  /** The name of the period that the day lies in. */
  monthOf(day: string): string {
    const known = this.#months.get(day)
    if (known !== undefined) return known
    // A period begins in the month of its name or in the one before.
    const near = monthOf(day)
    const month = [addMonths(near, 1), near].find((month) => this.#start(month) <= day) ?? addMonths(near, -1)
    this.#months.set(day, month)
    return month
  }

  period(month: string): Period {
    return { month, from: this.#start(month), to: addDays(this.#start(addMonths(month, 1)), -1) }
  }

  #start(month: string): Day {
    const known = this.#starts.get(month)
    if (known !== undefined) return known
    const start = startOf(this.#periods, month)
    this.#starts.set(month, start)
    return start
  }
}
