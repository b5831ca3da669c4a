/**
 * Decider: carries a command out on an aggregate. Reads its stream, folds it, decides, appends at the version read; when another
 * command came first it reads and decides again, so that a decision is always made on the state it changes.
 *
 * A command with an id that its stream has seen is decided once more on the state it was carried out on, and answered with what it did
 * then; another command under that id is refused.
 *
 * A stream with an event that this release cannot read is refused with `UnreadableEvent`: nothing is decided on half of a history.
 */
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Result from "effect/Result"
import * as SqlClient from "effect/sql/SqlClient"
import { CommandIdReused, EventStore, type Expected, type Metadata, type RecordedEvent } from "./EventStore.ts"
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
  const { command_id } = on.metadata
  const once = Effect.gen(function* () {
    // A stream of another person, or of another kind of thing, is to this command as if it did not exist.
    const recorded = (yield* store.readStream(on.stream_id)).filter(
      ({ owner_id, stream_type }) => owner_id === on.owner_id && stream_type === decider.stream_type
    )
    const earlier = command_id === undefined ? [] : recorded.filter(({ metadata }) => metadata.command_id === command_id)
    const known = earlier.length === 0 ? recorded : recorded.slice(0, recorded.indexOf(earlier[0]!))
    const state = known.reduce((state, { event }) => decider.evolve(state, event as Event), decider.initial)
    const events = yield* Effect.fromResult(decider.decide(state, command))
    const after = events.reduce(decider.evolve, state)
    if (earlier.length > 0) {
      if (!isSame(events, earlier)) return yield* new CommandIdReused({ command_id: command_id! })
      const { version, position } = earlier.at(-1)!
      return { state: after, events, version, position }
    }
    const version = recorded.at(-1)?.version ?? 0
    if (events.length === 0) return { state, events, version, position: null }
    const appended = yield* store.appendOne({
      ...on,
      stream_type: decider.stream_type,
      expected: version === 0 ? "none" : version,
      events
    })
    return { state: after, events, version: appended.version, position: appended.position }
  })
  return yield* Effect.retry(once, {
    times: attempts,
    while: isOvertaken
  })
})

/** What is ordered of one of several aggregates. */
export interface Order<Command> {
  readonly stream_id: string
  readonly command: Command
}

/**
 * Carries out commands on several aggregates of one person: all that is decided is stored, or nothing. Answers with the position of the
 * last event, null when nothing changed. For commands that come to nothing the second time: they bear no ids.
 */
export const carryOutTogether = Effect.fn("Decider.carryOutTogether")(function* <
  State,
  Command,
  Event extends LedgerEvent,
  Refused
>(
  decider: Decider<State, Command, Event, Refused>,
  by: { readonly owner_id: string; readonly metadata: Metadata },
  orders: ReadonlyArray<Order<Command>>
) {
  const sql = yield* SqlClient.SqlClient
  const store = yield* EventStore
  const decideOn = Effect.fnUntraced(function* ({ stream_id, command }: Order<Command>) {
    const recorded = (yield* store.readStream(stream_id)).filter(
      ({ owner_id, stream_type }) => owner_id === by.owner_id && stream_type === decider.stream_type
    )
    const state = recorded.reduce((state, { event }) => decider.evolve(state, event as Event), decider.initial)
    const events = yield* Effect.fromResult(decider.decide(state, command))
    const version = recorded.at(-1)?.version ?? 0
    const expected: Expected = version === 0 ? "none" : version
    return events.length === 0 ? [] : [{ ...by, stream_id, stream_type: decider.stream_type, expected, events }]
  })
  const once = Effect.gen(function* () {
    const appends = (yield* Effect.forEach(orders, decideOn)).flat()
    if (appends.length === 0) return null
    const answers = yield* store.append(appends)
    const appended = yield* Effect.forEach(answers, (answer) => Effect.fromResult(answer))
    return appended.reduce((last, { position }) => (position > last ? position : last), 0n)
  })
  return yield* Effect.retry(sql.withTransaction(once), { times: attempts, while: isOvertaken })
})

/** Another command came first. */
const isOvertaken = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "WrongExpectedVersion"

const isSame = (events: ReadonlyArray<LedgerEvent>, recorded: ReadonlyArray<RecordedEvent>): boolean =>
  events.length === recorded.length && events.every((event, index) => Equal.equals(event, recorded[index]!.event))
