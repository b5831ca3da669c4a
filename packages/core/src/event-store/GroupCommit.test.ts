import { assert, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as GroupCommit from "./GroupCommit.ts"

interface Deposit {
  readonly account: string
  readonly amount: number
}

const deposit = (account: string, amount = 1): Deposit => ({ account, amount })

/** A bank that writes down each batch, and answers a deposit with its amount. It is closed until `open`. */
const bank = Effect.fnUntraced(function* (
  options: { readonly lanes?: number; readonly batchSize?: number; readonly capacity?: number; readonly closed?: boolean } = {}
) {
  const { lanes = 1, batchSize = 100, capacity = 1_000, closed = false } = options
  const batches: Array<ReadonlyArray<Deposit>> = []
  const doors = yield* Deferred.make<void>()
  const open = Deferred.succeed(doors, undefined)
  if (!closed) yield* open
  const put = yield* GroupCommit.make({
    lanes,
    batchSize,
    capacity,
    keyOf: ({ account }: Deposit) => account,
    write: Effect.fnUntraced(function* (batch: ReadonlyArray<Deposit>) {
      batches.push(batch)
      yield* Deferred.await(doors)
      if (batch.some(({ amount }) => amount === 666)) return yield* Effect.die("the vault burns")
      return batch.map(({ amount }) => (amount < 0 ? Effect.fail("a deposit is not negative") : Effect.succeed(amount)))
    })
  })
  return { put, batches, open }
})

/** Lets every other fiber come to where it waits. */
const settled = Effect.repeat(Effect.yieldNow, { times: 20 })

const Deposits = Schema.Array(Schema.Struct({ account: Schema.Literals(["a", "b", "c", "d", "e"]), amount: Schema.Int }))

it.effect.prop(
  "invariants 1 and 2: a batch holds an account once, and each account's deposits are written in their order",
  { deposits: Deposits, lanes: Schema.Literals([1, 2, 4]), batchSize: Schema.Literals([1, 2, 3, 100]) },
  ({ deposits, lanes, batchSize }) =>
    Effect.gen(function* () {
      const { put, batches } = yield* bank({ lanes, batchSize })
      const numbered = deposits.map(({ account }, index) => deposit(account, index))
      const answers = yield* Effect.forEach(numbered, put, { concurrency: "unbounded" })
      assert.deepStrictEqual(
        answers,
        numbered.map(({ amount }) => amount)
      )
      for (const batch of batches) {
        assert.isAtMost(batch.length, batchSize)
        assert.strictEqual(new Set(batch.map(({ account }) => account)).size, batch.length)
      }
      const written = batches.flat()
      assert.strictEqual(written.length, numbered.length)
      for (const name of "abcde") {
        const own = (all: ReadonlyArray<Deposit>) => all.filter(({ account }) => account === name)
        assert.deepStrictEqual(own(written), own(numbered))
      }
    }).pipe(Effect.scoped)
)

it.effect("a lone deposit is written at once, and those that come meanwhile go together", () =>
  Effect.gen(function* () {
    const { put, batches, open } = yield* bank({ closed: true })
    const first = yield* Effect.forkChild(put(deposit("a")))
    yield* settled
    assert.strictEqual(batches.length, 1)
    const others = yield* Effect.forkChild(
      Effect.forEach(["b", "c", "d"], (name) => put(deposit(name)), { concurrency: "unbounded" })
    )
    yield* settled
    yield* open
    yield* Fiber.joinAll([first, others])
    assert.deepStrictEqual(
      batches.map((batch) => batch.map(({ account }) => account)),
      [["a"], ["b", "c", "d"]]
    )
  }).pipe(Effect.scoped)
)

it.effect("invariant 2: while the bank is busy no more than its capacity is let in, and everybody is served in the end", () =>
  Effect.gen(function* () {
    const { put, batches, open } = yield* bank({ capacity: 5, closed: true })
    const names = Array.from({ length: 40 }, (_, index) => `account ${index}`)
    const all = yield* Effect.forkChild(Effect.forEach(names, (name) => put(deposit(name)), { concurrency: "unbounded" }))
    yield* settled
    yield* open
    assert.strictEqual((yield* Fiber.join(all)).length, 40)
    assert.strictEqual(batches.flat().length, 40)
    for (const batch of batches) assert.isAtMost(batch.length, 5)
  }).pipe(Effect.scoped)
)

it.effect("invariant 3: a deposit that is refused is refused alone", () =>
  Effect.gen(function* () {
    const { put, batches } = yield* bank()
    const exits = yield* Effect.forEach(
      [deposit("a", 10), deposit("b", -1), deposit("c", 30)],
      (item) => Effect.exit(put(item)),
      {
        concurrency: "unbounded"
      }
    )
    assert.deepStrictEqual(exits, [Exit.succeed(10), Exit.fail("a deposit is not negative"), Exit.succeed(30)])
    assert.strictEqual(batches.length, 1)
  }).pipe(Effect.scoped)
)

it.effect("invariant 3: when writing breaks, those in the batch are told, and the next ones are served", () =>
  Effect.gen(function* () {
    const { put } = yield* bank()
    const exits = yield* Effect.forEach([deposit("a", 666), deposit("b", 1)], (item) => Effect.exit(put(item)), {
      concurrency: "unbounded"
    })
    for (const exit of exits) assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
    assert.strictEqual(yield* put(deposit("b", 2)), 2)
  }).pipe(Effect.scoped)
)

it.effect(
  "invariant 4: who leaves the queue takes their deposit along, who leaves the counter does not, and nobody else notices",
  () =>
    Effect.gen(function* () {
      const { put, batches, open } = yield* bank({ closed: true })
      const atTheCounter = yield* Effect.forkChild(put(deposit("a", 1)))
      yield* settled
      const queued = yield* Effect.forEach(["a", "b", "c"], (name) => Effect.forkChild(put(deposit(name, 2))))
      yield* settled
      yield* Fiber.interrupt(atTheCounter)
      yield* Fiber.interrupt(queued[1]!)
      yield* open
      assert.deepStrictEqual(yield* Fiber.joinAll([queued[0]!, queued[2]!]), [2, 2])
      assert.deepStrictEqual(batches, [[deposit("a", 1)], [deposit("a", 2), deposit("c", 2)]])
    }).pipe(Effect.scoped)
)

it.effect("when the bank closes for the day it finishes the batch in hand, and sends home who still waits", () =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const { put, batches, open } = yield* Scope.provide(bank({ closed: true }), scope)
    const inHand = yield* Effect.forkChild(put(deposit("a", 1)))
    yield* settled
    const waiting = yield* Effect.forkChild(put(deposit("a", 2)))
    yield* settled
    const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
    yield* settled
    yield* open
    yield* Fiber.join(closing)
    assert.strictEqual(yield* Fiber.join(inHand), 1)
    assert.isTrue(Exit.hasInterrupts(yield* Fiber.await(waiting)))
    assert.isTrue(Exit.hasInterrupts(yield* Effect.exit(put(deposit("b", 3)))))
    assert.deepStrictEqual(batches, [[deposit("a", 1)]])
  })
)
