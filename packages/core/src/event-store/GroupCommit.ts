/**
 * GroupCommit: what many ask for at the same moment is written together, and each gets their own answer.
 *
 *   callers ─▶ admission ─▶ lane 0: a b c a′ ─▶ batch a b c ─▶ write ─▶ each caller's own answer
 *   lane =     (bounded)    lane 1: d e      ─▶ batch d e   ─▶ write ─▶
 *   hash(key)                       └ a′ has the key of a, and waits for the next batch
 *
 * Terms. *item*: what one caller asks for. *key*: what it changes; here the stream. *lane*: the items of some keys, with one batch in
 * flight. An item waits for no clock: a batch is what has come while the one before was in flight, and a lone item is written at once.
 *
 * Invariants
 *  1. A batch holds each key once, and items of one key are written in the order in which they were admitted.
 *  2. A batch holds at most `batchSize` items, and a lane at most `capacity`: whoever comes when it is full is suspended.
 *  3. Each item is answered once, by its own answer, whatever becomes of its batch-mates. What an answer still has to do is done by the
 *     caller who gets it, and holds up no lane.
 *  4. Who is interrupted while their item waits takes it back; once it is in a batch it is written whole, or not, without them. Nobody
 *     else notices.
 *
 * Source: DeWitt et al., Implementation Techniques for Main Memory Database Systems (1984), where the log is flushed for a group.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Hash from "effect/Hash"
import * as Latch from "effect/Latch"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"

export interface Options<Item, A, E> {
  readonly lanes: number
  readonly batchSize: number
  readonly capacity: number
  readonly keyOf: (item: Item) => string
  /** One answer for each item, in order. What it dies of is every item's answer. */
  readonly write: (batch: ReadonlyArray<Item>) => Effect.Effect<ReadonlyArray<Effect.Effect<A, E>>>
}

interface Entry<Item, A, E> {
  readonly item: Item
  readonly key: string
  readonly answer: Deferred.Deferred<A, E>
}

interface Lane<Item, A, E> {
  readonly admission: Semaphore.Semaphore
  readonly arrived: Latch.Latch
  waiting: Array<Entry<Item, A, E>>
}

/** The way in. What is in flight when the scope closes is finished first; what still waits is interrupted. */
export const make = <Item, A, E>(
  options: Options<Item, A, E>
): Effect.Effect<(item: Item) => Effect.Effect<A, E>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { batchSize, capacity, keyOf, write } = options
    let open = true

    const writeBatch = Effect.fnUntraced(function* (lane: Lane<Item, A, E>) {
      const batch = takeBatch(lane, batchSize)
      if (batch.length === 0) return
      const answers = yield* Effect.catchCause(write(batch.map(({ item }) => item)), (cause) =>
        Effect.succeed(batch.map(() => Effect.failCause(cause)))
      )
      batch.forEach(({ answer }, index) => Deferred.doneUnsafe(answer, answers[index]!))
    })

    // Those who have just been answered, and ask again, do so in the turn that is given up before a batch is made.
    const writeNext = (lane: Lane<Item, A, E>) =>
      lane.arrived.await.pipe(Effect.andThen(Effect.yieldNow), Effect.andThen(Effect.uninterruptible(writeBatch(lane))))

    const lanes: Array<Lane<Item, A, E>> = Array.from({ length: options.lanes }, () => ({
      admission: Semaphore.makeUnsafe(capacity),
      arrived: Latch.makeUnsafe(false),
      waiting: []
    }))
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        open = false
        for (const { answer } of lanes.flatMap(({ waiting }) => waiting)) Deferred.doneUnsafe(answer, Effect.interrupt)
      })
    )
    for (const lane of lanes) yield* Effect.forkScoped(Effect.forever(writeNext(lane)))

    return (item) =>
      Effect.suspend(() => {
        const key = keyOf(item)
        const lane = lanes[Math.abs(Hash.string(key)) % lanes.length]!
        const entry: Entry<Item, A, E> = { item, key, answer: Deferred.makeUnsafe() }
        const written = Effect.suspend(() => {
          if (!open) return Effect.interrupt
          lane.waiting.push(entry)
          lane.arrived.openUnsafe()
          return Deferred.await(entry.answer)
        })
        return lane.admission.withPermits(1)(Effect.onInterrupt(written, () => Effect.sync(() => withdraw(lane, entry))))
      })
  })

const withdraw = <Item, A, E>(lane: Lane<Item, A, E>, entry: Entry<Item, A, E>) => {
  lane.waiting = lane.waiting.filter((other) => other !== entry)
}

/** The first items of different keys; the lane is closed when it is left empty. */
const takeBatch = <Item, A, E>(lane: Lane<Item, A, E>, batchSize: number): ReadonlyArray<Entry<Item, A, E>> => {
  const batch = new Map<string, Entry<Item, A, E>>()
  const left: Array<Entry<Item, A, E>> = []
  for (const entry of lane.waiting) {
    if (batch.size < batchSize && !batch.has(entry.key)) batch.set(entry.key, entry)
    else left.push(entry)
  }
  lane.waiting = left
  if (left.length === 0) lane.arrived.closeUnsafe()
  return [...batch.values()]
}
