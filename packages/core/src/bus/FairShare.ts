/**
 * FairShare: which partitions of a topic each member of a group follows, where the transport leaves that to the members.
 *
 *   members, in an order that all agree on     A          B          C
 *   partitions                                 0 3 6      1 4 7      2 5
 *
 * Each member looks every second who they are. For a moment two may see it differently, and both want a partition, or neither does: so
 * it is followed only under a lock of the transport's own, which its former follower lets go of when its batch in hand is done.
 *
 * Invariants
 *  1. Shares differ by one partition at most, and leave none out.
 *  2. A partition that is no longer a member's is let go of when its batch in hand is done; it is not begun anew before that.
 */
import * as Effect from "effect/Effect"
import * as FiberMap from "effect/FiberMap"

/** The partitions of this member. */
export const shareOf = (partitions: number, members: ReadonlyArray<string>, self: string): ReadonlySet<number> => {
  const place = members.toSorted().indexOf(self)
  return new Set(
    Array.from({ length: partitions }, (_, partition) => partition).filter((partition) => partition % members.length === place)
  )
}

/** Wraps the work on a partition, as long as it is held. */
export type Held = <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

/** Tells which partitions are held, each time that changes. */
export const holding = (hold: (partitions: ReadonlySet<number>) => void = () => {}) => {
  const partitions = new Set<number>()
  return (partition: number): Held =>
    (work) =>
      Effect.acquireUseRelease(
        Effect.sync(() => hold(new Set(partitions.add(partition)))),
        () => work,
        () =>
          Effect.sync(() => {
            partitions.delete(partition)
            hold(new Set(partitions))
          })
      )
}

export interface Following<E, R> {
  /** The partitions that are to be followed now. */
  readonly share: Effect.Effect<ReadonlySet<number>, E, R>
  /** Follows a partition under its lock until interrupted; waits for that, or returns and is asked again. */
  readonly own: (partition: number) => Effect.Effect<void, E, R>
}

/** Follows what is this member's share until interrupted. Fails with the first that fails. */
export const follow = Effect.fnUntraced(function* <E, R>({ share, own }: Following<E, R>) {
  const followers = yield* FiberMap.make<number, void, E>()
  const adjust = Effect.gen(function* () {
    const wanted = yield* share
    for (const [partition, follower] of followers) if (!wanted.has(partition)) follower.interruptUnsafe()
    for (const partition of wanted) yield* FiberMap.run(followers, partition, own(partition), { onlyIfMissing: true })
  })
  return yield* Effect.raceFirst(
    Effect.forever(Effect.andThen(adjust, Effect.sleep("1 second"))),
    Effect.andThen(FiberMap.join(followers), Effect.never)
  )
}, Effect.scoped)
