/**
 * Problems: whatever a request comes to, its answer is a document that says so.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SchemaIssue from "effect/SchemaIssue"
import type { unhandled } from "effect/Types"
import * as HttpApiError from "effect/http-api/HttpApiError"
import { isBreakdown, isNewer, mayPass } from "./Breakdown.ts"
import { Problems } from "./contract/Middleware.ts"
import { type FieldError, InternalError, Unavailable, ValidationFailed } from "./contract/Problem.ts"
import { RequestOrigin } from "./RequestOrigin.ts"

const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

const places: Readonly<Record<string, FieldError["in"]>> = { Params: "path", Query: "query", Headers: "header", Payload: "body" }

const segment = (part: PropertyKey | { readonly key: PropertyKey }) => String(typeof part === "object" ? part.key : part)

const errorsOf = (error: HttpApiError.HttpApiSchemaError): ReadonlyArray<FieldError> =>
  issuesOf(error.cause.issue).issues.map((issue) => ({
    in: places[error.kind] ?? "body",
    path: (issue.path ?? []).map(segment).join("."),
    message: issue.message
  }))

const broken = Effect.fnUntraced(function* (cause: Cause.Cause<unknown>) {
  const { request_id } = yield* RequestOrigin
  const defect = Cause.squash(cause)
  yield* Effect.logError("a request broke", cause)
  if (isBreakdown(defect) && isNewer(defect)) return yield* new Unavailable({ detail: newerRelease })
  if (isBreakdown(defect) && mayPass(defect)) return yield* new Unavailable()
  return yield* new InternalError({ request_id })
})

const newerRelease =
  "It was last changed by a newer release of the tracker, and this one does not decide on half of a history. Start the newer one"

const isOwnFault = (error: unknown): error is HttpApiError.HttpApiSchemaError =>
  HttpApiError.HttpApiSchemaError.is(error) && (error.kind === "Body" || error.kind === "ResponseHeaders")

const answer = (
  cause: Cause.Cause<unhandled>
): Effect.Effect<never, ValidationFailed | InternalError | Unavailable | unhandled> => {
  if (Cause.hasInterruptsOnly(cause)) return Effect.failCause(cause)
  const error: unknown = Cause.squash(cause)
  if (Cause.hasDies(cause) || isOwnFault(error) || isBreakdown(error)) return broken(cause)
  if (HttpApiError.HttpApiSchemaError.is(error)) return Effect.fail(new ValidationFailed({ errors: errorsOf(error) }))
  return Effect.failCause(cause)
}

export const layer = Layer.succeed(Problems, (handled) => Effect.catchCause(handled, answer))
