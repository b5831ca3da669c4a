import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { toNumber } from "@finance/core/money/Money"
import { homeCurrency } from "@finance/core/read-models/HomeCurrency"
import { withPerson } from "@finance/core/read-models/Person"
import * as Spending from "@finance/core/read-models/Spending"
import { unbroken } from "../Breakdown.ts"
import { Api } from "../contract/Api.ts"
import { CurrentPerson } from "../contract/Middleware.ts"
import { today } from "./Clock.ts"

const shareOf = (part: bigint, total: bigint) => (total === 0n ? 0 : Number((part * 10_000n) / total) / 10_000)

export const layer = HttpApiBuilder.group(
  Api,
  "analytics",
  Effect.fn(function* (handlers) {
    return handlers.handleAll({
      spending: Effect.fn("Analytics.spending")(function* ({ query }) {
        const { user_id } = yield* CurrentPerson
        const { period = "month", group_by = "category", on = yield* today } = query
        const { from, to } = Spending.rangeOf(period, on)
        const { currency, groups } = yield* unbroken(
          withPerson(
            user_id,
            Effect.gen(function* () {
              const currency = query.currency ?? (yield* homeCurrency)
              return { currency, groups: yield* Spending.between(from, to, group_by, currency) }
            })
          )
        )
        const total = groups.reduce((sum, group) => sum + group.total, 0n)
        return {
          from,
          to,
          group_by,
          currency,
          total: toNumber(total, currency),
          groups: groups.map((group) => ({
            key: group.key,
            total: toNumber(group.total, currency),
            transaction_count: Number(group.transaction_count),
            share: shareOf(group.total, total)
          }))
        }
      })
    })
  })
)
