import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import * as Schedule from "effect/Schedule"
import * as SqlClient from "effect/sql/SqlClient"
import { createHash, hash } from "node:crypto"
import { Database } from "../database/Database.ts"
import { Signals } from "../database/Signals.ts"
import * as TestDatabase from "../database/TestDatabase.ts"
import { newId } from "../ledger/Id.ts"
import { EventCodec } from "./EventCodec.ts"
import { EventStore } from "./EventStore.ts"
import { MasterKey } from "./MasterKey.ts"
import * as PostgresEventStore from "./PostgresEventStore.ts"
import { ReadFence } from "./ReadFence.ts"
import { entryAt, genesis, head, readSeals, type Seal } from "./Seal.ts"
import * as Sealer from "./Sealer.ts"
import { Vault } from "./Vault.ts"
import { verify } from "./Verification.ts"

const everything = PostgresEventStore.layer.pipe(
  Layer.provide(EventCodec.layer),
  Layer.provide(Vault.layer),
  Layer.provideMerge([ReadFence.layer, Signals.layer, MasterKey.layerRandom]),
  Layer.provideMerge(Layer.succeed(References.MinimumLogLevel, "Error")),
  Layer.provideMerge(TestDatabase.layer)
)

const append = Effect.fnUntraced(function* (events = 1) {
  const store = yield* EventStore
  const owner_id = newId()
  const { position } = yield* store.appendOne({
    stream_id: newId(),
    stream_type: "account",
    owner_id,
    expected: "none",
    events: Array.from({ length: events }, () => ({ type: "AccountClosed", account_id: "a1" }) as const),
    metadata: { actor: owner_id }
  })
  return position
})

const logged = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  Effect.map(sql<{ position: bigint }>`SELECT position FROM events ORDER BY position`, (rows) =>
    rows.map(({ position }) => position)
  )
)

/** The positions that the seals have an entry of, in their order. */
const sealed = Effect.map(readSeals(0n, 10_000), (seals) =>
  seals.flatMap((seal) => Array.from({ length: seal.events }, (_, index) => entryAt(seal, index)!.position))
)

const sealAll = Effect.gen(function* () {
  const fence = yield* ReadFence
  const seals: Array<Seal> = []
  let last: Seal | null = yield* head
  while (last !== null) {
    seals.push(last)
    last = yield* Sealer.sealNext(last, (yield* fence.advance).position)
  }
  return seals.slice(1)
})

/** As the supervisor runs it. */
const supervised = Effect.retry(Sealer.run, Schedule.spaced("10 millis"))

const eventually = <E, R>(condition: Effect.Effect<boolean, E, R>) =>
  condition.pipe(
    Effect.andThen((holds) => (holds ? Effect.void : Effect.fail("not yet"))),
    Effect.retry(Schedule.max([Schedule.spaced("10 millis"), Schedule.recurs(3_000)]))
  )

const allSealed = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [log] = yield* sql<{ last: bigint }>`SELECT coalesce(max(position), 0) AS last FROM events`
  return (yield* head).to_position >= log!.last
})

