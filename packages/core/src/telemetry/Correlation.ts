/**
 * Correlation: all that one request brings about, found by one id.
 *
 *   X-Request-Id ─▶ the request's log lines
 *        └─▶ metadata.correlation_id of the events that it appends ─▶ log lines of the programs that handle them
 *                                └─▶ metadata of what those append in reaction, with the event that led to it as its causation_id
 *
 * Terms. *cause*: what an append follows from. Whoever appends says nothing of it: the event store asks `CurrentCause`, of which there is
 * one in every request and around every batch that a program handles.
 *
 * Invariants
 *  1. What is not certain is not said. Of a batch, an append follows from the last event of its own stream; where there is none, from
 *     those of its person, and only what all of these have in common is said of it.
 *  2. It costs nothing where nobody asks: a batch is looked through at the first append.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { EventHeader, Metadata } from "../event-store/EventStore.ts"
import * as TraceContext from "./TraceContext.ts"

export type Cause = Pick<Metadata, "correlation_id" | "causation_id" | "traceparent">

/** What is appended, or told of: the stream it is about, and whose that is. */
export interface About {
  readonly stream_id: string
  readonly owner_id: string
}

export const CurrentCause = Context.Reference<(about: About) => Cause>("finance/telemetry/CurrentCause", {
  defaultValue: () => () => nothing
})

const nothing: Cause = {}

type Caused = Pick<EventHeader, "stream_id" | "owner_id" | "event_id" | "metadata">

const causeIn = ({ event_id, metadata: { correlation_id, traceparent } }: Caused): Cause => ({
  causation_id: event_id,
  ...(correlation_id !== undefined && { correlation_id }),
  ...(traceparent !== undefined && { traceparent })
})

const common = (one: Cause, other: Cause): Cause => ({
  ...(one.causation_id === other.causation_id && one.causation_id !== undefined && { causation_id: one.causation_id }),
  ...(one.correlation_id === other.correlation_id && one.correlation_id !== undefined && { correlation_id: one.correlation_id }),
  ...(one.traceparent === other.traceparent && one.traceparent !== undefined && { traceparent: one.traceparent })
})

/** What these events, handled together, are the cause of. */
export const causeOf = (events: ReadonlyArray<Caused>): ((about: About) => Cause) => {
  let byStream: Map<string, Cause> | undefined
  const byOwner = new Map<string, Cause>()
  const look = () => {
    const found = new Map<string, Cause>()
    for (const event of events) {
      const cause = causeIn(event)
      const before = byOwner.get(event.owner_id)
      found.set(event.stream_id, cause)
      byOwner.set(event.owner_id, before === undefined ? cause : common(before, cause))
    }
    return found
  }
  return ({ stream_id, owner_id }) => (byStream ??= look()).get(stream_id) ?? byOwner.get(owner_id) ?? nothing
}

/** The one correlation id of these events; none where they have several. */
const commonId = (events: ReadonlyArray<{ readonly metadata: Metadata }>): string | undefined => {
  const first = events[0]?.metadata.correlation_id
  return events.every(({ metadata }) => metadata.correlation_id === first) ? first : undefined
}

/** Around whatever is done with these events: its log lines are found by what led to it. */
export const logged =
  (events: ReadonlyArray<{ readonly metadata: Metadata }>, others: Readonly<Record<string, unknown>> = {}) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
    const correlation_id = commonId(events)
    return Effect.annotateLogs(effect, { ...others, ...(correlation_id !== undefined && { correlation_id }) })
  }

/** Around what a program does with these events: what it logs, appends and tells of is found by what led to it. */
export const following =
  (program: string, events: ReadonlyArray<Caused>) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    effect.pipe(
      Effect.provideService(CurrentCause, causeOf(events)),
      TraceContext.following(`process ${program}`, "consumer", () => events.map(({ metadata }) => metadata.traceparent), {
        "messaging.operation.type": "process",
        "messaging.consumer.group.name": program,
        "messaging.batch.message_count": events.length
      }),
      logged(events, { processor: program })
    )

/**
 * The `traceparent` of what is appended or told now: of the span it happens in, if that is part of the trace of its cause; else the
 * cause's own, so that a batch of many traces tears none of them.
 */
export const traceparentOf = (cause: Cause, current: string | undefined): string | undefined =>
  current === undefined ||
  (cause.traceparent !== undefined && TraceContext.traceOf(current) !== TraceContext.traceOf(cause.traceparent))
    ? cause.traceparent
    : current

/** What an append that is made now would say of its cause. */
export const causeNow = Effect.fnUntraced(function* (about: About) {
  const causeOf = yield* CurrentCause
  const cause = causeOf(about)
  return { ...cause, traceparent: traceparentOf(cause, yield* TraceContext.current) } satisfies Cause
})

/** Around work that was asked for earlier, by a request that waited for nothing but its being taken down. */
export const goingOn =
  (name: string, cause: Pick<Cause, "correlation_id" | "traceparent">) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    effect.pipe(
      Effect.provideService(CurrentCause, () => cause),
      TraceContext.following(name, "consumer", () => [cause.traceparent]),
      cause.correlation_id === undefined ? (same) => same : Effect.annotateLogs({ correlation_id: cause.correlation_id })
    )
