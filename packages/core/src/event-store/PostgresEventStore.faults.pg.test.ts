import { assert, layer } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as SqlClient from "effect/sql/SqlClient"
import { Signals } from "../database/Signals.ts"
import * as TestDatabase from "../database/TestDatabase.ts"
import { newId } from "../ledger/Id.ts"
import { EventCodec } from "./EventCodec.ts"
import { type Append, EventStore } from "./EventStore.ts"
import { maxEventBytes } from "./EventTooLarge.ts"
import type { LedgerEvent } from "./LedgerEvent.ts"
import { MasterKey } from "./MasterKey.ts"
import * as PostgresEventStore from "./PostgresEventStore.ts"
import { Vault } from "./Vault.ts"

const process = PostgresEventStore.layer.pipe(Layer.provide(EventCodec.layer), Layer.provideMerge(Vault.layer))

const store = process.pipe(Layer.provideMerge([Signals.layer, MasterKey.layerRandom]), Layer.provideMerge(TestDatabase.layer))

const kari = newId()

const renamed = (new_name: string): LedgerEvent => ({ type: "AccountRenamed", account_id: "a1", old_name: "Konto", new_name })

const command = (
  stream_id: string,
  expected: Append["expected"],
  names: ReadonlyArray<string> = ["Ny"],
  metadata: Append["metadata"] = { actor: kari },
  owner_id = kari
): Append => ({ stream_id, stream_type: "account", owner_id, expected, events: names.map(renamed), metadata })

const named = ({ event }: { readonly event: LedgerEvent }) => (event.type === "AccountRenamed" ? event.new_name : event.type)

const counted = (count: number) => Array.from({ length: count }, (_, index) => index)

/** What has been told of these accounts, and that every invariant of a stream holds in them. */
const soundLog = Effect.fnUntraced(function* (streams: ReadonlyArray<string>) {
  const store = yield* EventStore
  const names: Array<string> = []
  for (const stream of streams) {
    const recorded = yield* store.readStream(stream)
    assert.deepStrictEqual(
      recorded.map(({ version }) => version),
      counted(recorded.length).map((index) => index + 1)
    )
    assert.isTrue(recorded.every(({ position }, index) => index === 0 || position > recorded[index - 1]!.position))
    names.push(...recorded.map(named))
  }
  assert.strictEqual(new Set(names).size, names.length)
  return new Set(names)
})

