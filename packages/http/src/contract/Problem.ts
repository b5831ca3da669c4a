/**
 * Problem: everything that can go wrong with a request, as RFC 9457 documents. `type` is stable and is what programs look at.
 */
import * as Schema from "effect/Schema"
import * as HttpApiError from "effect/http-api/HttpApiError"

export class MalformedRequest extends HttpApiError.Problem<MalformedRequest>()("MalformedRequest", {
  type: "/problems/malformed",
  status: 400,
  title: "The request cannot be read"
}) {}

/** One thing that is wrong, and where: `amount` of the body, `from_date` of the query, `lines.3.amount`. */
export const FieldError = Schema.Struct({
  in: Schema.Literals(["body", "query", "path", "header"]),
  path: Schema.String,
  message: Schema.String
})
export type FieldError = typeof FieldError.Type

export class ValidationFailed extends HttpApiError.Problem<ValidationFailed>()(
  "ValidationFailed",
  { type: "/problems/validation", status: 422, title: "The request is not valid" },
  { errors: Schema.Array(FieldError) }
) {}

export class Unauthorized extends HttpApiError.Problem<Unauthorized>()("Unauthorized", {
  type: "/problems/unauthorized",
  status: 401,
  title: "Sign in first"
}) {}

export class Forbidden extends HttpApiError.Problem<Forbidden>()("Forbidden", {
  type: "/problems/forbidden",
  status: 403,
  title: "You may not do this"
}) {}

/** Also what somebody else's resource answers with. */
export class NotFound extends HttpApiError.Problem<NotFound>()("NotFound", {
  type: "/problems/not-found",
  status: 404,
  title: "There is no such thing"
}) {}

export class Conflict extends HttpApiError.Problem<Conflict>()(
  "Conflict",
  { type: "/problems/conflict", status: 409, title: "It does not go together with what is there" },
  { code: Schema.String }
) {}

export class TooLarge extends HttpApiError.Problem<TooLarge>()(
  "TooLarge",
  { type: "/problems/too-large", status: 413, title: "The body is too large" },
  { max_bytes: Schema.Int }
) {}

export class UnsupportedMediaType extends HttpApiError.Problem<UnsupportedMediaType>()("UnsupportedMediaType", {
  type: "/problems/unsupported-media-type",
  status: 415,
  title: "The body is of a kind that is not taken here"
}) {}

export class TooManyRequests extends HttpApiError.Problem<TooManyRequests>()(
  "TooManyRequests",
  { type: "/problems/too-many-requests", status: 429, title: "Too many attempts: wait a while" },
  { retry_after: Schema.Int }
) {}

/** The file as a whole is not a statement that can be taken; nothing of it was stored. */
export class StatementNotTaken extends HttpApiError.Problem<StatementNotTaken>()(
  "StatementNotTaken",
  { type: "/problems/statement", status: 422, title: "The file cannot be taken in" },
  { code: Schema.String }
) {}

export class InternalError extends HttpApiError.Problem<InternalError>()(
  "InternalError",
  { type: "/problems/internal", status: 500, title: "Something broke here" },
  { request_id: Schema.String }
) {}

export class Unavailable extends HttpApiError.Problem<Unavailable>()("Unavailable", {
  type: "/problems/unavailable",
  status: 503,
  title: "It cannot be answered right now: try again"
}) {}
