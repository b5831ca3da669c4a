import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { withPerson } from "@finance/core/read-models/Person"
import { upToDate } from "@finance/core/read-models/Freshness"
import * as Rows from "@finance/core/read-models/Recurring"
import * as Answers from "../Answers.ts"
import { unbroken } from "../Breakdown.ts"
import { Api } from "../contract/Api.ts"
import { CurrentPerson } from "../contract/Middleware.ts"
import * as Clock from "./Clock.ts"

export const layer = HttpApiBuilder.group(
  Api,
  "recurring",
  Effect.fn(function* (handlers) {
    return handlers.handleAll({
      list: Effect.fn("Recurring.list")(function* () {
        const { user_id } = yield* CurrentPerson
        const today = yield* Clock.today
        yield* unbroken(upToDate(user_id, "recurring"))
        return (yield* unbroken(withPerson(user_id, Rows.list))).map((row) => Answers.recurring(row, today))
      })
    })
  })
)
