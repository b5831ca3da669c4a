import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as SqlClient from "effect/sql/SqlClient"
import { Signals } from "../database/Signals.ts"
import * as TestDatabase from "../database/TestDatabase.ts"
import { newId } from "../ledger/Id.ts"
import { EventCodec } from "./EventCodec.ts"
import { type Append, type AppendError, type Appended, type Conflict, EventStore, WrongExpectedVersion } from "./EventStore.ts"
import type { LedgerEvent } from "./LedgerEvent.ts"
import { MasterKey } from "./MasterKey.ts"
import * as PostgresEventStore from "./PostgresEventStore.ts"
import { Vault } from "./Vault.ts"

const process = PostgresEventStore.layer.pipe(Layer.provide(EventCodec.layer), Layer.provideMerge(Vault.layer))

const store = process.pipe(Layer.provideMerge([Signals.layer, MasterKey.layerRandom]), Layer.provideMerge(TestDatabase.layer))

/** Another process on the same database, with nothing in its memory. */
const elsewhere = <A, E>(effect: Effect.Effect<A, E, EventStore | Vault>) => Effect.provide(effect, Layer.fresh(process))

const kari = newId()

const renamed = (new_name: string): LedgerEvent => ({ type: "AccountRenamed", account_id: "a1", old_name: "Konto", new_name })

const command = (
  stream_id: string,
  expected: Append["expected"],
  names: ReadonlyArray<string> = ["Ny"],
  owner_id = kari
): Append => ({
  stream_id,
  stream_type: "account",
  owner_id,
  expected,
  events: names.map(renamed),
  metadata: { actor: owner_id }
})

const named = ({ event }: { readonly event: LedgerEvent }) => (event.type === "AccountRenamed" ? event.new_name : event.type)

const counted = (count: number) => Array.from({ length: count }, (_, index) => index)

const outcome = (result: Result.Result<Appended, Conflict | AppendError>) =>
  Result.match(result, {
    onSuccess: ({ version }) => `at ${version}`,
    onFailure: (error) =>
      error._tag === "WrongExpectedVersion" ? `expected ${error.expected}, was ${error.actual}` : error.message
  })

