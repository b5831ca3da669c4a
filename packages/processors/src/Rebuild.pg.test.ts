import { assert, layer } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { Database } from "@finance/core/database/Database"
import { drawFrom } from "@finance/core/demo/Draw"
import type { RecordedEvent } from "@finance/core/event-store/EventStore"
import { ReadFence } from "@finance/core/event-store/ReadFence"
import { newId } from "@finance/core/ledger/Id"
import * as Rebuild from "./Rebuild.ts"
import { projections } from "./projections/Projections.ts"
import { rebuiltProjections } from "./projections/RebuiltProjections.ts"
import * as TestLedger from "./TestLedger.ts"
import {
  budgets,
  eventually,
  files,
  handOver,
  kr,
  opens,
  orders,
  type Person,
  settled,
  spends,
  workThrough
} from "./TestLedger.ts"

const tables = Object.keys(rebuiltProjections.tables)
const columns: Readonly<Record<string, string>> = { transactions: "t.*, t.alternatives::text, t.category_explanation::text" }

/** Every row of every table of the program, to the letter. */
const readModels = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const models: Record<string, ReadonlyArray<object>> = {}
  for (const table of tables) {
    models[table] = yield* sql.unsafe(`SELECT ${columns[table] ?? "t.*"} FROM ${table} t ORDER BY t::text`)
  }
  return models
})

/** Everything that PostgreSQL knows of the tables but their rows, and of what stands on them. */
const catalogue = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const of = (list: string) => sql.unsafe(`${list} ORDER BY 1, 2`, [tables])
  return {
    tables: yield* of(`
      SELECT relname, relkind, relpersistence, reloptions::text, ARRAY(SELECT unnest(relacl)::text ORDER BY 1) AS acl, relrowsecurity, relforcerowsecurity, relowner::regrole::text,
        obj_description(oid, 'pg_class') AS comment FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname = ANY($1::text[])`),
    columns: yield* of(`
      SELECT c.relname, a.attname, format_type(atttypid, atttypmod) AS type, attnotnull, attgenerated::text, attidentity::text, attstorage::text,
        attcompression::text, attacl::text, pg_get_expr(d.adbin, d.adrelid) AS expression, col_description(c.oid, attnum) AS comment
      FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = attnum
      WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY($1::text[]) AND attnum > 0 AND NOT attisdropped`),
    constraints: yield* of(`
      SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint
      WHERE conrelid = ANY($1::text[]::regclass[])`),
    indexes: yield* of(
      `SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = ANY($1::text[])`
    ),
    policies: yield* of(`
      SELECT tablename, policyname, permissive, roles::text, cmd, qual, with_check FROM pg_policies
      WHERE schemaname = 'public' AND tablename = ANY($1::text[])`),
    triggers: yield* of(`SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgrelid = ANY($1::text[]::regclass[])`),
    views: yield* sql.unsafe(`
      SELECT relname, reloptions::text, relacl::text, pg_get_viewdef(oid) AS definition FROM pg_class
      WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace ORDER BY 1`)
  }
})

