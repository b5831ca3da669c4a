/**
 * TraceContext: how a trace goes on from a request to all that it brings about, across the log and the bus: as the `traceparent` of an
 * event's metadata. Where spans go nowhere (no collector is configured) there is none, and nothing is made for it.
 *
 * Source: W3C Trace Context, 3.2; CloudEvents, distributed tracing extension; OpenTelemetry semantic conventions for messaging spans.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import * as Headers from "effect/http/Headers"
import * as HttpTraceContext from "effect/http/HttpTraceContext"

/** Whether spans go anywhere. */
export const isTracing = (context: Context.Context<never>): boolean => Context.get(context, Tracer.Tracer) !== Tracer.nativeTracer

/** The span that the fiber is in, if it is one that will be told. */
export const ofFiber = (fiber: Fiber.Fiber<unknown, unknown>): Tracer.AnySpan | undefined =>
  isTracing(fiber.context) && fiber.cache.span?.sampled === true ? fiber.cache.span : undefined

const written = ({ traceId, spanId }: Tracer.AnySpan): string => `00-${traceId.padStart(32, "0")}-${spanId}-01`

/** The `traceparent` of what is done now. */
export const current: Effect.Effect<string | undefined> = Effect.withFiber((fiber) => {
  const span = ofFiber(fiber)
  return Effect.succeed(span === undefined ? undefined : written(span))
})

export const traceOf = (traceparent: string): string => traceparent.slice(3, 35)

/** The span that a `traceparent` names, in another process or earlier; nothing for what is not one. */
export const spanOf = (traceparent: string): Option.Option<Tracer.ExternalSpan> =>
  HttpTraceContext.w3c(Headers.fromRecordUnsafe({ traceparent }))

const inSpan = <A, E, R>(effect: Effect.Effect<A, E, R>, name: string, options: Tracer.SpanOptionsNoTrace) =>
  Effect.useSpan(name, options, (span) => Effect.provideService(effect, Tracer.ParentSpan, span)) as Effect.Effect<A, E, R>

/** A span points to so many of those that led to it. */
const maxLinks = 128

/**
 * What follows from messages, as one span: a part of their trace where they are all of one, and else the beginning of another that is
 * linked with theirs.
 */
export const following =
  (
    name: string,
    kind: "consumer" | "producer",
    traceparents: () => Iterable<string | undefined>,
    attributes: Readonly<Record<string, unknown>> = {}
  ) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.withFiber((fiber) => {
      if (!isTracing(fiber.context)) return effect
      const origins = new Set<string>()
      for (const traceparent of traceparents()) if (traceparent !== undefined) origins.add(traceparent)
      const spans = [...origins].slice(0, maxLinks).flatMap((origin) => Option.toArray(spanOf(origin)))
      // What came of no traced request is no part of a trace.
      if (spans.length === 0) return effect
      const [first] = spans
      const isOne = spans.every(({ traceId }) => traceId === first!.traceId)
      const links = isOne ? [] : spans.map((span) => ({ span, attributes: {} }))
      const options = { kind, attributes, links, ...(isOne ? { parent: first! } : { root: true }) }
      return inSpan(effect, name, options)
    })
