/**
 * Authorization: who is asking, by an access token or by a browser's session.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import { AccessTokens, type Claims } from "@finance/core/identity/AccessTokens"
import { Sessions } from "@finance/core/identity/Sessions"
import { unbroken } from "./Breakdown.ts"
import { Authorization, CurrentPerson } from "./contract/Middleware.ts"
import { Forbidden, Unauthorized } from "./contract/Problem.ts"
import { RequestOrigin } from "./RequestOrigin.ts"
import * as SessionCookie from "./SessionCookie.ts"

/** The person of a request's session cookie; fails for a page that is not ours. */
export const bySession = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
  const { secure } = yield* RequestOrigin
  const token = SessionCookie.read(request.cookies, secure)
  if (token === null) return yield* new Unauthorized()
  if (!SessionCookie.isOwnPage(request)) return yield* new Forbidden({ detail: "The request comes from another site" })
  const sessions = yield* Sessions
  return (yield* unbroken(sessions.find(token))) ?? (yield* new Unauthorized({ detail: "The session has ended" }))
})

export const byToken = Effect.fnUntraced(function* (token: string) {
  if (token === "") return yield* new Unauthorized()
  const tokens = yield* AccessTokens
  return (yield* tokens.verify(token)) ?? (yield* new Unauthorized({ detail: "The access token is not valid any more" }))
})

export const layer = Layer.effect(
  Authorization,
  Effect.gen(function* () {
    const context = yield* Effect.context<AccessTokens | Sessions>()
    const as = (claims: Claims) => Effect.provideService(CurrentPerson, claims)
    return Authorization.of({
      bearer: (handled, { credential }) =>
        Effect.flatMap(Effect.provide(byToken(Redacted.value(credential)), context), (claims) => as(claims)(handled)),
      cookie: (handled) =>
        Effect.gen(function* () {
          const request = yield* HttpServerRequest.HttpServerRequest
          const claims = yield* Effect.provide(bySession(request), context)
          return yield* as(claims)(handled)
        })
    })
  })
)
