/**
 * Logs: one JSON object a line on standard output, for a collector to pick up.
 *
 *   {"timestamp":"2026-11-25T09:30:00.000Z","level":"ERROR","message":"…","correlation_id":"…","processor":"budgets","error":"…"}
 *
 * Annotations stand beside the message under their own names. Who, how much and what for are never in a line: ids and counts are.
 * An error is told as `FaultText` tells it.
 */
import * as Config from "effect/Config"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type * as LogLevel from "effect/LogLevel"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import * as FaultText from "./FaultText.ts"
import * as TraceContext from "./TraceContext.ts"

export interface Line extends Readonly<Record<string, unknown>> {
  readonly timestamp: string
  readonly level: string
  readonly message: string
}

/** What is logged beside its sentence: errors as texts, and what else there is as it is. */
const besides = (parts: ReadonlyArray<unknown>) => ({
  errors: parts.flatMap((part) => (part instanceof Error ? [FaultText.ofError(part)] : [])),
  details: parts.filter((part) => typeof part !== "string" && !(part instanceof Error))
})

export const line = Logger.make<unknown, Line>(({ cause, date, fiber, logLevel, message }) => {
  const parts: ReadonlyArray<unknown> = Array.isArray(message) ? message : [message]
  const { errors, details } = besides(parts)
  const error = [...errors, ...(cause.reasons.length === 0 ? [] : [FaultText.ofCause(cause)])].join("; ")
  const span = TraceContext.ofFiber(fiber)
  const head = {
    timestamp: date.toISOString(),
    level: logLevel.toUpperCase(),
    message: parts.filter((part) => typeof part === "string").join(" ")
  }
  return {
    ...head,
    ...fiber.getRef(References.CurrentLogAnnotations),
    // No annotation stands in for these, whatever it is called.
    ...head,
    ...(span !== undefined && { trace_id: span.traceId, span_id: span.spanId }),
    ...(details.length > 0 && { details }),
    ...(error !== "" && { error })
  }
})

const asText = (value: Line): string =>
  JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === "bigint") return String(inner)
    if (Cause.isCause(inner)) return FaultText.ofCause(inner)
    return inner instanceof Error ? FaultText.ofError(inner) : inner
  })

export const json: Logger.Logger<unknown, string> = Logger.map(line, asText)

const levels = { trace: "Trace", debug: "Debug", info: "Info", warn: "Warn", error: "Error" } satisfies Record<
  string,
  LogLevel.LogLevel
>

const Level = Schema.String.pipe(
  Schema.decodeTo(Schema.String, SchemaTransformation.toLowerCase()),
  Schema.decodeTo(Schema.Literals(["trace", "debug", "info", "warn", "error"]))
)

const minimum = Layer.effect(
  References.MinimumLogLevel,
  Effect.map(Config.schema(Level, "LOG_LEVEL").pipe(Config.withDefault("info" as const)), (level) => levels[level])
)

/** Lines of LOG_LEVEL (trace, debug, info, warn or error; info unless said) and above. */
export const layer = Layer.mergeAll(Logger.layer([Logger.withConsoleLog(json)]), minimum)