const sessions = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<{ pid: number; granted: boolean }>`
    SELECT pid, granted FROM pg_locks WHERE locktype = 'advisory'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
)

const leader = Effect.map(sessions, (all) => all.find(({ granted }) => granted)?.pid)

layer(everything, { excludeTestServices: true })("Sealer", (it) => {
  it.effect("invariant 3: of eight who write and often give up, every event that was committed is sealed once and in order", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const sealer = yield* Effect.forkChild(supervised)
      const random = (most: number) => Math.floor(Math.random() * most)
      const write = Effect.gen(function* () {
        for (let left = 1 + random(3); left > 0; left--) {
          yield* append(1 + random(3))
          yield* Effect.sleep(random(10))
        }
        if (random(4) === 0) return yield* Effect.fail("given up")
      })
      const writer = Effect.repeat(Effect.ignore(sql.withTransaction(write)), { times: 60 })
      yield* Effect.all(
        Array.from({ length: 8 }, () => writer),
        { concurrency: "unbounded", discard: true }
      )
      yield* eventually(allSealed)
      const positions = yield* logged
      assert.isAbove(positions.length, 500)
      assert.isBelow(positions.length, Number(positions.at(-1)))
      assert.deepStrictEqual(yield* sealed, positions)
      assert.strictEqual((yield* verify()).events, positions.length)
      yield* Fiber.interrupt(sealer)
    })
  )

  it.effect("invariant 3: a sealer that is stopped and started again goes on where the chain ends", () =>
    Effect.gen(function* () {
      for (const _ of [1, 2, 3]) {
        yield* append(5)
        const sealer = yield* Effect.forkChild(supervised)
        yield* eventually(allSealed)
        yield* Fiber.interrupt(sealer)
        yield* append(5)
      }
      yield* sealAll
      assert.deepStrictEqual(yield* sealed, yield* logged)
      yield* verify()
    })
  )

  it.effect("invariant 1: one seals at a time; the second waits, and takes over when the first one's session is killed", () =>
    Effect.gen(function* () {
      yield* Effect.forkChild(supervised)
      yield* eventually(Effect.map(leader, (pid) => pid !== undefined))
      const first = yield* leader
      yield* Effect.forkChild(supervised)
      yield* eventually(Effect.map(sessions, (all) => all.length === 2))
      assert.strictEqual(yield* leader, first)
      const waiting = (yield* sessions).find(({ granted }) => !granted)!.pid
      const owner = yield* Database.dedicated("migrator", "killer")
      yield* owner`SELECT pg_terminate_backend(${first!})`
      yield* eventually(Effect.map(leader, (pid) => pid === waiting))
      yield* append(3)
      yield* eventually(allSealed)
      assert.deepStrictEqual(yield* sealed, yield* logged)
      yield* verify()
    })
  )

  it.effect("invariant 2: a sealer that was overtaken without noticing adds nothing, and says so", () =>
    Effect.gen(function* () {
      const fence = yield* ReadFence
      yield* sealAll
      const stale = yield* head
      yield* append(2)
      const seals = yield* sealAll
      yield* append(2)
      const error = yield* Effect.flip(Sealer.sealNext(stale, (yield* fence.advance).position))
      assert.strictEqual(error._tag, "Overtaken")
      assert.strictEqual(error.message, `Seal ${stale.number + 1n} has been made by another sealer`)
      assert.strictEqual((yield* head).number, seals.at(-1)!.number)
      yield* sealAll
      yield* verify()
    })
  )

  it.effect("invariant 2: of six sealers who know of no lock the chain is one, and whole", () =>
    Effect.gen(function* () {
      const race = Effect.retry(sealAll, { while: (error) => error._tag === "Overtaken" })
      for (const _ of [1, 2, 3, 4, 5]) {
        yield* append(7)
        yield* Effect.all([race, race, race, race, race, race], { concurrency: "unbounded", discard: true })
      }
      assert.deepStrictEqual(yield* sealed, yield* logged)
      yield* verify()
    })
  )

  it.effect("invariant 4: no block is larger than a thousand events", () =>
    Effect.gen(function* () {
      yield* sealAll
      for (const _ of [1, 2, 3]) yield* append(750)
      const seals = yield* sealAll
      assert.deepStrictEqual(
        seals.map(({ events }) => events),
        [1_000, 1_000, 250]
      )
      yield* verify()
    })
  )

  it.effect("a seal is later than the one before it, also when the clock was set back by a year in between", () =>
    Effect.gen(function* () {
      yield* append()
      const next = (yield* sealAll).at(-1)!
      const future = { ...next, sealed_at: next.sealed_at + 31_536_000_000_000n }
      yield* append()
      const { position } = yield* (yield* ReadFence).advance
      const seal = yield* Sealer.sealNext(future, position)
      assert.strictEqual(seal!.sealed_at, future.sealed_at + 1_000n)
      const owner = yield* Database.dedicated("migrator", "owner")
      yield* owner`DELETE FROM seals WHERE number = ${seal!.number}`
      yield* sealAll
      yield* verify()
    })
  )

  it.effect("an entry and a hash are the bytes that are written down for them, whoever computes them", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sealAll
      const [stream_id, event_id] = [newId(), newId()]
      const ciphertext = Buffer.from("ciphertext")
      const [{ position }] = (yield* sql<{ position: bigint }>`
        INSERT INTO events (stream_id, stream_type, version, event_id, type, schema_version, payload, payload_hash, metadata, occurred_at, recorded_at)
        VALUES (${stream_id}, 'account', 258, ${event_id}, 'Kjøp', 3, ${ciphertext}, ${hash("sha256", ciphertext, "buffer")},
                '{"b": 1.50, "actor": "Pål"}', '1999-12-31T23:59:59.999999Z', '2026-07-29T10:00:00.123456Z')
        RETURNING position`) as [{ position: bigint }]
      const previous = yield* head
      const [seal] = yield* sealAll

      const int = (bytes: 2 | 4 | 8, value: bigint) => {
        const buffer = Buffer.alloc(8)
        buffer.writeBigInt64BE(value)
        return buffer.subarray(8 - bytes)
      }
      const text = (value: string) => Buffer.concat([int(4, BigInt(Buffer.byteLength(value))), Buffer.from(value)])
      const uuid = (value: string) => Buffer.from(value.replaceAll("-", ""), "hex")
      const since2000 = (iso: string, micros: bigint) =>
        int(8, BigInt(Date.parse(iso) - Date.parse("2000-01-01T00:00:00Z")) * 1_000n + micros)
      const sha256 = (bytes: Uint8Array) => hash("sha256", bytes, "buffer")
      const header = Buffer.concat([
        int(8, position),
        uuid(stream_id),
        text("account"),
        int(8, 258n),
        uuid(event_id),
        text("Kjøp"),
        int(2, 3n),
        Buffer.from([0]),
        text('{"b": 1.50, "actor": "Pål"}'),
        since2000("1999-12-31T23:59:59.999Z", 999n),
        since2000("2026-07-29T10:00:00.123Z", 456n)
      ])
      assert.deepStrictEqual(
        Buffer.from(seal!.entries),
        Buffer.concat([int(8, position), sha256(header), sha256(sha256(ciphertext))])
      )
      const expected = createHash("sha256").update("finance seal 1\n").update(previous.hash)
      for (const number of [seal!.number, previous.to_position + 1n, seal!.to_position, 1n, seal!.sealed_at]) {
        expected.update(int(8, number))
      }
      assert.deepStrictEqual(Buffer.from(seal!.hash), expected.update(sha256(seal!.entries)).digest())
      assert.deepStrictEqual(genesis.hash, new Uint8Array(32))
    })
  )

  it.effect("who writes for everyone can add a seal and change none, and who serves one person has nothing to do with them", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* append()
      yield* sealAll
      const api = yield* Database.dedicated("api", "api")
      for (const refused of [
        sql`UPDATE seals SET hash = hash`,
        sql`DELETE FROM seals`,
        sql`TRUNCATE seals`,
        api`SELECT FROM seals`,
        api`INSERT INTO seals SELECT * FROM seals`
      ]) {
        assert.strictEqual((yield* Effect.flip(refused)).reason._tag, "AuthorizationError")
      }
    })
  )
})
