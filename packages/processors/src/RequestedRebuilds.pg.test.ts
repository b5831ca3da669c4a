import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { ReadFence } from "@finance/core/event-store/ReadFence"
import * as ProcessorControl from "@finance/core/processors/ProcessorControl"
import { Control } from "./Control.ts"
import { projections } from "./projections/Projections.ts"
import * as RequestedRebuilds from "./RequestedRebuilds.ts"
import * as TestLedger from "./TestLedger.ts"
import { eventually, files, handOver, opens, settled, spends, workThrough } from "./TestLedger.ts"

const still = Layer.provideMerge(ReadFence.layer, TestLedger.still)

interface Rebuild {
  readonly state: string
  readonly done: bigint
  readonly total: bigint | null
  readonly error: string | null
}

const rebuildOf = (id: string) =>
  Effect.map(
    Effect.flatMap(
      SqlClient.SqlClient,
      (sql) => sql<Rebuild>`SELECT state, done, total, error FROM processor_rebuilds WHERE id = ${id}`
    ),
    ([row]) => row!
  )

const ends = Effect.fnUntraced(function* (id: string) {
  yield* eventually(Effect.map(rebuildOf(id), ({ state }) => state === "completed" || state === "failed"))
  return yield* rebuildOf(id)
})

/** An instance that carries out what is asked for, until its fiber is interrupted. */
const instance = Effect.forkChild(Effect.provide(RequestedRebuilds.run, Layer.fresh(Control.layer)))

