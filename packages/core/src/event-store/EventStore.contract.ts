/**
 * What the event store keeps on every database it runs on, numbered as in EventStore.ts, as far as it shows on one connection:
 *
 *   contract("PostgreSQL", TestDatabase.layer)
 *
 * What needs several writers at once is beside `PostgresEventStore`.
 */
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import type { Database } from "../database/Database.ts"
import { Signals } from "../database/Signals.ts"
import { newId } from "../ledger/Id.ts"
import { EventCodec } from "./EventCodec.ts"
import { type Append, EventStore, type Expected, type RecordedEvent } from "./EventStore.ts"
import { MasterKey } from "./MasterKey.ts"
import * as PostgresEventStore from "./PostgresEventStore.ts"
import { Vault } from "./Vault.ts"

export const storeOn = <E>(database: Layer.Layer<Database | SqlClient.SqlClient, E>) =>
  PostgresEventStore.layer.pipe(
    Layer.provide(EventCodec.layer),
    Layer.provideMerge(Vault.layer),
    Layer.provideMerge([Signals.layer, MasterKey.layerRandom]),
    Layer.provideMerge(database)
  )

const kari = newId()

/** An account is renamed, once for each name. */
export const renames = (stream_id: string, expected: Expected, names: ReadonlyArray<string>): Append => ({
  stream_id,
  stream_type: "account",
  owner_id: kari,
  expected,
  events: names.map((new_name) => ({ type: "AccountRenamed", account_id: "a1", old_name: "Konto", new_name })),
  metadata: { actor: kari }
})

export const namesIn = (events: ReadonlyArray<RecordedEvent>) =>
  events.map(({ event }) => (event.type === "AccountRenamed" ? event.new_name : event.type))

/** What became of a command, in a few words. */
const outcome = Effect.fnUntraced(function* (command: Append) {
  const store = yield* EventStore
  const result = yield* Effect.result(store.appendOne(command))
  if (Result.isSuccess(result)) return `at ${result.success.version}`
  if (result.failure._tag !== "WrongExpectedVersion") return yield* Effect.fail(result.failure)
  return `expected ${result.failure.expected}, was ${result.failure.actual}`
})

/** The stream of which account, what it is expected to be like (-1 any, 0 none), and how many events. */
const Step = Schema.Tuple([
  Schema.Literals([0, 1, 2]),
  Schema.Int.check(Schema.isBetween({ minimum: -1, maximum: 5 })),
  Schema.Literals([1, 2, 3])
])
const expectedOf = (version: number): Expected => (version === -1 ? "any" : version === 0 ? "none" : version)

