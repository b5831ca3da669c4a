import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import { EventStore } from "@finance/core/event-store/EventStore"
import * as Consents from "@finance/core/read-models/Consents"
import { caughtUp } from "@finance/core/read-models/Freshness"
import { withPerson } from "@finance/core/read-models/Person"
import { unbroken } from "../Breakdown.ts"
import { Api } from "../contract/Api.ts"
import { CurrentPerson } from "../contract/Middleware.ts"
import { RequestOrigin } from "../RequestOrigin.ts"
import * as Clock from "./Clock.ts"

export const layer = HttpApiBuilder.group(
  Api,
  "privacy",
  Effect.fn(function* (handlers) {
    const store = yield* EventStore
    return handlers.handleAll({
      consents: Effect.fn("Privacy.consents")(function* () {
        const { user_id } = yield* CurrentPerson
        const rows = yield* unbroken(withPerson(user_id, Consents.list))
        return rows.map((row) => ({ ...row, changed_at: row.changed_at.toISOString() }))
      }),
      consent: Effect.fn("Privacy.consent")(function* ({ payload }) {
        const { user_id } = yield* CurrentPerson
        const { ip } = yield* RequestOrigin
        const { headers } = yield* HttpServerRequest.HttpServerRequest
        const { consent_type, granted, policy_version } = payload
        const { position } = yield* unbroken(
          store.appendOne({
            stream_id: user_id,
            stream_type: "user",
            owner_id: user_id,
            expected: "any",
            events: [
              {
                type: granted ? "ConsentGranted" : "ConsentWithdrawn",
                user_id,
                consent_type,
                policy_version,
                ip_address: ip,
                user_agent: headers["user-agent"]?.slice(0, 300) ?? null
              }
            ],
            metadata: { actor: user_id }
          })
        )
        yield* unbroken(caughtUp(user_id, position))
        return { consent_type, granted, policy_version, changed_at: (yield* Clock.now).toISOString() }
      })
    })
  })
)
