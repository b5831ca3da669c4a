/**
 * Decider: carries a command out on an aggregate. Reads its stream, folds it, decides, appends at the version read; when another
 * command came first it reads and decides again, so that a decision is always made on the state it changes.
 *
 * A stream with an event that this release cannot read is refused with `UnreadableEvent`: nothing is decided on half of a history.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { EventStore, type Metadata } from "./EventStore.ts"
import type { LedgerEvent, StreamType } from "./LedgerEvent.ts"

export interface Decider<State, Command, Event extends LedgerEvent, Refused> {
  readonly stream_type: StreamType
  readonly initial: State
  readonly evolve: (state: State, event: Event) => State
  readonly decide: (state: State, command: Command) => Result.Result<ReadonlyArray<Event>, Refused>
}

export interface Carried<State, Event> {
  readonly state: State
  /** What was appended; none when nothing changed. */
  readonly events: ReadonlyArray<Event>
  readonly version: number
  /** The position of the last event appended, or null when nothing changed. */
  readonly position: bigint | null
}

/** How often another command may come first before the conflict is handed on. */
const attempts = 8

export const carryOut = Effect.fn("Decider.carryOut")(function* <State, Command, Event extends LedgerEvent, Refused>(
  decider: Decider<State, Command, Event, Refused>,
  on: { readonly stream_id: string; readonly owner_id: string; readonly metadata: Metadata; readonly occurred_at?: Date },
  command: Command
) {
  const store = yield* EventStore
  const once = Effect.gen(function* () {
    // A stream of another person, or of another kind of thing, is to this command as if it did not exist.
    const recorded = (yield* store.readStream(on.stream_id)).filter(
      ({ owner_id, stream_type }) => owner_id === on.owner_id && stream_type === decider.stream_type
    )
    const state = recorded.reduce((state, { event }) => decider.evolve(state, event as Event), decider.initial)
    const version = recorded.at(-1)?.version ?? 0
    const events = yield* Effect.fromResult(decider.decide(state, command))
    if (events.length === 0) return { state, events, version, position: null }
    const appended = yield* store.appendOne({
      ...on,
      stream_type: decider.stream_type,
      expected: version === 0 ? "none" : version,
      events
    })
    return { state: events.reduce(decider.evolve, state), events, version: appended.version, position: appended.position }
  })
  return yield* Effect.retry(once, {
    times: attempts,
    while: (error) => typeof error === "object" && error !== null && "_tag" in error && error._tag === "WrongExpectedVersion"
  })
})
