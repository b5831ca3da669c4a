import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as SqlClient from "effect/sql/SqlClient"
import { Database } from "../database/Database.ts"
import * as TestDatabase from "../database/TestDatabase.ts"
import { newId } from "../ledger/Id.ts"
import { ReadFence } from "./ReadFence.ts"

const fence = ReadFence.layer.pipe(Layer.provideMerge(TestDatabase.layer))

const insert = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<{ position: bigint }>`
    INSERT INTO events (stream_id, stream_type, version, event_id, type, schema_version, owner_id, payload_hash, occurred_at)
    VALUES (${newId()}, 'account', 1, ${newId()}, 'AccountClosed', 1, ${newId()}, '', now()) RETURNING position`
)

const positionsAfter = (after: bigint, upTo: bigint | null) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.map(
      sql<{ position: bigint }>`
        SELECT position FROM events WHERE position > ${after} AND position <= coalesce(${upTo}::bigint, 9223372036854775807) ORDER BY position`,
      (rows) => rows.map(({ position }) => position)
    )
  )

/** Reads on from where it is, again and again, until `done` and there is nothing more; and what it has read then. */
const follow = <E, R>(done: () => boolean, next: (after: bigint) => Effect.Effect<ReadonlyArray<bigint>, E, R>) =>
  Effect.gen(function* () {
    const read: Array<bigint> = []
    let idle = false
    while (!idle) {
      const last = done()
      const rows = yield* next(read.at(-1) ?? 0n)
      read.push(...rows)
      idle = last && rows.length === 0
      yield* Effect.sleep("1 millis")
    }
    return read
  })

const advance = Effect.flatMap(ReadFence, (fence) => fence.advance)

layer(fence, { excludeTestServices: true })("ReadFence", (it) => {
  it.effect(
    "invariants 1 to 3: of six writers and a stranger nothing is lost, doubled or out of order; a reader without it loses some",
    () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        let stage: "writing" | "ending" | "written" = "writing"
        // A transaction that writes, though no events, and stays open all the while.
        const stranger = yield* Database.dedicated("projector", "stranger")
        yield* stranger`BEGIN`
        yield* stranger`INSERT INTO processors (name, version, state) VALUES ('stranger', 1, 'running')`

        const random = (most: number) => Math.floor(Math.random() * most)
        const write = Effect.gen(function* () {
          const events = 1 + random(3)
          for (let left = events; left > 0; left--) {
            yield* insert
            yield* Effect.sleep(random(12))
          }
          if (random(4) === 0) return yield* Effect.fail("given up")
          return events
        })
        let written = 0
        const writer = sql.withTransaction(write).pipe(
          Effect.tap((events) => Effect.sync(() => (written += events))),
          Effect.ignore,
          Effect.repeat({ while: () => stage === "writing" })
        )

        const fences: Array<bigint> = []
        let moved = 0
        const behindTheFence = (after: bigint) =>
          Effect.gen(function* () {
            const { position } = yield* advance
            if (position > (fences.at(-1) ?? 0n)) moved++
            fences.push(position)
            return yield* positionsAfter(after, position)
          })
        const careful = yield* Effect.forkChild(follow(() => stage === "written", behindTheFence))
        const naive = yield* Effect.forkChild(
          follow(
            () => stage === "written",
            (after) => positionsAfter(after, null)
          )
        )
        const writers = yield* Effect.forkChild(
          Effect.all(
            Array.from({ length: 6 }, () => writer),
            { concurrency: "unbounded", discard: true }
          )
        )
        yield* Effect.sync(() => written > 300 && moved > 5).pipe(
          Effect.repeat({ until: (enough) => enough, schedule: Schedule.spaced("20 millis") })
        )
        const movedWhileWriting = moved
        stage = "ending"
        yield* Fiber.join(writers)
        stage = "written"

        const committed = yield* positionsAfter(0n, null)
        const [readCarefully, readNaively] = [yield* Fiber.join(careful), yield* Fiber.join(naive)]
        assert.strictEqual(committed.length, written)
        assert.deepStrictEqual(readCarefully, committed)
        assert.deepStrictEqual(
          fences,
          fences.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
        )
        assert.isAbove(movedWhileWriting, 5)
        // what the fence is for: whoever reads past what has not committed yet never sees it
        assert.isBelow(readNaively.length, committed.length)
        yield* stranger`ROLLBACK`
      })
  )

  it.effect("invariant 1: stays behind one writer, lets those before it through, and passes when that one has ended", () =>
    Effect.gen(function* () {
      const slow = yield* Database.dedicated("projector", "slow")
      const bySlow = Effect.provideService(insert, SqlClient.SqlClient, slow)
      const [before] = yield* insert
      assert.strictEqual((yield* advance).position, before!.position)
      yield* slow`BEGIN`
      const [held] = yield* bySlow
      const [after] = yield* insert
      for (const _ of [1, 2, 3]) {
        const { position, head } = yield* advance
        assert.strictEqual(position, before!.position)
        assert.strictEqual(head, after!.position)
        assert.isBelow(Number(position), Number(held!.position))
      }
      yield* slow`COMMIT`
      assert.strictEqual((yield* advance).position, after!.position)
    })
  )

  it.effect("invariant 1: passes over positions of a writer that gave up", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* Effect.flip(sql.withTransaction(Effect.andThen(insert, Effect.fail("given up"))))
      const { position, head } = yield* advance
      assert.strictEqual(position, head)
      assert.notInclude(yield* positionsAfter(0n, null), head)
    })
  )

  it.effect("is not held up for ever by writers who take turns: it waits for those it saw, not for later ones", () =>
    Effect.gen(function* () {
      const [one, two] = [yield* Database.dedicated("projector", "one"), yield* Database.dedicated("projector", "two")]
      const by = (writer: SqlClient.SqlClient) => Effect.provideService(insert, SqlClient.SqlClient, writer)
      let last = (yield* advance).position
      yield* one`BEGIN`
      yield* by(one)
      for (const [ending, other] of [
        [one, two],
        [two, one],
        [one, two],
        [two, one]
      ] as const) {
        yield* advance
        yield* other`BEGIN`
        yield* by(other)
        yield* ending`COMMIT`
        const { position } = yield* advance
        assert.isAbove(Number(position), Number(last))
        last = position
      }
      yield* one`COMMIT`
    })
  )
})
