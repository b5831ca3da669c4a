/**
 * Writer: one side of the comparison, as the users of `AppendProgram` see it: something that enters bookings of many people.
 */
import type { Place } from "../Server.ts"

export interface Writer {
  /** Enters one booking of somebody, in a new stream, and resolves once it is stored for good. */
  readonly one: () => Promise<void>
  /** Enters so many bookings in one call. */
  readonly many: (count: number) => Promise<void>
  readonly close: () => Promise<void>
}

/** Connects; with at most so many connections where the side lets one choose. */
export type Connect = (place: Place, connections: number) => Promise<Writer>

/** How many people the bookings are of. */
export const crowd = 1_000

/** One of them after the other, for ever. */
export const inTurn = <A>(all: ReadonlyArray<A>): (() => A) => {
  let next = 0
  return () => all[next++ % all.length]!
}
