import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import { Categorizer } from "@finance/core/categorizer/Categorizer"
import { knowledgeOf } from "@finance/core/categorizer/PersonKnowledge"
import { languageOf } from "@finance/core/ledger/Explanation"
import { fromNumber } from "@finance/core/money/Money"
import { categorizationStats } from "@finance/core/read-models/CategorizationStats"
import { homeCurrency } from "@finance/core/read-models/HomeCurrency"
import { withPerson } from "@finance/core/read-models/Person"
import * as Answers from "../Answers.ts"
import { unbroken } from "../Breakdown.ts"
import { Api } from "../contract/Api.ts"
import { CurrentPerson } from "../contract/Middleware.ts"
import * as Refusal from "./Refusal.ts"

export const layer = HttpApiBuilder.group(
  Api,
  "categorizer",
  Effect.fn(function* (handlers) {
    const categorizer = yield* Categorizer
    return handlers.handleAll({
      preview: Effect.fn("Categorization.preview")(function* ({ payload }) {
        const { user_id } = yield* CurrentPerson
        const { headers } = yield* HttpServerRequest.HttpServerRequest
        const language = languageOf(headers["accept-language"])
        const { knowledge, home } = yield* unbroken(
          withPerson(user_id, Effect.all({ knowledge: knowledgeOf(user_id), home: homeCurrency }))
        )
        const lines = yield* Effect.forEach(payload.lines, ({ description, amount, currency = home }, index) =>
          Effect.fromResult(
            Result.mapBoth(fromNumber(amount, currency), {
              onSuccess: (amount) => ({ description, amount, currency }),
              onFailure: Refusal.amount(`lines.${index}.amount`, currency)
            })
          )
        )
        const results = yield* categorizer.categorize(lines, knowledge)
        return {
          results: results.map(({ explanation, ...result }) => ({
            ...result,
            explanation: Answers.explanation(explanation, language)
          }))
        }
      }),
      stats: Effect.fn("Categorization.stats")(function* () {
        const { user_id } = yield* CurrentPerson
        return yield* unbroken(withPerson(user_id, categorizationStats))
      })
    })
  })
)
