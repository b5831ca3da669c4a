/**
 * EventStore: the append-only log that everything else is derived from.
 *
 *   command ─▶ sealed ─▶ group commit ─▶ streams: compare-and-swap of the version ─▶ events: position drawn ─▶ commands ─▶ commit
 *      │       (Vault)   (with others     └────────────────────── one statement ───────────────────────────┘          │
 *      │                  of the moment)                                                                  signal "events"
 *      └─ in a transaction of the caller's: the same statement, as part of it
 *
 * Terms. *stream*: the events of one aggregate, under an opaque UUID. *version*: 1, 2, 3 … within a stream. *position*: order of
 * the whole log; drawn before its transaction commits, so whoever reads the log onward does so behind the `ReadFence`. *command*: what
 * one caller asks to have appended to one stream.
 *
 * Invariants
 *  1. Versions of a stream are unique and without gaps, whatever the concurrency.
 *  2. A command's events are stored together or not at all, and what is wrong with a command fails that command alone.
 *  3. Within a stream, positions rise with versions.
 *  4. Payloads of a person's events are encrypted before they leave this process (`Vault`).
 *  5. Inside a caller's transaction the append is part of it; the signal is raised only after its commit, and what the database gives up
 *     is for the caller to try again. Outside, the store tries again itself, a bounded number of times.
 *  6. A command id takes effect once for its person. The same command again is given the first answer, and another one is refused.
 *  7. What was acknowledged is stored, and stored once. Whoever is interrupted leaves a command that is stored whole or not at all, and
 *     holds up nobody.
 *  8. When more is asked for than can be written, callers wait; nothing piles up without a bound.
 *  9. An event too large to travel is refused before anything is stored.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { SqlError } from "effect/sql/SqlError"
import type { EventTooLarge } from "./EventTooLarge.ts"
import type { LedgerEvent, StreamType, UnreadableEvent } from "./LedgerEvent.ts"
import type { Erased, VaultUnusable } from "./Vault.ts"

/** What a stream must be like for an append to hold: anything, absent, or exactly at a version. `exact` on an absent stream is a conflict. */
export type Expected = "any" | "none" | number

export interface Metadata {
  /** Who did it: a person's id, or the program's name. */
  readonly actor: string
  /** One of its person's own: sent again within 24 hours the command is answered again, and not carried out again. */
  readonly command_id?: string | undefined
  /** The request that it came of, through however many programs. Said of itself by the store, where it knows (`Correlation`). */
  readonly correlation_id?: string | undefined
  /** The event that it is a reaction to. */
  readonly causation_id?: string | undefined
  /** The trace it is part of (W3C Trace Context), while there is a collector of traces. */
  readonly traceparent?: string | undefined
}

export interface Append {
  readonly stream_id: string
  readonly stream_type: StreamType
  readonly owner_id: string
  readonly expected: Expected
  /** At least one. */
  readonly events: ReadonlyArray<LedgerEvent>
  readonly metadata: Metadata
  /** When it happened in the world; now unless said. */
  readonly occurred_at?: Date | undefined
}

export interface Appended {
  readonly stream_id: string
  /** The stream's version after the append. */
  readonly version: number
  /** The position of its last event. */
  readonly position: bigint
  readonly event_ids: ReadonlyArray<string>
}

/** What stands beside the ciphertext, readable without a key. */
export interface EventHeader {
  readonly position: bigint
  readonly stream_id: string
  readonly stream_type: StreamType
  readonly version: number
  readonly event_id: string
  readonly type: string
  readonly schema_version: number
  readonly owner_id: string
  readonly metadata: Metadata
  readonly occurred_at: Date
  readonly recorded_at: Date
}

/** An event as the log holds it. */
export interface SealedEvent extends EventHeader {
  /** Null once removed after an erasure. */
  readonly payload: Uint8Array | null
  readonly payload_hash: Uint8Array
}

export interface RecordedEvent extends EventHeader {
  readonly event: LedgerEvent
}

export class WrongExpectedVersion extends Schema.TaggedError<WrongExpectedVersion>()("WrongExpectedVersion", {
  stream: Schema.String,
  expected: Schema.Union([Schema.Literals(["any", "none"]), Schema.Int]),
  /** 0 for a stream that does not exist. */
  actual: Schema.Int
}) {
  override get message() {
    return `Stream ${this.stream} is at version ${this.actual}, not ${this.expected}`
  }
}

/** A command id that comes back with other events, or for another stream. */
export class CommandIdReused extends Schema.TaggedError<CommandIdReused>()("CommandIdReused", { command_id: Schema.String }) {
  override get message() {
    return `The command id ${this.command_id} was used for another command: give this one an id of its own`
  }
}

/** What fails one command alone. */
export type Conflict = WrongExpectedVersion | CommandIdReused

export type AppendError = SqlError | Erased | VaultUnusable | EventTooLarge

export class EventStore extends Context.Service<
  EventStore,
  {
    /**
     * One round trip for any number of commands over as many streams; each answers for itself, in order. What cannot be sealed is refused
     * before anything is stored. If the database fails outside a transaction, any of the commands may have been stored.
     */
    append(commands: ReadonlyArray<Append>): Effect.Effect<ReadonlyArray<Result.Result<Appended, Conflict>>, AppendError>
    /** Appends one command, together with those that others ask for at the same time; a conflict is the failure. */
    appendOne(command: Append): Effect.Effect<Appended, Conflict | AppendError>
    /** A stream's events in order, from a version on (1 unless said). An absent stream has none. */
    readStream(
      stream_id: string,
      from_version?: number
    ): Effect.Effect<ReadonlyArray<RecordedEvent>, SqlError | Erased | UnreadableEvent | VaultUnusable>
    /** The log onward, in position order: `after` exclusive, `upTo` inclusive; the caller answers for `upTo` being behind the fence. */
    readLog(after: bigint, upTo: bigint, limit: number): Effect.Effect<ReadonlyArray<SealedEvent>, SqlError>
  }
>()("finance/event-store/EventStore") {}
