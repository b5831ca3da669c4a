import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import { ConsentType } from "@finance/core/privacy/User"
import { Moment, Name } from "./Field.ts"
import { Authorization, Idempotency, Problems, Strictness } from "./Middleware.ts"
import { Conflict } from "./Problem.ts"

export const Consent = Schema.Struct({
  consent_type: ConsentType,
  granted: Schema.Boolean,
  policy_version: Schema.String,
  changed_at: Moment
})

export const GiveConsent = Schema.Struct({ consent_type: ConsentType, granted: Schema.Boolean, policy_version: Name(40) })

export class Privacy extends HttpApiGroup.make("privacy")
  .add(
    HttpApiEndpoint.get("consents", "/consents", { success: Schema.Array(Consent) }),
    HttpApiEndpoint.post("consent", "/consents", {
      payload: GiveConsent,
      success: Consent.pipe(HttpApiSchema.status(201)),
      error: Conflict
    })
  )
  .middleware(Strictness)
  .middleware(Idempotency)
  .middleware(Authorization)
  .middleware(Problems)
  .prefix("/user") {}
