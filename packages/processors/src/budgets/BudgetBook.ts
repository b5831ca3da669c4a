/**
 * BudgetBook: the budgets of the people in a batch of events, carried on event by event in memory: what they set, what they spend, and which
 * threshold an event takes a budget up to. What a batch needs is read before it, and what changed is written after it (`BudgetTables`).
 *
 * Terms. *horizon*: the period before the one that an event was recorded in, that one, and the next, for a line may be booked some days ahead.
 *
 * Invariants
 *  1. Only what lies within an event's horizon is told. Of periods long over the state is right, and nobody is told.
 *  2. What comes of an event depends on the events before it and on its own `recorded_at`, never on the clock or on how they came in batches.
 *  3. What was told is told once, whoever told it: its own alerts count as they come by in the log.
 */
import * as Budget from "@finance/core/budgets/Budget"
import * as Periods from "@finance/core/budgets/Periods"
import { SpentDays } from "@finance/core/budgets/SpentDays"
import * as Standing from "@finance/core/budgets/Standing"
import type { RecordedEvent } from "@finance/core/event-store/EventStore"
import type { Category } from "@finance/core/ledger/Category"
import { addMonths, dayIn, monthOf } from "@finance/core/ledger/Day"
import { newId } from "@finance/core/ledger/Id"
import { type BudgetKey, type Changed, keyOf, type SpentKey, type ToldKey } from "./BudgetTables.ts"

/** What an event takes from one category and day or adds to another. */
export interface Spending {
  readonly category: string
  readonly day: string
  readonly currency: string
  /** Positive for money out. */
  readonly spent: bigint
}

/** What is known before the batch. */
export interface Known {
  readonly periods: Map<string, Periods.Periods>
  readonly budgets: Map<BudgetKey, Budget.Budget>
  readonly spent: Map<SpentKey, SpentDays>
  readonly told: Map<ToldKey, ReadonlyArray<number>>
}

export interface Alert {
  readonly owner_id: string
  readonly event: Budget.BudgetExceeded
}

type Standings = ReadonlyArray<Standing.Standing | null>

