import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as Budget from "@finance/core/budgets/Budget"
import * as Periods from "@finance/core/budgets/Periods"
import { carryOut } from "@finance/core/event-store/Decider"
import { Vault } from "@finance/core/event-store/Vault"
import type { Category } from "@finance/core/ledger/Category"
import { fromNumber } from "@finance/core/money/Money"
import * as Rows from "@finance/core/read-models/Budgets"
import { caughtUp } from "@finance/core/read-models/Freshness"
import { homeCurrency } from "@finance/core/read-models/HomeCurrency"
import { withPerson } from "@finance/core/read-models/Person"
import * as Answers from "../Answers.ts"
import { unbroken } from "../Breakdown.ts"
import { Api } from "../contract/Api.ts"
import { CurrentPerson } from "../contract/Middleware.ts"
import { today } from "./Clock.ts"
import * as Refusal from "./Refusal.ts"

const refused = (error: Budget.BudgetRefused) => {
  switch (error.reason) {
    case "not-found":
      return Refusal.missing("budget")
    case "not-positive":
      return Refusal.field("budget_amount", "Expected an amount above zero")
    case "not-spending":
      return Refusal.field("category", "Expected a category of spending")
  }
}

/** One of the person's streams, by a name that nobody else can make an id of. */
const ownStream = Effect.fnUntraced(function* (owner_id: string, name: string) {
  const vault = yield* Vault
  const key = yield* unbroken(vault.keyOf(owner_id))
  return { stream_id: key.streamIdOf(name), owner_id, metadata: { actor: owner_id } }
})

/** Answers with the budget as it is after the command. */
const change = Effect.fnUntraced(function* (owner_id: string, category: Category, command: Budget.BudgetCommand) {
  const { position, state } = yield* carryOut(Budget.decider, yield* ownStream(owner_id, `budget/${category}`), command).pipe(
    Effect.catchTag("BudgetRefused", (error) => Effect.fail(refused(error))),
    unbroken
  )
  if (position !== null) yield* unbroken(caughtUp(owner_id, position))
  return state
})

/** The period that today lies in. */
const currentPeriod = Effect.fnUntraced(function* (user_id: string) {
  const day = yield* today
  return yield* unbroken(withPerson(user_id, Rows.periodOf(day)))
})

const currentMonth = (user_id: string) => Effect.map(currentPeriod(user_id), ({ month }) => month)

const settingsOf = ({ month_starts_on, on_working_day, from_month }: Periods.Start, current: Periods.Period) => ({
  month_starts_on,
  on_working_day,
  from_month,
  current
})

const noDays = Refusal.field("from_month", "Expected a month that leaves the one before it some days")

export const layer = HttpApiBuilder.group(
  Api,
  "budgets",
  Effect.fn(function* (handlers) {
    return handlers.handleAll({
      list: Effect.fn("Budgets.list")(function* ({ query }) {
        const { user_id } = yield* CurrentPerson
        const month = query.month ?? (yield* currentMonth(user_id))
        return (yield* unbroken(withPerson(user_id, Rows.inMonth(month)))).map(Answers.budget)
      }),
      set: Effect.fn("Budgets.set")(function* ({ payload }) {
        const { user_id } = yield* CurrentPerson
        const { category, budget_amount, rollover, one_month, month = yield* currentMonth(user_id) } = payload
        const currency = yield* unbroken(withPerson(user_id, homeCurrency))
        const amount = yield* Effect.fromResult(
          Result.mapError(fromNumber(budget_amount, currency), Refusal.amount("budget_amount", currency))
        )
        const command = { command: "Set", category, amount, currency, month, rollover, one_month } as const
        const budget = yield* Effect.catchTag(change(user_id, category, command), "NotFound", Effect.die)
        const [row] = yield* unbroken(withPerson(user_id, Rows.standing([[category, budget]], month)))
        return Answers.budget(row!)
      }),
      remove: Effect.fn("Budgets.remove")(function* ({ params: { category }, query }) {
        const { user_id } = yield* CurrentPerson
        const month = query.month ?? (yield* currentMonth(user_id))
        yield* change(user_id, category, { command: "Remove", category, month, one_month: query.one_month === "true" }).pipe(
          Effect.catchTag("ValidationFailed", Effect.die)
        )
      }),
      settings: Effect.fn("Budgets.settings")(function* () {
        const { user_id } = yield* CurrentPerson
        const periods = yield* unbroken(withPerson(user_id, Rows.periods))
        return settingsOf(Periods.latest(periods), yield* currentPeriod(user_id))
      }),
      setSettings: Effect.fn("Budgets.setSettings")(function* ({ payload }) {
        const { user_id } = yield* CurrentPerson
        const { month_starts_on, on_working_day = false, from_month = null } = payload
        const command = { command: "SetPeriods", month_starts_on, on_working_day, from_month } as const
        const { position, state } = yield* carryOut(Periods.decider, yield* ownStream(user_id, "budget-settings"), command).pipe(
          Effect.catchTag("PeriodsRefused", () => Effect.fail(noDays)),
          unbroken
        )
        if (position !== null) yield* unbroken(caughtUp(user_id, position))
        const calendar = new Periods.Calendar(state)
        return settingsOf(Periods.latest(state), calendar.period(calendar.monthOf(yield* today)))
      })
    })
  })
)