layer(store, { excludeTestServices: true })("PostgresEventStore", (it) => {
  it.effect("invariants 1 and 3: sixteen who write to one account at once leave versions 1, 2, 3 … in the order of the log", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const sql = yield* SqlClient.SqlClient
      const stream = newId()
      const appendedBy = (writer: number) =>
        Effect.gen(function* () {
          let events = 0
          for (const turn of counted(12)) {
            const names = counted(1 + ((writer + turn) % 3)).map((n) => `${writer}/${turn}/${n}`)
            const known = (yield* store.readStream(stream)).at(-1)?.version ?? 0
            const expected = (["any", "none", known] as const)[writer % 3]!
            const result = yield* Effect.result(store.appendOne(command(stream, expected, names)))
            if (Result.isSuccess(result)) events += names.length
            else assert.instanceOf(result.failure, WrongExpectedVersion)
          }
          return events
        })
      const appended = yield* Effect.forEach(counted(16), appendedBy, { concurrency: "unbounded" })
      const total = appended.reduce((sum, events) => sum + events, 0)
      const recorded = yield* store.readStream(stream)
      assert.isAbove(total, 100)
      assert.deepStrictEqual(
        recorded.map(({ version }) => version),
        counted(total).map((index) => index + 1)
      )
      assert.isTrue(recorded.every(({ position }, index) => index === 0 || position > recorded[index - 1]!.position))
      // the events of one command stand side by side
      recorded.forEach((event, index) => {
        const [writer, turn, place] = named(event).split("/")
        if (place !== "0") assert.strictEqual(named(recorded[index - 1]!), `${writer}/${turn}/${Number(place) - 1}`)
      })
      const [row] = yield* sql`SELECT version::int FROM streams WHERE stream_id = ${stream}`
      assert.deepStrictEqual(row, { version: total })
    })
  )

  it.effect("invariant 1: of sixteen who open the same account at once, one does, and the others are told that it is there", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const stream = newId()
      const results = yield* Effect.forEach(counted(16), () => Effect.result(store.appendOne(command(stream, "none"))), {
        concurrency: "unbounded"
      })
      const lost = results.filter(Result.isFailure).map(({ failure }) => failure)
      assert.strictEqual(lost.length, 15)
      for (const error of lost) assert.strictEqual(error._tag === "WrongExpectedVersion" && error.actual, 1)
      assert.strictEqual((yield* store.readStream(stream)).length, 1)
    })
  )

  it.effect("invariant 2: a conflict fails that command alone, and says what the version is", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const [fresh, standing, absent, other] = [newId(), newId(), newId(), newId()]
      yield* store.appendOne(command(standing, "none", ["1", "2", "3"]))
      const results = yield* store.append([
        command(fresh, "none", ["a", "b"]),
        command(standing, 2),
        command(absent, 1),
        command(other, "any")
      ])
      assert.deepStrictEqual(results.map(outcome), ["at 2", "expected 2, was 3", "expected 1, was 0", "at 1"])
      assert.deepStrictEqual((yield* store.readStream(fresh)).map(named), ["a", "b"])
      assert.strictEqual((yield* store.readStream(standing)).length, 3)
      assert.deepStrictEqual(yield* store.readStream(absent), [])
      assert.strictEqual(outcome(yield* Effect.result(store.appendOne(command(standing, "none")))), "expected none, was 3")
      assert.strictEqual(outcome(yield* Effect.result(store.appendOne(command(standing, 3)))), "at 4")
    })
  )

  it.effect("takes several commands on one account in one batch as if they came one after the other", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const [one, two] = [newId(), newId()]
      const results = yield* store.append([
        command(one, "none", ["a"]),
        command(two, "any", ["x"]),
        command(one, 1, ["b", "c"]),
        command(one, 1, ["never"]),
        command(one, "any", ["d"]),
        command(two, "none", ["never"])
      ])
      assert.deepStrictEqual(results.map(outcome), ["at 1", "at 1", "at 3", "expected 1, was 3", "at 4", "expected none, was 1"])
      assert.deepStrictEqual((yield* store.readStream(one)).map(named), ["a", "b", "c", "d"])
      assert.deepStrictEqual((yield* store.readStream(one, 3)).map(named), ["c", "d"])
    })
  )

  it.effect("answers with the ids and the position that the log has", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const stream = newId()
      const [appended] = yield* store.append([command(stream, "none", ["a", "b"])])
      const { event_ids, position, version } = Result.getOrThrow(appended!)
      const recorded = yield* store.readStream(stream)
      assert.deepStrictEqual(
        recorded.map(({ event_id }) => event_id),
        event_ids
      )
      assert.deepStrictEqual([recorded.at(-1)!.position, recorded.at(-1)!.version], [position, version])
      const log = yield* store.readLog(position - 1n, position, 10)
      assert.deepStrictEqual(
        log.map(({ event_id }) => event_id),
        [event_ids[1]]
      )
      assert.deepStrictEqual(yield* store.readLog(position, position, 10), [])
    })
  )

  it.effect("lets batches over the same accounts through, whatever order each names them in", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      for (const _ of counted(25)) {
        const streams = counted(6).map(newId)
        yield* store.append(streams.map((stream) => command(stream, "none")))
        // Each batch knows the version of every other account, and another batch names just those in the other order.
        const batch = (writer: number) => {
          const order = writer % 2 === 0 ? streams : streams.toReversed()
          return store.append(order.map((stream, index) => command(stream, index % 2 === 0 ? 1 : "any")))
        }
        yield* Effect.forEach(counted(8), batch, { concurrency: "unbounded", discard: true })
        for (const stream of streams) {
          const versions = (yield* store.readStream(stream)).map(({ version }) => version)
          assert.deepStrictEqual(
            versions,
            counted(versions.length).map((index) => index + 1)
          )
        }
      }
    })
  )

  it.effect("invariant 5: what is appended in a transaction that is given up was never there, and nobody is woken", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const sql = yield* SqlClient.SqlClient
      const signals = yield* Signals
      const stream = newId()
      const before = signals.current("events")
      const given = Effect.andThen(store.appendOne(command(stream, "none", ["a", "b"])), Effect.fail("given up"))
      assert.strictEqual(yield* Effect.flip(sql.withTransaction(given)), "given up")
      assert.deepStrictEqual(yield* store.readStream(stream), [])
      assert.strictEqual(signals.current("events"), before)
      assert.strictEqual(outcome(yield* Effect.result(store.appendOne(command(stream, "none", ["c"])))), "at 1")
    })
  )

  it.effect("invariant 5: readers are woken when the transaction has committed, and not while they would find nothing", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const sql = yield* SqlClient.SqlClient
      const signals = yield* Signals
      const stream = newId()
      const before = signals.current("events")
      yield* sql.withTransaction(
        Effect.gen(function* () {
          yield* store.appendOne(command(stream, "none"))
          yield* sql.withTransaction(store.appendOne(command(stream, 1)))
          assert.strictEqual(signals.current("events"), before)
        })
      )
      assert.isAbove(signals.current("events"), before)
    })
  )

  it.effect("a person whose first event was given up can be read by every process after their next one", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const sql = yield* SqlClient.SqlClient
      const [ola, stream] = [newId(), newId()]
      const given = Effect.andThen(store.appendOne(command(stream, "none", ["a"], ola)), Effect.fail("given up"))
      yield* Effect.flip(sql.withTransaction(given))
      yield* store.appendOne(command(stream, "none", ["b"], ola))
      const read = Effect.flatMap(EventStore, (store) => store.readStream(stream))
      assert.deepStrictEqual((yield* elsewhere(read)).map(named), ["b"])
    })
  )

  it.effect(
    "invariant 4: nothing that a person wrote is anywhere in the tables of the log, and is read back by its owner's key",
    () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const sql = yield* SqlClient.SqlClient
        const [owner, stream] = [newId(), newId()]
        const secret = "Hemmelig gave til Åse på Vinmonopolet"
        yield* store.appendOne({
          ...command(stream, "none", [], owner),
          stream_type: "transaction",
          metadata: { actor: "a program in plain sight" },
          events: [
            {
              type: "TransactionCreated",
              transaction_id: stream,
              account_id: newId(),
              amount: -123_456_789n,
              currency: "NOK",
              description: secret,
              occurred_at: "2025-01-15T12:00:00.000Z",
              booking_date: "2025-01-15",
              value_date: null,
              external_id: null,
              source: "manual",
              import_id: null,
              raw_data: secret
            }
          ]
        })
        const rows = yield* sql<{ row: string }>`
        SELECT row::text FROM events row UNION ALL SELECT row::text FROM streams row UNION ALL SELECT row::text FROM data_keys row`
        // a row as text shows its bytes in hexadecimal
        const shows = (text: string) => {
          const hex = Buffer.from(text).toString("hex")
          return rows.some(({ row }) => row.includes(text) || row.includes(hex))
        }
        assert.isTrue(shows("a program in plain sight"))
        for (const text of [secret, "Hemmelig", "Åse", "Vinmonopolet", "123456789", "2025-01-15"])
          assert.isFalse(shows(text), text)
        const [recorded] = yield* elsewhere(Effect.flatMap(EventStore, (store) => store.readStream(stream)))
        assert.strictEqual(recorded!.event.type === "TransactionCreated" && recorded!.event.description, secret)
      })
  )

  it.effect("keeps when it happened apart from when it was recorded, and who did it", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const stream = newId()
      const occurred_at = new Date("2024-12-24T17:00:00.000Z")
      const metadata = { actor: kari, command_id: "c1", correlation_id: "r1" }
      yield* store.appendOne({ ...command(stream, "none"), occurred_at, metadata })
      const [recorded] = yield* store.readStream(stream)
      assert.deepStrictEqual(recorded!.occurred_at, occurred_at)
      assert.deepStrictEqual(recorded!.metadata, metadata)
      assert.isAbove(recorded!.recorded_at.getTime(), occurred_at.getTime())
    })
  )
})
