import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as SqlClient from "effect/sql/SqlClient"
import { newId } from "../ledger/Id.ts"
import { serversWords } from "./DatabaseUnusable.ts"
import * as TestTimescaleDatabase from "./TestTimescaleDatabase.ts"
import * as TimescaleDB from "./TimescaleDB.ts"

const asOwner = Effect.provide(TestTimescaleDatabase.connected("finance"))
const asProjector = Effect.provide(TestTimescaleDatabase.connected("finance_projector"))

/** What an operator would read in the log. */
const logged = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const lines: Array<string> = []
    const logger = Logger.make(({ message }) => void lines.push(String(message)))
    return Effect.map(Effect.provide(effect, Logger.layer([logger])), (result) => ({ result, lines }))
  })

const isUsable = logged(Effect.flatMap(SqlClient.SqlClient, (sql) => sql.withTransaction(TimescaleDB.isUsable)))

/** PGlite loads the extension when it is made. A server that has it in shared_preload_libraries shows this setting before. */
const preloaded = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SET "timescaledb.max_background_workers" = '16'`)

const isHypertable = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql`SELECT hypertable_name::text AS name, compression_enabled AS compressed FROM timescaledb_information.hypertables`
)

const appendThree = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql`
    INSERT INTO events (stream_id, stream_type, version, event_id, type, schema_version, payload, payload_hash, occurred_at)
    SELECT ${newId()}::uuid, 'account', version, gen_random_uuid(), 'AccountClosed', 1, 'sealed', 'hash', now()
    FROM generate_series(1, 3) version`
)

const log = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT * FROM events ORDER BY position`)

layer(TestTimescaleDatabase.empty, { excludeTestServices: true })("TimescaleDB, installed long after the tracker", (it) => {
  it.effect("is not made on a server that has not loaded it: the log stays a plain table, and a line says what to do", () =>
    Effect.gen(function* () {
      const { lines } = yield* logged(TestTimescaleDatabase.start)
      assert.include(lines.join(), "shared_preload_libraries")
      assert.include(lines.join(), "All else works without it")
      yield* appendThree.pipe(asProjector)
    })
  )

  it.effect("is not made by a role that may not make it, and the line says what a superuser should run", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* preloaded
      const [database] = yield* sql<{ name: string }>`SELECT current_database()::text AS name`
      yield* sql`REVOKE CREATE ON DATABASE ${sql(database!.name)} FROM finance`
      const { result, lines } = yield* isUsable
      yield* sql`GRANT CREATE ON DATABASE ${sql(database!.name)} TO finance`
      assert.isFalse(result)
      assert.include(lines.join(), "CREATE EXTENSION timescaledb")
      assert.deepStrictEqual(yield* sql`SELECT FROM pg_extension WHERE extname = 'timescaledb'`, [])
    }).pipe(asOwner)
  )

  it.effect("is made where it may be; what stands in the way of dividing the log is told, and does not stop the start", () =>
    Effect.gen(function* () {
      const { result, lines } = yield* asOwner(Effect.andThen(preloaded, isUsable))
      assert.isTrue(result)
      assert.deepStrictEqual(lines, [])
      const inTheWay = Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => sql`CREATE TABLE notes (s uuid, v bigint, FOREIGN KEY (s, v) REFERENCES events (stream_id, version))`
      )
      yield* asOwner(inTheWay)
      const start = yield* logged(TestTimescaleDatabase.start)
      assert.include(start.lines.join(), "stays a plain table")
      assert.include(start.lines.join(), "events_stream_version")
      assert.deepStrictEqual(yield* asOwner(isHypertable), [])
      yield* asOwner(Effect.flatMap(SqlClient.SqlClient, (sql) => sql`DROP TABLE notes`))
    })
  )

  it.effect("divides the log there is at the next start, without losing or changing an event", () =>
    Effect.gen(function* () {
      const before = yield* log.pipe(asProjector)
      assert.strictEqual(before.length, 3)
      for (const _ of ["converts", "finds it done"]) {
        assert.deepStrictEqual((yield* logged(TestTimescaleDatabase.start)).lines, [])
        assert.deepStrictEqual(yield* asOwner(isHypertable), [{ name: "events", compressed: true }])
      }
      assert.deepStrictEqual(yield* log.pipe(asProjector), before)
      yield* appendThree.pipe(asProjector)
      assert.strictEqual((yield* log.pipe(asProjector)).length, 6)
    })
  )

  it.effect("finds by halving up to where everything is older than a week, also where positions are missing", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      for (const settled of [0, 1, 37, 99, 100]) {
        yield* sql`DELETE FROM events`
        yield* sql`
          INSERT INTO events (position, stream_id, stream_type, version, event_id, type, schema_version, payload_hash, occurred_at, recorded_at)
          SELECT position, gen_random_uuid(), 'account', 1, gen_random_uuid(), 'AccountClosed', 1, '', now(),
                 now() - CASE WHEN position <= ${settled} THEN interval '8 days' ELSE interval '6 days' END
          FROM generate_series(1, 100) position WHERE position % 10 <> 5`
        yield* sql`SELECT setval('events_position', 100)`
        assert.deepStrictEqual(yield* sql`SELECT events_settled()::int AS settled`, [{ settled }])
      }
    }).pipe(asOwner)
  )
})

layer(TestTimescaleDatabase.layer, { excludeTestServices: true })("A person's read models are plain tables, because", (it) => {
  it.effect(
    "as a hypertable one could not be compressed, and its chunks would show everybody's rows to the role of requests",
    () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const [kari, ola] = [newId(), newId()]
        yield* sql`
        INSERT INTO daily_aggregates (owner_id, day, category, merchant_name, currency, total_amount, spent_amount, transaction_count)
        VALUES (${kari}, '2025-01-15', 'gifts', 'Vinmonopolet', 'NOK', -1, 1, 1)`
        const given = Effect.gen(function* () {
          yield* sql`SET LOCAL ROLE finance`
          yield* sql`ALTER TABLE daily_aggregates DISABLE ROW LEVEL SECURITY`
          yield* sql`SELECT create_hypertable('daily_aggregates', by_range('day', interval '1 year'), migrate_data => true)`
          yield* sql`ALTER TABLE daily_aggregates ENABLE ROW LEVEL SECURITY`
          const refusal = yield* Effect.flip(
            sql.withTransaction(sql`ALTER TABLE daily_aggregates SET (timescaledb.enable_columnstore)`)
          )
          const [chunk] = yield* sql<{ name: string }>`SELECT show_chunks('daily_aggregates')::text AS name`

          yield* sql`SET LOCAL ROLE finance_api`
          yield* sql`SELECT set_config('app.user_id', ${ola}, true)`
          const seen = yield* sql`SELECT merchant_name FROM daily_aggregates`
          const leaked = yield* sql`SELECT merchant_name FROM ${sql.literal(chunk!.name)}`
          return { refusal: serversWords(refusal), seen, leaked }
        })
        const found = yield* sql.withTransaction(given)
        assert.include(found.refusal, "row security")
        assert.deepStrictEqual(found.seen, [])
        assert.deepStrictEqual(found.leaked, [{ merchant_name: "Vinmonopolet" }])
      })
  )
})