const schemas = Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT nspname FROM pg_namespace WHERE nspname LIKE 'rebuild%'`)

/** Some weeks of a person with two accounts and a budget, who buys, thinks again, edits, takes back and changes their mind. */
const lives = Effect.fnUntraced(function* (person: Person, seed: string) {
  const draw = drawFrom(seed)
  const other = yield* opens({ owner_id: person.owner_id, currency: "EUR" })
  yield* budgets(person, { command: "Set", category: "groceries", amount: kr(500), currency: "NOK", month: "2025-03" })
  for (let week = 0; week < 8; week++) {
    const account = draw.chance(30) ? other : person
    const bought = yield* spends(account, draw.pick(["groceries", "dining"]), draw.between(10, 900), `2025-03-${10 + week}`)
    if (draw.chance(40)) yield* files(account, bought, draw.pick(["shopping", "uncategorized"]))
    if (draw.chance(40)) {
      yield* orders(account, bought, {
        command: "Update",
        merchant_name: draw.pick([null, "Kiwi"]),
        notes: "kvittering",
        tags: ["mat"]
      })
    }
    if (draw.chance(30)) {
      yield* orders(account, bought, { command: "Update", occurred_at: { at: "2025-02-01T12:00:00.000Z", day: "2025-02-01" } })
    }
    if (draw.chance(40)) yield* orders(account, bought, { command: "Delete" })
    else if (draw.chance(20)) yield* orders(account, bought, { command: "Update", description: `Kjøp ${week}` })
  }
})

/** Stops the rebuild at its next batch, until told to go on. */
const paused = Effect.gen(function* () {
  const reached = yield* Deferred.make<void>()
  const goOn = yield* Deferred.make<void>()
  const fill = (events: ReadonlyArray<RecordedEvent>) =>
    Deferred.succeed(reached, undefined).pipe(
      Effect.andThen(Deferred.await(goOn)),
      Effect.andThen(rebuiltProjections.fill(events))
    )
  return { program: { ...rebuiltProjections, fill }, reached: Deferred.await(reached), goOn: Deferred.succeed(goOn, undefined) }
})

const still = Layer.provideMerge(ReadFence.layer, TestLedger.still)
const running = Layer.provideMerge(ReadFence.layer, TestLedger.running)

layer(still, { excludeTestServices: true })("a rebuild of the projections", (it) => {
  it.effect.prop(
    "1: leaves every row as the live program had it, whatever people did",
    [Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10_000 }))],
    ([seed]) =>
      Effect.gen(function* () {
        for (const name of ["Kari", "Ola"]) yield* lives(yield* opens({ opening_balance: kr(1_000) }), `${name} ${seed}`)
        yield* workThrough()
        const live = yield* readModels
        yield* Rebuild.run(rebuiltProjections)
        assert.deepStrictEqual(yield* readModels, live)
      }),
    { arbitrary: { runs: 4 } }
  )

  it.effect("1: makes good what was lost or wrong in the live tables", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* lives(yield* opens(), "lost")
      yield* workThrough()
      const live = yield* readModels
      yield* sql`UPDATE daily_aggregates SET total_amount = total_amount + 1`
      yield* sql`DELETE FROM transaction_events WHERE version = 2`
      yield* sql`UPDATE account_projections SET current_balance = 0`
      yield* Rebuild.run(rebuiltProjections)
      assert.deepStrictEqual(yield* readModels, live)
    })
  )

  it.effect("1: takes over where the program stood, also where that had not read everything, and it goes on from there", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const person = yield* opens({ opening_balance: kr(100) })
      yield* handOver(projections)
      yield* spends(person, "groceries", 30)
      const { events, position } = yield* Rebuild.run(rebuiltProjections)
      assert.isAbove(events, 2)
      const rebuilt = yield* readModels
      assert.deepStrictEqual((yield* handOver(projections)).errors, [])
      assert.deepStrictEqual(yield* readModels, rebuilt, "what the rebuild took in does not come twice")
      yield* spends(person, "dining", 20)
      yield* handOver(projections)
      const [account] = yield* sql<{ balance: bigint }>`
        SELECT current_balance AS balance FROM account_projections WHERE id = ${person.account.id}`
      assert.strictEqual(account?.balance, kr(50))
      const [least] = yield* sql<{ position: bigint }>`
        SELECT min(position) AS position FROM checkpoints WHERE processor = 'projections'`
      assert.isTrue(least!.position >= position)
    })
  )

  it.effect("2: appends nothing and tells nobody of what they have been told", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* lives(yield* opens(), "told")
      yield* workThrough()
      const counts = sql`SELECT (SELECT count(*) FROM events) AS events, (SELECT count(*) FROM changes) AS changes,
        (SELECT count(*) FROM bus_messages) AS messages`
      const before = yield* counts
      yield* Rebuild.run(rebuiltProjections)
      assert.deepStrictEqual(yield* counts, before)
    })
  )

  it.effect("2: cannot write a table that it did not make, such as a live one that somebody forgot to list", () =>
    Effect.gen(function* () {
      yield* lives(yield* opens(), "forgotten")
      yield* workThrough()
      const live = yield* readModels
      const { user_consents: _, budget_alerts: __, daily_aggregates: ___, ...some } = rebuiltProjections.tables
      const error = yield* Effect.flip(Rebuild.run({ ...rebuiltProjections, tables: some }))
      assert.strictEqual(error._tag, "SqlError")
      assert.deepStrictEqual(yield* readModels, live)
    })
  )

  it.effect("3: when it is killed on the way, people's numbers stay as they are, and the next one clears up", () =>
    Effect.gen(function* () {
      yield* lives(yield* opens(), "killed")
      yield* workThrough()
      const live = yield* readModels
      const { program, reached } = yield* paused
      const rebuild = yield* Effect.forkChild(Rebuild.run(program))
      yield* reached
      assert.lengthOf(yield* schemas, 1)
      yield* Fiber.interrupt(rebuild)
      assert.deepStrictEqual(yield* readModels, live)
      yield* Rebuild.run(rebuiltProjections)
      assert.deepStrictEqual(yield* readModels, live)
      assert.lengthOf(yield* schemas, 0)
    })
  )

  it.effect("3: refuses to switch to tables that lack an event it could not read", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const person = yield* opens()
      const bought = yield* spends(person, "groceries", 30)
      yield* workThrough()
      const live = yield* readModels
      yield* sql`UPDATE events SET schema_version = 99 WHERE stream_id = ${bought} AND version = 1`
      const error = yield* Effect.flip(Effect.provide(Rebuild.run(rebuiltProjections), Layer.fresh(TestLedger.codec)))
      assert.strictEqual(error._tag, "CannotRebuild")
      assert.deepStrictEqual(yield* readModels, live)
      yield* sql`UPDATE events SET schema_version = 1 WHERE stream_id = ${bought} AND version = 1`
    })
  )

  it.effect("4: of two at once, one is told that the other is at it", () =>
    Effect.gen(function* () {
      const { program, reached, goOn } = yield* paused
      const first = yield* Effect.forkChild(Rebuild.run(program))
      yield* reached
      assert.strictEqual((yield* Effect.flip(Rebuild.run(rebuiltProjections)))._tag, "AlreadyRebuilding")
      yield* goOn
      assert.isAbove((yield* Fiber.join(first)).events, 0)
    })
  )

  it.effect("6: who is erased while it runs is not brought back", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const [kari, ola] = [yield* opens(), yield* opens()]
      for (const person of [kari, ola]) yield* lives(person, person.owner_id)
      yield* workThrough()
      const { settle } = rebuiltProjections
      const erase = Effect.andThen(
        sql`UPDATE data_keys SET wrapped_key = NULL, erased_at = now() WHERE owner_id = ${kari.owner_id}`,
        Effect.forEach(tables, (table) => sql`DELETE FROM ${sql(table)} WHERE owner_id = ${kari.owner_id}`)
      )
      yield* Rebuild.run({ ...rebuiltProjections, settle: Effect.andThen(settle, Effect.orDie(erase)) })
      for (const table of ["transactions", "transaction_events", "daily_aggregates", "account_projections"]) {
        const [count] = yield* sql<{ karis: bigint; olas: bigint }>`
          SELECT count(*) FILTER (WHERE owner_id = ${kari.owner_id}) AS karis, count(*) FILTER (WHERE owner_id = ${ola.owner_id}) AS olas
          FROM ${sql(table)}`
        assert.strictEqual(count!.karis, 0n, table)
        assert.isTrue(count!.olas > 0n, table)
      }
    })
  )
})

layer(still, { excludeTestServices: true })("the tables after a rebuild", (it) => {
  it.effect("are the ones before in everything but their rows, grants, policies and the views on them included", () =>
    Effect.gen(function* () {
      const before = yield* catalogue
      yield* lives(yield* opens(), "catalogue")
      yield* Rebuild.run(rebuiltProjections)
      assert.deepStrictEqual(yield* catalogue, before)
      assert.isAbove(before.policies.length, 10)
    })
  )

  it.effect("show a person their own money and nobody else's, in the views too", () =>
    Effect.gen(function* () {
      const [kari, ola] = [yield* opens(), yield* opens()]
      yield* spends(kari, "groceries", 100)
      yield* spends(ola, "groceries", 7)
      yield* Rebuild.run(rebuiltProjections)
      const seen = yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        yield* sql`SELECT set_config('app.user_id', ${kari.owner_id}, true)`
        const transactions = yield* sql`SELECT amount FROM transactions`
        const months = yield* sql`SELECT spent_amount FROM monthly_aggregates WHERE category = 'groceries'`
        return [transactions, months]
      }).pipe((seeing) => Effect.flatMap(SqlClient.SqlClient, (sql) => sql.withTransaction(seeing)), Effect.provide(Database.api))
      assert.deepStrictEqual(seen, [[{ amount: -kr(100) }], [{ spent_amount: kr(100) }]])
    })
  )

  it.effect("would not lose a trigger that somebody put on one: it refuses instead", () =>
    Effect.gen(function* () {
      const owner = yield* Database.dedicated("migrator", "test")
      yield* owner`CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`
      yield* owner`CREATE TRIGGER noted BEFORE INSERT ON transactions FOR EACH ROW EXECUTE FUNCTION noted()`
      const error = yield* Effect.flip(Rebuild.run(rebuiltProjections))
      assert.include(error.message, "noted")
      yield* owner`DROP TRIGGER noted ON transactions`
    })
  )
})

layer(running, { excludeTestServices: true })("a rebuild while people are at it", (it) => {
  it.effect("1: misses nothing and takes nothing twice, of what they did before, meanwhile and at the switch", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const person = yield* opens({ opening_balance: kr(10_000) })
      let spent = 0
      const spend = Effect.suspend(() => {
        spent++
        return spends(person, "groceries", 10)
      })
      for (let times = 0; times < 5; times++) yield* spend
      const { program, reached, goOn } = yield* paused
      const rebuild = yield* Effect.forkChild(Rebuild.run(program))
      yield* reached
      for (let times = 0; times < 5; times++) yield* spend
      const busy = yield* Effect.forkChild(Effect.forever(spend))
      yield* goOn
      yield* Fiber.join(rebuild)
      for (let times = 0; times < 3; times++) yield* spend
      yield* Fiber.interrupt(busy)
      yield* settled
      const live = yield* readModels
      const [account] = yield* sql<{ balance: bigint; count: bigint }>`
        SELECT current_balance AS balance, transaction_count AS count FROM account_projections WHERE id = ${person.account.id}`
      const [log] = yield* sql<{ count: bigint }>`SELECT count(*) AS count FROM events WHERE type = 'TransactionCreated'`
      assert.deepStrictEqual(account, { balance: kr(10_000) - log!.count * kr(10), count: log!.count })
      assert.isAtLeast(spent, 13)
      yield* Rebuild.run(rebuiltProjections)
      assert.deepStrictEqual(yield* readModels, live)
    })
  )

  it.effect("waits for who reads the tables, holds nobody up meanwhile, and switches when they are done", () =>
    Effect.gen(function* () {
      const reader = yield* Database.dedicated("projector", newId())
      const reading = yield* Deferred.make<void>()
      const done = yield* Deferred.make<void>()
      const slow = yield* Effect.forkChild(
        reader.withTransaction(
          reader`SELECT FROM transactions`.pipe(
            Effect.andThen(Deferred.succeed(reading, undefined)),
            Effect.andThen(Deferred.await(done))
          )
        )
      )
      yield* Deferred.await(reading)
      const rebuild = yield* Effect.forkChild(Rebuild.run(rebuiltProjections))
      const sql = yield* SqlClient.SqlClient
      yield* eventually(
        Effect.map(sql`SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted`, ({ length }) => length > 0)
      )
      const person = yield* opens()
      yield* spends(person, "groceries", 10)
      yield* eventually(
        Effect.map(sql`SELECT FROM transactions WHERE owner_id = ${person.owner_id}`, ({ length }) => length === 1)
      )
      yield* Deferred.succeed(done, undefined)
      yield* Fiber.join(slow)
      assert.isAbove((yield* Fiber.join(rebuild)).events, 0)
    })
  )
})