export const contract = <E>(name: string, database: Layer.Layer<Database | SqlClient.SqlClient, E>) =>
  layer(storeOn(database), { excludeTestServices: true })(`The event store on ${name}`, (it) => {
    it.effect("opens an account once: none holds where there is nothing, and nowhere else", () =>
      Effect.gen(function* () {
        const stream = newId()
        assert.strictEqual(yield* outcome(renames(stream, "none", ["a"])), "at 1")
        assert.strictEqual(yield* outcome(renames(stream, "none", ["b"])), "expected none, was 1")
      })
    )

    it.effect(
      "appends at exactly the version that was seen; what was decided on an older one, or on nothing, is a conflict",
      () =>
        Effect.gen(function* () {
          const stream = newId()
          assert.strictEqual(yield* outcome(renames(stream, 1, ["a"])), "expected 1, was 0")
          yield* outcome(renames(stream, "none", ["a", "b"]))
          assert.strictEqual(yield* outcome(renames(stream, 2, ["c"])), "at 3")
          assert.strictEqual(yield* outcome(renames(stream, 2, ["d"])), "expected 2, was 3")
          assert.strictEqual(yield* outcome(renames(stream, 4, ["d"])), "expected 4, was 3")
          assert.strictEqual(yield* outcome(renames(stream, "any", ["d"])), "at 4")
        })
    )

    it.effect(
      "invariant 2: of several commands in one batch the one in conflict fails alone, and none of its events is there",
      () =>
        Effect.gen(function* () {
          const store = yield* EventStore
          const [one, two, three] = [newId(), newId(), newId()]
          yield* store.appendOne(renames(two, "none", ["there before"]))
          const results = yield* store.append([
            renames(one, "none", ["a", "b", "c"]),
            renames(two, "none", ["never", "never", "never"]),
            renames(three, "any", ["x"])
          ])
          assert.deepStrictEqual(results.map(Result.isSuccess), [true, false, true])
          assert.deepStrictEqual(namesIn(yield* store.readStream(one)), ["a", "b", "c"])
          assert.deepStrictEqual(namesIn(yield* store.readStream(two)), ["there before"])
          assert.deepStrictEqual(namesIn(yield* store.readStream(three)), ["x"])
        })
    )

    it.effect.prop(
      "invariants 1 and 3: whatever is asked of three accounts, their versions count 1, 2, 3 … in the order of the log",
      { steps: Schema.Array(Step) },
      ({ steps }) =>
        Effect.gen(function* () {
          const store = yield* EventStore
          const streams = [newId(), newId(), newId()]
          const expected: Array<Array<string>> = [[], [], []]
          for (const [index, [account, version, count]] of steps.entries()) {
            const names = Array.from({ length: count }, (_, place) => `${index}/${place}`)
            const known = expected[account]!.length
            const holds = version === -1 || version === known
            const answer = yield* outcome(renames(streams[account]!, expectedOf(version), names))
            assert.strictEqual(answer, holds ? `at ${known + count}` : `expected ${expectedOf(version)}, was ${known}`)
            if (holds) expected[account]!.push(...names)
          }
          for (const [account, stream] of streams.entries()) {
            const recorded = yield* store.readStream(stream)
            assert.deepStrictEqual(namesIn(recorded), expected[account])
            assert.isTrue(recorded.every(({ version }, index) => version === index + 1))
            assert.isTrue(recorded.every(({ position }, index) => index === 0 || position > recorded[index - 1]!.position))
          }
        }),
      { arbitrary: { runs: 30 } }
    )

    it.effect("reads an account from a version on, and finds nothing where nothing is", () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const stream = newId()
        yield* store.appendOne(renames(stream, "none", ["a", "b", "c"]))
        assert.deepStrictEqual(namesIn(yield* store.readStream(stream, 2)), ["b", "c"])
        assert.deepStrictEqual(yield* store.readStream(stream, 4), [])
        assert.deepStrictEqual(yield* store.readStream(newId()), [])
      })
    )

    it.effect("reads the log onward, page by page, each event once and in order", () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const streams = [newId(), newId()]
        const { position: start } = yield* store.appendOne(renames(newId(), "none", ["before"]))
        for (const name of ["a", "b", "c"]) for (const stream of streams) yield* store.appendOne(renames(stream, "any", [name]))
        const { position: end } = yield* store.appendOne(renames(streams[0]!, "any", ["d"]))
        yield* store.appendOne(renames(newId(), "none", ["after"]))
        const read: Array<string> = []
        let page = yield* store.readLog(start, end, 3)
        while (page.length > 0) {
          assert.isAtMost(page.length, 3)
          read.push(...page.map(({ stream_id, version }) => `${streams.indexOf(stream_id)}@${version}`))
          page = yield* store.readLog(page.at(-1)!.position, end, 3)
        }
        assert.deepStrictEqual(read, ["0@1", "1@1", "0@2", "1@2", "0@3", "1@3", "0@4"])
      })
    )

    it.effect("invariant 4: what is in the log is ciphertext, and its hash", () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const sql = yield* SqlClient.SqlClient
        const stream = newId()
        const { position } = yield* store.appendOne(renames(stream, "none", ["Gave til Åse"]))
        const [sealed] = yield* store.readLog(position - 1n, position, 1)
        assert.notInclude(Buffer.from(sealed!.payload!).toString(), "Gave")
        const [row] = yield* sql<{ text: string; hashed: boolean }>`
          SELECT e::text AS text, payload_hash = sha256(payload) AS hashed FROM events e WHERE position = ${position}`
        assert.notInclude(row!.text, Buffer.from("Gave").toString("hex"))
        assert.isTrue(row!.hashed)
        assert.deepStrictEqual(namesIn(yield* store.readStream(stream)), ["Gave til Åse"])
      })
    )

    it.effect("invariant 5: what is appended in a transaction that is given up was never there", () =>
      Effect.gen(function* () {
        const store = yield* EventStore
        const sql = yield* SqlClient.SqlClient
        const stream = newId()
        const given = Effect.andThen(store.appendOne(renames(stream, "none", ["a", "b"])), Effect.fail("given up"))
        assert.strictEqual(yield* Effect.flip(sql.withTransaction(given)), "given up")
        assert.deepStrictEqual(yield* store.readStream(stream), [])
        assert.strictEqual(yield* outcome(renames(stream, "none", ["c"])), "at 1")
      })
    )
  })
