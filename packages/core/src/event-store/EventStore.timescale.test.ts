import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { serversWords } from "../database/DatabaseUnusable.ts"
import * as TestTimescaleDatabase from "../database/TestTimescaleDatabase.ts"
import { newId } from "../ledger/Id.ts"
import { EventStore } from "./EventStore.ts"
import { contract, namesIn, renames, storeOn } from "./EventStore.contract.ts"
import { ReadFence } from "./ReadFence.ts"

contract("TimescaleDB", TestTimescaleDatabase.layer)

const { asOwner } = TestTimescaleDatabase

/** So that a few events fill several of the pieces (chunks) that the log is divided into. */
const smallChunks = Layer.effectDiscard(
  Effect.flatMap(SqlClient.SqlClient, (sql) => asOwner(sql`SELECT set_chunk_time_interval('events', 10::bigint)`))
)

const store = Layer.provideMerge(ReadFence.layer, storeOn(Layer.provideMerge(smallChunks, TestTimescaleDatabase.layer)))

const advance = Effect.flatMap(ReadFence, (fence) => fence.advance)

/** Runs the job that compresses the log, as TimescaleDB itself does twice a day, and answers with how many chunks are compressed. */
const compress = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [job] = yield* sql<{ id: number }>`
    SELECT job_id AS id FROM timescaledb_information.jobs WHERE hypertable_name = 'events'`
  yield* asOwner(sql`CALL run_job(${sql.literal(String(job!.id))})`)
  const [chunks] = yield* sql<{ compressed: number }>`
    SELECT count(*) FILTER (WHERE is_compressed)::int AS compressed FROM timescaledb_information.chunks WHERE hypertable_name = 'events'`
  return chunks!.compressed
})

const daysPass = (days: number) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql`UPDATE events SET recorded_at = recorded_at - make_interval(days => ${days})`)

layer(store, { excludeTestServices: true })("The event log in TimescaleDB", (it) => {
  it.effect("is compressed when it is a week old and not before, and reads as it did, by account and as a whole", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const streams = Array.from({ length: 8 }, newId)
      for (const name of ["a", "b", "c", "d", "e", "f"])
        yield* store.append(streams.map((stream) => renames(stream, "any", [`${name}1`, `${name}2`])))
      const { position: head } = yield* advance
      const log = yield* store.readLog(0n, head, 1_000)
      const accounts = yield* Effect.forEach(streams, (stream) => store.readStream(stream))
      yield* daysPass(6)
      assert.strictEqual(yield* compress, 0)

      yield* daysPass(2)
      const aged = yield* store.readLog(0n, head, 1_000)
      assert.isAtLeast(yield* compress, 8)
      assert.strictEqual(log.length, 96)
      assert.deepStrictEqual(yield* store.readLog(0n, head, 1_000), aged)
      assert.deepStrictEqual(yield* store.readLog(log[49]!.position, log[59]!.position, 5), aged.slice(50, 55))
      for (const [index, stream] of streams.entries())
        assert.deepStrictEqual(namesIn(yield* store.readStream(stream)), namesIn(accounts[index]!))

      // life goes on in accounts whose past is compressed
      yield* store.appendOne(renames(streams[0]!, 12, ["after"]))
      assert.deepStrictEqual(namesIn(yield* store.readStream(streams[0]!, 12)), ["f2", "after"])
      const conflict = yield* Effect.flip(store.appendOne(renames(streams[0]!, 12, ["never"])))
      assert.strictEqual(conflict._tag, "WrongExpectedVersion")
    })
  )

  it.effect("keeps positions unique, also when a compressed one is drawn again", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const [first] = yield* sql<{ position: bigint; is_compressed: boolean }>`
        SELECT position, is_compressed FROM events, timescaledb_information.chunks
        WHERE hypertable_name = 'events' AND position >= range_start_integer AND position < range_end_integer ORDER BY position LIMIT 1`
      assert.isTrue(first!.is_compressed)
      const error = yield* Effect.flip(sql`
        INSERT INTO events (position, stream_id, stream_type, version, event_id, type, schema_version, payload_hash, occurred_at)
        VALUES (${first!.position}, ${newId()}, 'account', 1, ${newId()}, 'AccountClosed', 1, '', now())`)
      assert.strictEqual(error.reason._tag, "UniqueViolation")
    })
  )

  it.effect(
    "lets an erased person's ciphertext be removed, and its hash stays; more than a little at a time only when told so",
    () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const sql = yield* SqlClient.SqlClient
        const { position: head } = yield* advance
        const before = yield* store.readLog(0n, head, 1_000)
        const owner = before[0]!.owner_id
        const unpackingAtMost = (rows: number) =>
          sql.withTransaction(
            Effect.andThen(
              sql`SELECT set_config('timescaledb.max_tuples_decompressed_per_dml_transaction', ${String(rows)}, true)`,
              sql`UPDATE events SET payload = NULL WHERE owner_id = ${owner}`
            )
          )
        assert.include(serversWords(yield* Effect.flip(unpackingAtMost(10))), "limit exceeded")
        yield* unpackingAtMost(0)
        const after = yield* store.readLog(0n, head, 1_000)
        assert.isTrue(after.every(({ payload }) => payload === null))
        assert.deepStrictEqual(
          after.map(({ payload_hash }) => payload_hash),
          before.map(({ payload_hash }) => payload_hash)
        )
      })
  )

  it.effect("a page of the log touches the chunks it stands in, and no others", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const plan = yield* sql<{ "QUERY PLAN": string }>`
        EXPLAIN SELECT * FROM events WHERE position > 42 AND position <= 48 ORDER BY position LIMIT 100`
      const chunks = new Set(plan.flatMap((line) => line["QUERY PLAN"].match(/ on (_hyper_\d+_\d+_chunk)/)?.[1] ?? []))
      assert.strictEqual(chunks.size, 1)
    })
  )

  it.effect("ReadFence: a writer holds the lock on events before it draws a position, on whichever chunk it stands", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      // often enough that the server plans it once for all
      for (let turn = 0; turn < 12; turn++) {
        const held = yield* sql<{ lock: boolean }>`
          INSERT INTO events (stream_id, stream_type, version, event_id, type, schema_version, payload_hash, occurred_at, metadata)
          SELECT ${newId()}::uuid, 'account', 1, ${newId()}::uuid, 'AccountClosed', 1, '', now(), to_jsonb(EXISTS (
            SELECT FROM pg_locks WHERE relation = 'events'::regclass AND mode = 'RowExclusiveLock' AND granted))
          RETURNING metadata = 'true' AS lock`
        assert.isTrue(held[0]!.lock)
      }
    })
  )

  it.effect("ReadFence: stays behind a writer until it has committed, and does not wait for the compression of a chunk", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const sql = yield* SqlClient.SqlClient
      const { position: before } = yield* advance
      const { position } = yield* sql.withTransaction(
        Effect.gen(function* () {
          const appended = yield* store.appendOne(renames(newId(), "none", Array.from({ length: 25 }, String)))
          assert.strictEqual((yield* advance).position, before)
          assert.strictEqual((yield* advance).head, appended.position)
          return appended
        })
      )
      assert.strictEqual((yield* advance).position, position)

      yield* store.appendOne(renames(newId(), "none", ["next"]))
      yield* sql.withTransaction(
        Effect.gen(function* () {
          yield* asOwner(sql`SELECT compress_chunk(chunk, if_not_compressed => true) FROM show_chunks('events') chunk`)
          const fence = yield* advance
          assert.strictEqual(fence.position, fence.head)
          assert.isAbove(Number(fence.position), Number(position))
        })
      )
    })
  )
})
