/**
 * RequestTrace: the span of a request, from its arrival to its answer, as a part of the trace that its `traceparent` names, if it has one.
 *
 * It tells method, route and status. The URL (a search holds what somebody looks for), headers, address and body stay out.
 *
 * Source: W3C Trace Context; OpenTelemetry semantic conventions for HTTP server spans.
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import * as TraceContext from "@finance/core/telemetry/TraceContext"

export interface Traced {
  readonly method: string
  readonly route: string
  readonly traceparent: string | null
  readonly correlation_id: string
}

type Answer = (span: Tracer.Span | undefined) => Promise<Response>

/** Answers within a span; where spans go nowhere there is none. */
export const make = (context: Context.Context<never>) => {
  if (!TraceContext.isTracing(context)) return (_: () => Traced, answer: Answer) => answer(undefined)
  const run = Effect.runPromiseWith(context)
  return (request: () => Traced, answer: Answer): Promise<Response> => {
    const { method, route, traceparent, correlation_id } = request()
    const parent = traceparent === null ? Option.none() : TraceContext.spanOf(traceparent)
    const options: Tracer.SpanOptionsNoTrace = {
      kind: "server",
      attributes: { "http.request.method": method, "http.route": route, correlation_id },
      ...(Option.isSome(parent) ? { parent: parent.value } : { root: true })
    }
    return run(
      Effect.useSpan(`${method} ${route}`, options, (span) =>
        Effect.map(
          Effect.promise(() => answer(span)),
          (response) => {
            span.attribute("http.response.status_code", response.status)
            if (response.status >= 500) span.attribute("error.type", String(response.status))
            return response
          }
        )
      )
    )
  }
}