export class BudgetBook {
  readonly alerts: Array<Alert> = []
  readonly #known: Known
  readonly #changed = {
    periods: new Set<string>(),
    budgets: new Set<BudgetKey>(),
    spent: new Map<SpentKey, Set<string>>(),
    told: new Set<ToldKey>()
  }
  /** The periods that changed, by person. */
  readonly touched = new Map<string, Set<string>>()
  readonly #calendars = new Map<string, Periods.Calendar>()
  readonly #days = new Map<number, string>()
  readonly #sums = new Map<SpentKey, Map<string, bigint>>()
  readonly #standings = new Map<BudgetKey, { readonly from: string; readonly list: Standings }>()

  constructor(known: Known) {
    this.#known = known
  }

  /** What is to be written. */
  get changed(): Changed {
    const of = <A>(keys: ReadonlySet<string>, values: ReadonlyMap<string, A>) =>
      new Map([...keys].map((key) => [key, values.get(key)!]))
    const { periods, budgets, spent, told } = this.#changed
    return {
      periods: of(periods, this.#known.periods),
      budgets: of(budgets, this.#known.budgets),
      spent: [...spent].flatMap(([key, months]) =>
        [...months].map((month) => ({ key, month, days: this.#spentOf(key).daysOf(month) }))
      ),
      told: of(told, this.#known.told)
    }
  }

  /** Carries on with an event, and with what it means for the spending in categories that can have a budget. */
  take(recorded: RecordedEvent, moves: ReadonlyArray<Spending>): void {
    const { event, owner_id } = recorded
    if (event.type === "BudgetExceeded") {
      return this.#markTold(keyOf(owner_id, event.category, event.period, event.currency), event.threshold_percentage)
    }
    if (event.type === "BudgetSet" || event.type === "BudgetRemoved") return this.#setBudget(recorded, event)
    if (event.type === "BudgetPeriodsSet") return this.#setPeriods(recorded, event)
    return this.#spend(recorded, moves)
  }

  // ---- What events do ----

  #spend(recorded: RecordedEvent, moves: ReadonlyArray<Spending>): void {
    const { owner_id } = recorded
    const calendar = this.#calendarOf(owner_id)
    const earliest = new Map<BudgetKey, string>()
    for (const { category, day } of moves) {
      const [key, month] = [keyOf(owner_id, category), calendar.monthOf(day)]
      if (month < (earliest.get(key) ?? "~")) earliest.set(key, month)
    }
    const judged = [...earliest].filter(([key, month]) => this.#mayTell(recorded, key, month)).map(([key]) => key)
    this.#judge(recorded, judged, calendar, () => {
      for (const { category, day, currency, spent } of moves) {
        const key = keyOf(owner_id, category, currency)
        const month = calendar.monthOf(day)
        this.#spentOf(key).add(day, spent)
        this.#sums.get(key)?.delete(month)
        this.#standings.delete(keyOf(owner_id, category))
        addTo(this.#changed.spent, key, monthOf(day))
        addTo(this.touched, owner_id, month)
      }
    })
  }

  #setBudget(recorded: RecordedEvent, event: Budget.BudgetSet | Budget.BudgetRemoved): void {
    const key = keyOf(recorded.owner_id, event.category)
    this.#judge(recorded, [key], this.#calendarOf(recorded.owner_id), () => {
      this.#known.budgets.set(key, Budget.evolve(this.#budgetOf(key), event))
      this.#standings.delete(key)
      this.#changed.budgets.add(key)
      addTo(this.touched, recorded.owner_id, event.month)
    })
  }

  #setPeriods(recorded: RecordedEvent, event: Periods.BudgetPeriodsSet): void {
    const { owner_id } = recorded
    const periods = Periods.evolve(this.#known.periods.get(owner_id) ?? Periods.calendarMonths, event)
    const calendar = new Periods.Calendar(periods)
    const budgets = [...this.#known.budgets.keys()].filter((key) => key.startsWith(`${owner_id}/`))
    this.#judge(recorded, budgets, calendar, () => {
      this.#known.periods.set(owner_id, periods)
      this.#calendars.set(owner_id, calendar)
      for (const key of this.#sums.keys()) if (key.startsWith(`${owner_id}/`)) this.#sums.delete(key)
      for (const key of budgets) this.#standings.delete(key)
      this.#changed.periods.add(owner_id)
      const [first, last] = this.#horizon(recorded, calendar)
      for (let month = first; month <= last; month = addMonths(month, 1)) addTo(this.touched, owner_id, month)
    })
  }

  // ---- What is told ----

  /** Whether what was spent in the period can have changed one within the horizon. */
  #mayTell(recorded: RecordedEvent, key: BudgetKey, month: string): boolean {
    const budget = this.#known.budgets.get(key)
    if (budget === undefined) return false
    const [first, last] = this.#horizon(recorded, this.#calendarOf(recorded.owner_id))
    return month <= last && (month >= first || Standing.carriesInto(budget, first))
  }

  /** Tells of the thresholds within the event's horizon that these budgets are taken up to by what the event changes. */
  #judge(recorded: RecordedEvent, keys: ReadonlyArray<BudgetKey>, calendar: Periods.Calendar, change: () => void): void {
    if (keys.length === 0) return change()
    const [from, to] = this.#horizon(recorded, calendar)
    const before = keys.map((key) => this.#standingsOf(key, from, to))
    change()
    keys.forEach((key, index) => {
      this.#standingsOf(key, from, to).forEach((now, place) => this.#tell(recorded.owner_id, key, before[index]![place]!, now))
    })
  }

  #tell(owner_id: string, key: BudgetKey, before: Standing.Standing | null, now: Standing.Standing | null): void {
    if (now === null) return
    const toldKey = keyOf(key, now.month, now.currency)
    const threshold = Standing.toTell(before, now, this.#known.told.get(toldKey) ?? [])
    if (threshold === null) return
    this.#markTold(toldKey, threshold)
    this.alerts.push({
      owner_id,
      event: {
        type: "BudgetExceeded",
        alert_id: newId(),
        category: key.split("/")[1] as Category,
        budget_amount: now.amount,
        carried_amount: now.carried,
        current_spent: now.spent,
        currency: now.currency,
        threshold_percentage: threshold,
        period: now.month
      }
    })
  }

  #markTold(key: ToldKey, threshold: Standing.Threshold): void {
    const told = this.#known.told.get(key) ?? []
    if (told.includes(threshold)) return
    this.#known.told.set(key, Standing.toldBy(threshold))
    this.#changed.told.add(key)
  }

  // ---- How things stand ----

  #standingsOf(key: BudgetKey, from: string, to: string): Standings {
    const known = this.#standings.get(key)
    if (known?.from === from) return known.list
    const calendar = this.#calendarOf(key.split("/")[0]!)
    const spentIn: Standing.SpentIn = (month, currency) => this.#sumOf(keyOf(key, currency), calendar, month)
    const list = Standing.standings(this.#budgetOf(key), from, to, spentIn)
    this.#standings.set(key, { from, list })
    return list
  }

  #sumOf(key: SpentKey, calendar: Periods.Calendar, month: string): bigint {
    const sums = this.#sums.get(key) ?? new Map<string, bigint>()
    this.#sums.set(key, sums)
    const known = sums.get(month)
    if (known !== undefined) return known
    const { from, to } = calendar.period(month)
    const sum = this.#spentOf(key).between(from, to)
    sums.set(month, sum)
    return sum
  }

  /** The first and the last of its periods. */
  #horizon({ recorded_at }: RecordedEvent, calendar: Periods.Calendar): readonly [string, string] {
    const day = this.#days.get(recorded_at.getTime()) ?? dayIn(recorded_at)
    this.#days.set(recorded_at.getTime(), day)
    const month = calendar.monthOf(day)
    return [addMonths(month, -1), addMonths(month, 1)]
  }

  #calendarOf(owner_id: string): Periods.Calendar {
    const known = this.#calendars.get(owner_id)
    if (known !== undefined) return known
    const calendar = new Periods.Calendar(this.#known.periods.get(owner_id) ?? Periods.calendarMonths)
    this.#calendars.set(owner_id, calendar)
    return calendar
  }

  #budgetOf(key: BudgetKey): Budget.Budget {
    return this.#known.budgets.get(key) ?? Budget.noBudget
  }

  #spentOf(key: SpentKey): SpentDays {
    const known = this.#known.spent.get(key)
    if (known !== undefined) return known
    const none = new SpentDays()
    this.#known.spent.set(key, none)
    return none
  }
}

const addTo = (sets: Map<string, Set<string>>, key: string, value: string) => {
  const set = sets.get(key)
  if (set === undefined) sets.set(key, new Set([value]))
  else set.add(value)
}
