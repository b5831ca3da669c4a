/**
 * Strictness: refuses before the contract looks what the contract would not notice: a body of another kind, too large or no JSON,
 * numbers that JSON.parse would round, a body or query parameters where none are known.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ByteSize from "effect/ByteSize"
import type * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import { maxBytes } from "@finance/core/statements/Statement"
import { Strictness } from "./contract/Middleware.ts"
import { MalformedRequest, TooLarge, UnsupportedMediaType, ValidationFailed } from "./contract/Problem.ts"
import { tooLongNumbers } from "./JsonBody.ts"

export const maxJsonBytes = 1024 * 1024

/** The body, read once and kept by the request, up to a size. */
export const bodyOf = (request: HttpServerRequest.HttpServerRequest, max_bytes: number) => {
  if (Number(request.headers["content-length"] ?? 0) > max_bytes) return Effect.fail(new TooLarge({ max_bytes }))
  return request.arrayBuffer.pipe(
    Effect.provideService(HttpIncomingMessage.MaxBodySize, ByteSize.fromInputUnsafe(max_bytes)),
    Effect.mapError((error) =>
      error.reason._tag === "RequestParseError" && error.reason.reason === "BodyTooLarge"
        ? new TooLarge({ max_bytes })
        : new MalformedRequest({ detail: "The body broke off" })
    )
  )
}

const parameters = (request: HttpServerRequest.HttpServerRequest): ReadonlyArray<string> => {
  const start = request.url.indexOf("?")
  return start === -1 ? [] : [...new URLSearchParams(request.url.slice(start)).keys()]
}

const refuseParameters = (names: ReadonlyArray<string>) =>
  new ValidationFailed({ errors: names.map((path) => ({ in: "query" as const, path, message: "Unknown parameter" })) })

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false })

const checkJson = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest, isKnown: boolean) {
  const bytes = yield* bodyOf(request, maxJsonBytes)
  if (bytes.byteLength === 0 && !isKnown) return
  const type = request.headers["content-type"] ?? "application/json"
  if (!/^application\/json\s*(;.*)?$/i.test(type)) {
    return yield* new UnsupportedMediaType({ detail: `Expected application/json, got ${type.slice(0, 100)}` })
  }
  if (bytes.byteLength === 0) return yield* new MalformedRequest({ detail: "The body is empty" })
  const long = yield* Effect.try({
    try: () => {
      const text = decoder.decode(bytes)
      const paths = tooLongNumbers(text)
      return isKnown ? paths : Object.keys(JSON.parse(text) ?? {}).length === 0 ? [] : null
    },
    catch: () => new MalformedRequest({ detail: "The body is not JSON in UTF-8" })
  })
  if (long === null) {
    return yield* new ValidationFailed({ errors: [{ in: "body", path: "", message: "No body is known here" }] })
  }
  if (long.length > 0) {
    return yield* new ValidationFailed({
      errors: long.map((path) => ({ in: "body" as const, path, message: "Expected at most 15 significant digits" }))
    })
  }
})

const takesFile = (endpoint: HttpApiEndpoint.Top) => endpoint.payload.has("application/octet-stream")

export const layer = Layer.succeed(Strictness, (handled, { endpoint }) =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const names = endpoint.query === undefined ? parameters(request) : []
    if (names.length > 0) return yield* refuseParameters(names)
    if (takesFile(endpoint)) yield* bodyOf(request, maxBytes)
    else if (request.method !== "GET" && request.method !== "HEAD") yield* checkJson(request, endpoint.payload.size > 0)
    return yield* handled
  })
)
