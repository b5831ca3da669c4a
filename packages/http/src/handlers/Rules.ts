import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import type { PersonalRule } from "@finance/core/categorizer/PersonalRules"
import * as RuleBook from "@finance/core/categorizer/RuleBook"
import { newId } from "@finance/core/ledger/Id"
import { fromNumber, toNumber } from "@finance/core/money/Money"
import { homeCurrency } from "@finance/core/read-models/HomeCurrency"
import { withPerson } from "@finance/core/read-models/Person"
import { unbroken } from "../Breakdown.ts"
import { Api } from "../contract/Api.ts"
import { CurrentPerson } from "../contract/Middleware.ts"
import type { NewRule, Rule } from "../contract/Rules.ts"
import * as Refusal from "./Refusal.ts"

const answer = ({ id, name, match, category, merchant_name }: PersonalRule, currency: string): Rule => {
  const { min_amount, max_amount, ...words } = match
  return {
    id,
    name,
    category,
    match: {
      ...words,
      ...(min_amount !== undefined && { min_amount: toNumber(min_amount, currency) }),
      ...(max_amount !== undefined && { max_amount: toNumber(max_amount, currency) })
    },
    ...(merchant_name !== undefined && { merchant_name })
  }
}

/** The bounds in minor units of the person's currency, or which of them is no amount of it. */
const bound = (path: "min_amount" | "max_amount", amount: number | undefined, currency: string) =>
  amount === undefined
    ? Result.succeed({})
    : fromNumber(amount, currency).pipe(
        Result.map((units) => ({ [path]: units })),
        Result.mapError(Refusal.amount(`match.${path}`, currency))
      )

const ruleOf = Effect.fnUntraced(function* (id: string, { match, ...rule }: NewRule, currency: string) {
  const { min_amount, max_amount, ...words } = match
  const least = yield* Effect.fromResult(bound("min_amount", min_amount, currency))
  const most = yield* Effect.fromResult(bound("max_amount", max_amount, currency))
  return { id, ...rule, match: { ...words, ...least, ...most } } satisfies PersonalRule
})

export const layer = HttpApiBuilder.group(
  Api,
  "rules",
  Effect.fn(function* (handlers) {
    return handlers.handleAll({
      list: Effect.fn("Rules.list")(function* () {
        const { user_id } = yield* CurrentPerson
        const rules = yield* unbroken(withPerson(user_id, RuleBook.rulesOf(user_id)))
        const currency = yield* unbroken(withPerson(user_id, homeCurrency))
        return rules.map((rule) => answer(rule, currency))
      }),
      add: Effect.fn("Rules.add")(function* ({ payload }) {
        const { user_id } = yield* CurrentPerson
        const currency = yield* unbroken(withPerson(user_id, homeCurrency))
        const rule = yield* ruleOf(newId(), payload, currency)
        yield* unbroken(withPerson(user_id, RuleBook.write(user_id, rule)))
        return answer(rule, currency)
      }),
      change: Effect.fn("Rules.change")(function* ({ params, payload }) {
        const { user_id } = yield* CurrentPerson
        const currency = yield* unbroken(withPerson(user_id, homeCurrency))
        const rules = yield* unbroken(withPerson(user_id, RuleBook.rulesOf(user_id)))
        const before = rules.find(({ id }) => id === params.id)
        if (before === undefined) return yield* Refusal.missing("rule")
        const { id: _, merchant_name: called, ...fields } = answer(before, currency)
        const { merchant_name = called ?? null, ...changes } = payload
        const rule = yield* ruleOf(
          params.id,
          { ...fields, ...changes, ...(merchant_name !== null && { merchant_name }) },
          currency
        )
        yield* unbroken(withPerson(user_id, RuleBook.write(user_id, rule)))
        return answer(rule, currency)
      }),
      remove: Effect.fn("Rules.remove")(function* ({ params }) {
        const { user_id } = yield* CurrentPerson
        if (!(yield* unbroken(withPerson(user_id, RuleBook.strike(params.id))))) return yield* Refusal.missing("rule")
      })
    })
  })
)
