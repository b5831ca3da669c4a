/**
 * Program: what a processor is to do with the ledger's events. `Processor.run` makes actors of it.
 */
import type * as Effect from "effect/Effect"
import type { EventHeader, RecordedEvent } from "@finance/core/event-store/EventStore"
import type { EventType } from "@finance/core/event-store/LedgerEvent"

export interface Program<E, R> {
  readonly name: string
  readonly version: number
  /** The events it wants; the others pass it by. */
  readonly types: ReadonlySet<EventType>
  /**
   * Whether it appends events. One that only writes read models need not wait for the disk at every commit: what a power cut takes, its
   * checkpoint goes back with, and it is done again.
   */
  readonly appends: boolean
  /**
   * Whose events must take effect in order: those of one person, unless those of each stream stand by themselves. When one of them cannot
   * be handled, the later ones of its key wait with it.
   */
  readonly per?: "stream" | "person"
  /**
   * Whether something that soon follows these events is best taken with them. What is so gathered waits a moment at most, and comes to
   * the program no other way than one after the other would.
   */
  readonly expectsMore?: (events: ReadonlyArray<EventHeader>) => boolean
  /** What has to be done before the checkpoint moves and outside its transaction, such as telling a broker. It may be done again. */
  readonly beforehand?: (events: ReadonlyArray<RecordedEvent>) => Effect.Effect<void, E, R>
  /** Carries out what these events, in order and of one partition, bring about. Runs inside the actor's transaction. */
  readonly handle: (events: ReadonlyArray<RecordedEvent>) => Effect.Effect<void, E, R>
}

/** What the events that must stay in order have in common. */
export const keyOf = ({ per = "person" }: Pick<Program<never, never>, "per">, event: EventHeader): string =>
  per === "stream" ? event.stream_id : event.owner_id
