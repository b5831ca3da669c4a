import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Anomaly from "@finance/core/anomalies/Anomaly"
import { carryOut } from "@finance/core/event-store/Decider"
import { languageOf } from "@finance/core/ledger/Explanation"
import * as Rows from "@finance/core/read-models/Anomalies"
import { caughtUp } from "@finance/core/read-models/Freshness"
import { withPerson } from "@finance/core/read-models/Person"
import * as Answers from "../Answers.ts"
import { unbroken } from "../Breakdown.ts"
import { Api } from "../contract/Api.ts"
import { CurrentPerson } from "../contract/Middleware.ts"
import * as Refusal from "./Refusal.ts"

const language = Effect.map(HttpServerRequest.HttpServerRequest, ({ headers }) => languageOf(headers["accept-language"]))

export const layer = HttpApiBuilder.group(
  Api,
  "anomalies",
  Effect.fn(function* (handlers) {
    return handlers.handleAll({
      list: Effect.fn("Anomalies.list")(function* ({ query }) {
        const { user_id } = yield* CurrentPerson
        const { page = 1, limit = 50, ...filter } = query
        const rows = yield* unbroken(withPerson(user_id, Rows.page(filter, page, limit)))
        const told = yield* language
        return rows.map((row) => Answers.anomaly(row, told))
      }),
      dismiss: Effect.fn("Anomalies.dismiss")(function* ({ params: { id } }) {
        const { user_id } = yield* CurrentPerson
        const { position } = yield* carryOut(
          Anomaly.decider,
          { stream_id: id, owner_id: user_id, metadata: { actor: user_id } },
          { command: "Dismiss" }
        ).pipe(
          Effect.catchTag("AnomalyRefused", () => Effect.fail(Refusal.missing("anomaly"))),
          unbroken
        )
        if (position !== null) yield* unbroken(caughtUp(user_id, position))
        const [row] = yield* unbroken(withPerson(user_id, Rows.findAll([id])))
        if (row === undefined) return yield* Refusal.missing("anomaly")
        // The read model may be a moment behind; what was asked for is so all the same.
        return Answers.anomaly({ ...row, status: "dismissed" }, yield* language)
      })
    })
  })
)
