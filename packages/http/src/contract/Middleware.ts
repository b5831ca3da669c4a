/**
 * Middleware: what stands between a request and its handler, from the outside in: `Problems` turns whatever went wrong into a
 * problem document, `Authorization` says who is asking, `Idempotency` answers a repeated command again instead of carrying it out
 * again, `Strictness` refuses what cannot be meant.
 */
import * as Context from "effect/Context"
import * as HttpApiMiddleware from "effect/http-api/HttpApiMiddleware"
import * as HttpApiSecurity from "effect/http-api/HttpApiSecurity"
import {
  Conflict,
  Forbidden,
  InternalError,
  MalformedRequest,
  TooLarge,
  Unauthorized,
  Unavailable,
  UnsupportedMediaType,
  ValidationFailed
} from "./Problem.ts"

/** Who is asking. */
export class CurrentPerson extends Context.Service<
  CurrentPerson,
  {
    readonly user_id: string
    readonly roles: ReadonlyArray<string>
    /** The sign-in that the access token came from; null for a browser's session. */
    readonly family_id: string | null
  }
>()("finance/http/CurrentPerson") {}

export class Problems extends HttpApiMiddleware.Service<Problems>()("finance/http/Problems", {
  error: [ValidationFailed, InternalError, Unavailable]
}) {}

export class Authorization extends HttpApiMiddleware.Service<Authorization, { provides: CurrentPerson }>()(
  "finance/http/Authorization",
  {
    security: { bearer: HttpApiSecurity.bearer, cookie: HttpApiSecurity.apiKey({ in: "cookie", key: "session" }) },
    error: [Unauthorized, Forbidden]
  }
) {}

export class Idempotency extends HttpApiMiddleware.Service<Idempotency, { requires: CurrentPerson }>()(
  "finance/http/Idempotency",
  {
    error: [Conflict, ValidationFailed]
  }
) {}

export class Strictness extends HttpApiMiddleware.Service<Strictness>()("finance/http/Strictness", {
  error: [MalformedRequest, ValidationFailed, TooLarge, UnsupportedMediaType]
}) {}
