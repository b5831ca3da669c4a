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
import { BudgetChain } from "./BudgetChain.ts"
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

/** The first and the last of its periods, for what was recorded at that time. */
interface Horizon {
  readonly at: number
  readonly from: string
  readonly to: string
}

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
  readonly #horizons = new Map<string, Horizon>()
  readonly #chains = new Map<BudgetKey, BudgetChain>()

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
    const chains = new Map<BudgetKey, BudgetChain>()
    for (const { category, day } of moves) {
      const key = `${owner_id}/${category}`
      const chain = this.#chainOf(key, recorded)
      if (chain?.holds(calendar.monthOf(day)) === true) chains.set(key, chain)
    }
    const before = [...chains.values()].map((chain) => chain.standings())
    for (const { category, day, currency, spent } of moves) {
      const key = `${owner_id}/${category}/${currency}`
      const month = calendar.monthOf(day)
      this.#spentOf(key).add(day, spent)
      this.#chains.get(`${owner_id}/${category}`)?.add(month, currency, spent)
      addTo(this.#changed.spent, key, monthOf(day))
      addTo(this.touched, owner_id, month)
    }
    let index = 0
    for (const [key, chain] of chains) this.#tell(owner_id, key, before[index++]!, chain.standings())
  }

  #setBudget(recorded: RecordedEvent, event: Budget.BudgetSet | Budget.BudgetRemoved): void {
    const key = `${recorded.owner_id}/${event.category}`
    this.#turn(recorded.owner_id, [key], this.#horizonOf(recorded), () => {
      this.#known.budgets.set(key, Budget.evolve(this.#known.budgets.get(key) ?? Budget.noBudget, event))
      this.#changed.budgets.add(key)
      addTo(this.touched, recorded.owner_id, event.month)
    })
  }

  #setPeriods({ owner_id, recorded_at }: RecordedEvent, event: Periods.BudgetPeriodsSet): void {
    const periods = Periods.evolve(this.#known.periods.get(owner_id) ?? Periods.calendarMonths, event)
    const calendar = new Periods.Calendar(periods)
    const horizon = horizonAt(calendar, recorded_at)
    const own = [...this.#known.budgets.keys()].filter((key) => key.startsWith(`${owner_id}/`))
    this.#turn(owner_id, own, horizon, () => {
      this.#known.periods.set(owner_id, periods)
      this.#changed.periods.add(owner_id)
      this.#calendars.set(owner_id, calendar)
      this.#horizons.set(owner_id, horizon)
      for (let month = horizon.from; month <= horizon.to; month = addMonths(month, 1)) addTo(this.touched, owner_id, month)
    })
  }

  /** Changes more about these budgets than what is spent: each month is then compared with the one that had its name before. */
  #turn(owner_id: string, keys: ReadonlyArray<BudgetKey>, horizon: Horizon, change: () => void): void {
    const before = keys.map((key) => this.#newChain(owner_id, key, horizon).standings())
    change()
    keys.forEach((key, index) => {
      const chain = this.#newChain(owner_id, key, horizon)
      this.#chains.set(key, chain)
      this.#tell(owner_id, key, before[index]!, chain.standings())
    })
  }

  // ---- What is told ----

  #tell(owner_id: string, key: BudgetKey, before: Standings, now: Standings): void {
    now.forEach((standing, index) => {
      if (standing === null || standing === before[index]) return
      const toldKey = `${key}/${standing.month}/${standing.currency}`
      const threshold = Standing.toTell(before[index]!, standing, this.#known.told.get(toldKey) ?? [])
      if (threshold === null) return
      this.#markTold(toldKey, threshold)
      this.alerts.push({ owner_id, event: alertOf(key.split("/")[1] as Category, standing, threshold) })
    })
  }

  #markTold(key: ToldKey, threshold: Standing.Threshold): void {
    if (this.#known.told.get(key)?.includes(threshold) === true) return
    this.#known.told.set(key, Standing.toldBy(threshold))
    this.#changed.told.add(key)
  }

  // ---- How things stand ----

  /** Of the budget within the event's horizon; none where there is no budget. */
  #chainOf(key: BudgetKey, recorded: RecordedEvent): BudgetChain | undefined {
    if (!this.#known.budgets.has(key)) return undefined
    const horizon = this.#horizonOf(recorded)
    const known = this.#chains.get(key)
    if (known?.from === horizon.from) return known
    const chain = this.#newChain(recorded.owner_id, key, horizon)
    this.#chains.set(key, chain)
    return chain
  }

  #newChain(owner_id: string, key: BudgetKey, { from, to }: Horizon): BudgetChain {
    const calendar = this.#calendarOf(owner_id)
    return new BudgetChain(this.#known.budgets.get(key) ?? Budget.noBudget, from, to, (month, currency) => {
      const period = calendar.period(month)
      return this.#spentOf(`${key}/${currency}`).between(period.from, period.to)
    })
  }

  #horizonOf({ owner_id, recorded_at }: RecordedEvent): Horizon {
    const known = this.#horizons.get(owner_id)
    if (known?.at === recorded_at.getTime()) return known
    const horizon = horizonAt(this.#calendarOf(owner_id), recorded_at)
    this.#horizons.set(owner_id, horizon)
    return horizon
  }

  #calendarOf(owner_id: string): Periods.Calendar {
    const known = this.#calendars.get(owner_id)
    if (known !== undefined) return known
    const calendar = new Periods.Calendar(this.#known.periods.get(owner_id) ?? Periods.calendarMonths)
    this.#calendars.set(owner_id, calendar)
    return calendar
  }

  #spentOf(key: SpentKey): SpentDays {
    const known = this.#known.spent.get(key)
    if (known !== undefined) return known
    const none = new SpentDays()
    this.#known.spent.set(key, none)
    return none
  }
}

const horizonAt = (calendar: Periods.Calendar, at: Date): Horizon => {
  const month = calendar.monthOf(dayIn(at))
  return { at: at.getTime(), from: addMonths(month, -1), to: addMonths(month, 1) }
}

const alertOf = (category: Category, standing: Standing.Standing, threshold: Standing.Threshold): Budget.BudgetExceeded => ({
  type: "BudgetExceeded",
  alert_id: newId(),
  category,
  budget_amount: standing.amount,
  carried_amount: standing.carried,
  current_spent: standing.spent,
  currency: standing.currency,
  threshold_percentage: threshold,
  period: standing.month
})

const addTo = (sets: Map<string, Set<string>>, key: string, value: string) => {
  const set = sets.get(key)
  if (set === undefined) sets.set(key, new Set([value]))
  else set.add(value)
}
