import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as Budget from "@finance/core/budgets/Budget"
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
import { thisMonth } from "./Clock.ts"
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

const change = Effect.fnUntraced(function* (owner_id: string, category: Category, command: Budget.BudgetCommand) {
  const vault = yield* Vault
  const key = yield* unbroken(vault.keyOf(owner_id))
  const { position } = yield* carryOut(
    Budget.decider,
    { stream_id: key.streamIdOf(`budget/${category}`), owner_id, metadata: { actor: owner_id } },
    command
  ).pipe(
    Effect.catchTag("BudgetRefused", (error) => Effect.fail(refused(error))),
    unbroken
  )
  if (position !== null) yield* unbroken(caughtUp(owner_id, position))
})

export const layer = HttpApiBuilder.group(
  Api,
  "budgets",
  Effect.fn(function* (handlers) {
    return handlers.handleAll({
      list: Effect.fn("Budgets.list")(function* ({ query }) {
        const { user_id } = yield* CurrentPerson
        const month = query.month ?? (yield* thisMonth)
        return (yield* unbroken(withPerson(user_id, Rows.inMonth(month)))).map((row) => Answers.budget(row, month))
      }),
      set: Effect.fn("Budgets.set")(function* ({ payload }) {
        const { user_id } = yield* CurrentPerson
        const { category, budget_amount, month = yield* thisMonth } = payload
        const currency = yield* unbroken(withPerson(user_id, homeCurrency))
        const amount = yield* Effect.fromResult(
          Result.mapError(fromNumber(budget_amount, currency), Refusal.amount("budget_amount", currency))
        )
        yield* change(user_id, category, { command: "Set", category, amount, currency, month }).pipe(
          Effect.catchTag("NotFound", Effect.die)
        )
        const spent = yield* unbroken(withPerson(user_id, Rows.spentIn(category, month, currency)))
        return Answers.budget({ category, currency, amount, spent }, month)
      }),
      remove: Effect.fn("Budgets.remove")(function* ({ params, query }) {
        const { user_id } = yield* CurrentPerson
        const month = query.month ?? (yield* thisMonth)
        yield* change(user_id, params.category, { command: "Remove", category: params.category, month }).pipe(
          Effect.catchTag("ValidationFailed", Effect.die)
        )
      })
    })
  })
)
