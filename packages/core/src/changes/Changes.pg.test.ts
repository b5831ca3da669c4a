import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { Signals } from "../database/Signals.ts"
import * as TestDatabase from "../database/TestDatabase.ts"
import { newId } from "../ledger/Id.ts"
import * as Changes from "./Changes.ts"

const transaction = (owner_id: string): Changes.Change => ({ owner_id, kind: "transaction", subject: { id: newId() } })

const after = (owner_id: string, seq: bigint) =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) => sql<{ seq: bigint; kind: string; subject: unknown }>`
      SELECT seq, kind, subject FROM changes WHERE owner_id = ${owner_id} AND seq > ${seq} ORDER BY seq`
  )

layer(Signals.layer.pipe(Layer.provideMerge(TestDatabase.layer)), { excludeTestServices: true })("Changes", (it) => {
  it.effect("each person's changes are numbered from one, without gaps, in the order they were told", () =>
    Effect.gen(function* () {
      const [kari, ola] = [newId(), newId()]
      const changes = [
        transaction(kari),
        transaction(ola),
        { owner_id: kari, kind: "budgets", subject: { months: ["2025-01", "2025-02"] } } as const,
        transaction(kari)
      ]
      yield* Changes.record(changes)
      yield* Changes.record([])
      const last = transaction(kari)
      yield* Changes.record([last])
      const told = yield* after(kari, 0n)
      assert.deepStrictEqual(
        told.map(({ seq }) => seq),
        [1n, 2n, 3n, 4n]
      )
      assert.deepStrictEqual(
        told.map(({ kind, subject }) => ({ kind, subject })),
        [changes[0]!, changes[2]!, changes[3]!, last].map(({ kind, subject }) => ({ kind, subject }))
      )
      assert.deepStrictEqual(
        (yield* after(ola, 0n)).map(({ seq }) => seq),
        [1n]
      )
    })
  )

  it.effect("nothing is told of a change that was given up, and nobody is woken for it; its number goes to the next", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const signals = yield* Signals
      const kari = newId()
      const seen = signals.current("changes")
      yield* Effect.flip(sql.withTransaction(Effect.andThen(Changes.record([transaction(kari)]), Effect.fail("given up"))))
      assert.deepStrictEqual(yield* after(kari, 0n), [])
      assert.strictEqual(signals.current("changes"), seen)
      yield* Changes.record([transaction(kari)])
      assert.deepStrictEqual(
        (yield* after(kari, 0n)).map(({ seq }) => seq),
        [1n]
      )
      assert.isAbove(signals.current("changes"), seen)
    })
  )

  it.effect("who watches and remembers the last number misses nothing, although eight programs tell of one person at once", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const [kari, ola] = [newId(), newId()]
      const program = (name: number) =>
        Effect.forEach(
          Array.from({ length: 15 }, (_, turn) => turn),
          (turn) => {
            // each names both people, some in the other order
            const changes = [transaction(kari), transaction(ola), transaction(kari)]
            const told = Changes.record(name % 2 === 0 ? changes : changes.toReversed())
            const ending = turn % 4 === 3 ? Effect.fail("given up") : Effect.sleep((name * 7 + turn) % 5)
            return Effect.ignore(sql.withTransaction(Effect.andThen(told, ending)))
          },
          { discard: true }
        )
      const seen: Array<bigint> = []
      const watch = Effect.gen(function* () {
        for (const { seq } of yield* after(kari, seen.at(-1) ?? 0n)) seen.push(seq)
      })
      const watching = Effect.forever(Effect.andThen(watch, Effect.sleep("1 millis")))
      const programs = Effect.forEach([0, 1, 2, 3, 4, 5, 6, 7], program, { concurrency: "unbounded", discard: true })
      yield* Effect.raceFirst(programs, watching)
      yield* watch
      // 12 of the 15 turns of each of the eight hold, and each tells of Kari twice
      assert.deepStrictEqual(
        seen,
        Array.from({ length: 8 * 12 * 2 }, (_, index) => BigInt(index + 1))
      )
      assert.strictEqual((yield* after(ola, 0n)).length, 8 * 12)
    })
  )
})