layer(store, { excludeTestServices: true })("PostgresEventStore under pressure", (it) => {
  it.effect(
    "invariants 1, 2, 3 and 7: forty who write to five accounts at once, each as they like, find all they were told of",
    () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const sql = yield* SqlClient.SqlClient
        const streams = counted(5).map(newId)
        const acknowledged = new Set<string>()
        let commands = 0
        const writer = (who: number) =>
          Effect.gen(function* () {
            for (const turn of counted(15)) {
              const stream = streams[yield* Random.nextIntBetween(0, 4)]!
              const names = counted(yield* Random.nextIntBetween(1, 3)).map((n) => `${who}/${turn}/${n}`)
              const known = (yield* store.readStream(stream)).length
              const expected = (["any", "none", known, known + 1] as const)[yield* Random.nextIntBetween(0, 3)]!
              const result = yield* Effect.result(store.appendOne(command(stream, expected, names)))
              if (Result.isFailure(result)) assert.strictEqual(result.failure._tag, "WrongExpectedVersion")
              else names.forEach((name) => acknowledged.add(name))
              commands++
            }
          })
        yield* Effect.forEach(counted(40), writer, { concurrency: "unbounded", discard: true })
        assert.deepStrictEqual(yield* soundLog(streams), acknowledged)
        assert.isAbove(acknowledged.size, 200)
        const [row] = yield* sql<{ transactions: number }>`
        SELECT count(DISTINCT xmin::text)::int AS transactions FROM events WHERE stream_id = ANY(${streams}::uuid[])`
        assert.isBelow(row!.transactions, commands / 2)
      })
  )

  it.effect("invariant 7: of three hundred, half of whom hang up, everyone who was answered is in the log, whole and once", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const streams = counted(20).map(newId)
      const answered = new Set<string>()
      const fibers = yield* Effect.forEach(counted(300), (who) => {
        const ask = store.appendOne(command(streams[who % 20]!, "any", [`${who}/a`, `${who}/b`]))
        return Effect.forkChild(Effect.tap(ask, () => Effect.sync(() => answered.add(`${who}/a`).add(`${who}/b`))))
      })
      yield* Effect.forEach(fibers, (fiber, who) =>
        who % 2 === 0
          ? Effect.void
          : Effect.andThen(Effect.repeat(Effect.yieldNow, { times: who % 7 }), Effect.forkChild(Fiber.interrupt(fiber)))
      )
      yield* Fiber.awaitAll(fibers)
      assert.isAtLeast(answered.size, 300)
      yield* Effect.forEach(streams, (stream) => store.appendOne(command(stream, "any", [`last/${stream}`])), {
        concurrency: "unbounded"
      })
      const log = yield* soundLog(streams)
      for (const name of answered) assert.isTrue(log.has(name), name)
      for (const who of counted(300)) assert.strictEqual(log.has(`${who}/a`), log.has(`${who}/b`))
    })
  )

  it.effect("invariant 6: a command that comes thirty times at once is carried out once, and everyone gets the same answer", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const stream = newId()
      const ask = store.appendOne(command(stream, "any", ["a", "b"], { actor: kari, command_id: "once" }))
      const answers = yield* Effect.forEach(counted(30), () => ask, { concurrency: "unbounded" })
      for (const answer of answers) assert.deepStrictEqual(answer, answers[0])
      const recorded = yield* store.readStream(stream)
      assert.deepStrictEqual(recorded.map(named), ["a", "b"])
      assert.deepStrictEqual(
        [answers[0]!.version, answers[0]!.position, ...answers[0]!.event_ids],
        [2, recorded[1]!.position, recorded[0]!.event_id, recorded[1]!.event_id]
      )
      yield* store.appendOne(command(stream, 2, ["c"]))
      assert.deepStrictEqual(yield* ask, answers[0])
    })
  )

  it.effect("invariant 6: a command that comes to eight processes at once is carried out once", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      for (const turn of counted(10)) {
        const stream = newId()
        const ask = Effect.flatMap(EventStore, (store) =>
          store.appendOne(command(stream, "any", ["a"], { actor: kari, command_id: `everywhere ${turn}` }))
        )
        const answers = yield* Effect.forEach(counted(8), () => Effect.provide(ask, Layer.fresh(process)), {
          concurrency: "unbounded"
        })
        for (const answer of answers) assert.deepStrictEqual(answer, answers[0])
        assert.strictEqual((yield* store.readStream(stream)).length, 1)
      }
    })
  )

  it.effect("invariant 6: an id that comes back with something else is refused, and is another person's to use", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const [stream, other, ola] = [newId(), newId(), newId()]
      const metadata = { actor: kari, command_id: "mine" }
      const first = command(stream, "none", ["a"], metadata)
      yield* store.appendOne(first)
      const others = [
        command(stream, 1, ["b"], metadata),
        command(stream, 1, ["a", "a"], metadata),
        command(other, "none", ["a"], metadata),
        { ...first, occurred_at: new Date(0) }
      ]
      for (const another of others) assert.strictEqual((yield* Effect.flip(store.appendOne(another)))._tag, "CommandIdReused")
      const inOneBatch = yield* store.append([first, command(other, "none", ["x"]), command(stream, 1, ["b"], metadata)])
      assert.deepStrictEqual(
        inOneBatch.map((result) => (Result.isSuccess(result) ? result.success.version : result.failure._tag)),
        [1, 1, "CommandIdReused"]
      )
      assert.strictEqual((yield* store.appendOne(command(newId(), "none", ["a"], metadata, ola))).version, 1)
      // two commands of one id, at once, for two accounts: one of them is carried out
      const both = [newId(), newId()].map((stream) => command(stream, "any", ["a"], { actor: kari, command_id: "twofold" }))
      const tags = yield* Effect.forEach(both, (twin) => Effect.map(Effect.exit(store.appendOne(twin)), ({ _tag }) => _tag), {
        concurrency: "unbounded"
      })
      assert.sameMembers([...tags], ["Success", "Failure"])
    })
  )

  it.effect("invariants 2 and 9: whatever is wrong with a command fails that command, and none of the thirty beside it", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const sql = yield* SqlClient.SqlClient
      const [forgotten, locked] = [newId(), newId()]
      yield* sql`INSERT INTO data_keys (owner_id, wrapped_key, master_key_version, erased_at) VALUES (${forgotten}, NULL, 1, now())`
      yield* sql`INSERT INTO data_keys (owner_id, wrapped_key, master_key_version) VALUES (${locked}, '\\x00'::bytea, 1)`
      const poison: Record<string, Append> = {
        "invalid text": command(newId(), "none", ["a"], { actor: "no such letter: \0" }),
        "invalid id": command("not a stream", "none"),
        "invalid time": { ...command(newId(), "none"), occurred_at: new Date(NaN) },
        WrongExpectedVersion: command(newId(), 7),
        EventTooLarge: command(newId(), "none", ["x".repeat(maxEventBytes)]),
        Erased: command(newId(), "none", ["a"], { actor: forgotten }, forgotten),
        VaultUnusable: command(newId(), "none", ["a"], { actor: locked }, locked)
      }
      const healthy = counted(30).map(() => command(newId(), "none", ["a", "b"]))
      const asked = [...healthy.slice(0, 15), ...Object.values(poison), ...healthy.slice(15)]
      const exits = yield* Effect.forEach(asked, (append) => Effect.exit(store.appendOne(append)), { concurrency: "unbounded" })
      const failures = exits.flatMap((exit) => (Exit.isFailure(exit) ? [exit.cause] : []))
      assert.deepStrictEqual(
        failures.map((cause) => Result.getOrThrow(Cause.findError(cause))._tag),
        ["SqlError", "SqlError", "SqlError", "WrongExpectedVersion", "EventTooLarge", "Erased", "VaultUnusable"]
      )
      for (const { stream_id } of healthy) assert.strictEqual((yield* store.readStream(stream_id)).length, 2)
      assert.deepStrictEqual(yield* store.readStream(poison["EventTooLarge"]!.stream_id), [])
    })
  )

  it.effect("invariant 2: who waits for an account that somebody holds keeps nobody else waiting, and has it in the end", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const sql = yield* SqlClient.SqlClient
      const [held, ...free] = counted(12).map(newId)
      yield* store.appendOne(command(held!, "none"))
      const holding = yield* Deferred.make<void>()
      const enough = yield* Deferred.make<void>()
      const holder = yield* Effect.forkChild(
        sql.withTransaction(
          Effect.gen(function* () {
            yield* sql`SELECT FROM streams WHERE stream_id = ${held!} FOR UPDATE`
            yield* Deferred.succeed(holding, undefined)
            yield* Deferred.await(enough)
          })
        )
      )
      yield* Deferred.await(holding)
      const waiting = yield* Effect.forkChild(store.appendOne(command(held!, 1)))
      yield* Effect.forEach(free, (stream) => store.appendOne(command(stream, "none")), { concurrency: "unbounded" })
      // again, for a lane that has met the held account before
      yield* Effect.forEach(free, (stream) => store.appendOne(command(stream, 1)), { concurrency: "unbounded" })
      yield* Deferred.succeed(enough, undefined)
      assert.strictEqual((yield* Fiber.join(waiting)).version, 2)
      yield* Fiber.join(holder)
    })
  )

  it.effect("invariant 5: a command that the database gave up to end a deadlock is carried out all the same", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const sql = yield* SqlClient.SqlClient
      const [stream, command_id] = [newId(), newId()]
      yield* store.appendOne(command(stream, "none"))
      const deadlocks = Effect.map(
        sql<{ deadlocks: number }>`SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()`,
        ([row]) => row!.deadlocks
      )
      const often = Schedule.spaced("20 millis")
      const before = yield* deadlocks
      const hasId = yield* Deferred.make<void>()
      const wantsAccount = yield* Deferred.make<void>()
      const rival = yield* Effect.forkChild(
        sql.withTransaction(
          Effect.gen(function* () {
            yield* sql`INSERT INTO commands (command_id, version) VALUES (${`${kari}/${command_id}`}, 9)`
            yield* Deferred.succeed(hasId, undefined)
            yield* Deferred.await(wantsAccount)
            yield* sql`UPDATE streams SET version = version WHERE stream_id = ${stream}`
            return yield* Effect.fail("given up")
          })
        )
      )
      yield* Deferred.await(hasId)
      const asked = yield* Effect.forkChild(store.appendOne(command(stream, 1, ["b"], { actor: kari, command_id })))
      // Longer than a batch waits: the command is by itself now, and has the account while it waits for the id.
      yield* sql`SELECT FROM pg_locks WHERE NOT granted AND waitstart < clock_timestamp() - interval '300 milliseconds'`.pipe(
        Effect.repeat({ until: (rows) => rows.length > 0, schedule: often })
      )
      yield* Deferred.succeed(wantsAccount, undefined)
      yield* Effect.repeat(deadlocks, { until: (now) => now > before, schedule: often })
      yield* Fiber.await(rival)
      assert.strictEqual((yield* Fiber.join(asked)).version, 2)
      assert.deepStrictEqual((yield* store.readStream(stream)).map(named), ["Ny", "b"])
    })
  )

  it.effect("invariant 5: an append leaves the caller's transaction as patient as it was", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const sql = yield* SqlClient.SqlClient
      const patience = Effect.map(sql`SELECT current_setting('lock_timeout') AS patience`, ([row]) => row)
      const before = yield* patience
      yield* sql.withTransaction(
        Effect.gen(function* () {
          yield* store.appendOne(command(newId(), "none"))
          assert.deepStrictEqual(yield* patience, before)
        })
      )
      yield* Effect.forEach(counted(20), () => store.appendOne(command(newId(), "none")), { concurrency: "unbounded" })
      assert.deepStrictEqual(yield* patience, before)
    })
  )

  it.effect("invariant 8: five thousand who come at once are all served, and no batch is larger than a batch may be", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const sql = yield* SqlClient.SqlClient
      const streams = counted(5_000).map(newId)
      yield* Effect.forEach(streams, (stream) => store.appendOne(command(stream, "none")), { concurrency: "unbounded" })
      const [row] = yield* sql<{ events: number; largest: number }>`
        SELECT sum(n)::int AS events, max(n)::int AS largest
        FROM (SELECT count(*) AS n FROM events WHERE stream_id = ANY(${streams}::uuid[]) GROUP BY xmin) AS batches`
      assert.strictEqual(row!.events, 5_000)
      assert.isAtMost(row!.largest, 128)
    })
  )
})