/** The processors as operators know them. */
const isKnown = Effect.fnUntraced(function* (name: string, rebuildable: boolean) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    INSERT INTO processors (name, version, state, rebuildable) VALUES (${name}, 1, 'running', ${rebuildable})
    ON CONFLICT (name) DO UPDATE SET rebuildable = excluded.rebuildable`
})

/** What stands in the daily sums, which a rebuild sums up anew. */
const days = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) =>
    sql`SELECT owner_id, day::text, category, total_amount, transaction_count FROM daily_aggregates WHERE transaction_count > 0 ORDER BY 1, 2, 3`
)

const damaged = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`UPDATE daily_aggregates SET total_amount = total_amount + 1`)

layer(Layer.provideMerge(ReadFence.layer, TestLedger.running), { excludeTestServices: true })(
  "a rebuild that an operator asks for",
  (it) => {
    it.effect("is carried out while people are at it, says how far it is, and leaves every number right", () =>
      Effect.gen(function* () {
        const kari = yield* opens()
        for (let day = 10; day < 20; day++) yield* spends(kari, "groceries", day, `2025-03-${day}`)
        yield* settled
        yield* isKnown("projections", true)
        const before = yield* days
        yield* damaged
        const shopping = yield* Effect.forkChild(
          Effect.forEach(Array.from({ length: 30 }), () => spends(kari, "travel", 10, "2025-04-01"), { discard: true })
        )
        const { id, state } = yield* ProcessorControl.rebuild("projections")
        assert.oneOf(state, ["requested", "running"])
        const { done, total, ...ended } = yield* ends(id)
        assert.deepStrictEqual(ended, { state: "completed", error: null })
        assert.isAbove(Number(total), 0)
        assert.strictEqual(done, total)
        yield* Fiber.join(shopping)
        yield* settled
        assert.deepStrictEqual(
          (yield* days).filter(({ category }) => category === "groceries"),
          before
        )
        const [travel] = (yield* days).filter(({ category }) => category === "travel")
        assert.deepInclude(travel, { total_amount: -30_000n, transaction_count: 30n })
      })
    )

    it.effect("is one, however often it is asked for, and of a program that has nothing to rebuild it is refused", () =>
      Effect.gen(function* () {
        yield* isKnown("categorization", false)
        const error = yield* Effect.flip(ProcessorControl.rebuild("categorization"))
        assert.strictEqual(error._tag, "NotRebuildable")
        assert.strictEqual((yield* Effect.flip(ProcessorControl.rebuild("horoscopes")))._tag, "UnknownProcessor")
        const [one, other] = yield* Effect.all(
          [ProcessorControl.rebuild("projections"), ProcessorControl.rebuild("projections")],
          {
            concurrency: 2
          }
        )
        assert.strictEqual(one.id, other.id)
        yield* ends(one.id)
      })
    )
  }
)

layer(still, { excludeTestServices: true })("a rebuild whose process", (it) => {
  const begun = Effect.fnUntraced(function* () {
    const kari = yield* opens()
    yield* spends(kari, "groceries", 100)
    yield* workThrough()
    yield* isKnown("projections", true)
    return yield* ProcessorControl.rebuild("projections")
  })

  it.effect("was told to stop in its middle is asked for again, and the next process begins it anew", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { id } = yield* begun()
      // somebody who reads for long holds the switch up
      const reader = yield* Effect.forkChild(sql.withTransaction(Effect.andThen(sql`SELECT FROM transactions`, Effect.never)))
      const first = yield* instance
      yield* eventually(Effect.map(rebuildOf(id), ({ state, done }) => state === "running" && done > 0n))
      yield* Fiber.interrupt(first)
      assert.strictEqual((yield* rebuildOf(id)).state, "requested")
      yield* Fiber.interrupt(reader)
      const next = yield* instance
      assert.strictEqual((yield* ends(id)).state, "completed")
      yield* Fiber.interrupt(next)
    })
  )

  it.effect("was killed is taken up by another when nothing has been heard of it for a while", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { id } = yield* begun()
      yield* sql`UPDATE processor_rebuilds SET state = 'running', heard_at = now() WHERE id = ${id}`
      const other = yield* instance
      assert.strictEqual((yield* ends(id)).state, "completed")
      yield* Fiber.interrupt(other)
    })
  )

  it.effect("finds an event that it cannot take in has failed, says which, and leaves what people see as it is", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { id } = yield* begun()
      yield* damaged
      const before = yield* days
      const [bad] = yield* sql<{ position: bigint; payload: Uint8Array }>`
        SELECT position, payload FROM events WHERE type = 'TransactionCreated' ORDER BY position DESC LIMIT 1`
      yield* sql`UPDATE events SET payload = '\\x00' WHERE position = ${bad!.position}`
      const one = yield* Effect.forkChild(
        Effect.provide(RequestedRebuilds.run, Layer.fresh(Layer.merge(Control.layer, TestLedger.codec)))
      )
      const { state, error } = yield* ends(id)
      assert.strictEqual(state, "failed")
      assert.include(error!, `CannotRebuild: projections cannot be rebuilt: the event at position ${bad!.position}`)
      assert.deepStrictEqual(yield* days, before)
      yield* Fiber.interrupt(one)
      yield* sql`UPDATE events SET payload = ${bad!.payload} WHERE position = ${bad!.position}`
    })
  )

  it.effect("takes in what was parked leaves nothing parked", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const kari = yield* opens()
      const bought = yield* spends(kari, "groceries", 100)
      const clumsy = { ...projections, handle: () => Effect.die(new TypeError("butterfingers")) }
      yield* handOver(clumsy)
      yield* files(kari, bought, "dining")
      yield* handOver(projections)
      assert.isAbove((yield* sql`SELECT FROM parked_events WHERE processor = 'projections'`).length, 0)
      const { id } = yield* begun()
      const one = yield* instance
      assert.strictEqual((yield* ends(id)).state, "completed")
      yield* Fiber.interrupt(one)
      assert.deepStrictEqual(yield* sql`SELECT FROM parked_events WHERE processor = 'projections'`, [])
      const [row] = yield* sql`SELECT category FROM transactions WHERE id = ${bought}`
      assert.deepStrictEqual(row, { category: "dining" })
    })
  )
})
