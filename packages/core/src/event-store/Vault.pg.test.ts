import { assert, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { Database } from "../database/Database.ts"
import * as SignalBridge from "../database/SignalBridge.ts"
import { Signals } from "../database/Signals.ts"
import * as TestDatabase from "../database/TestDatabase.ts"
import { newId } from "../ledger/Id.ts"
import { MasterKey } from "./MasterKey.ts"
import { Erased, type PersonKey, proveMasterKey, Vault, VaultUnusable } from "./Vault.ts"

const vault = Vault.layer.pipe(Layer.provideMerge([MasterKey.layerRandom, Signals.layer]), Layer.provideMerge(TestDatabase.layer))

/** An erasure by another process, of which this one hears at once. */
const elsewhereForgets = (owner_id: string) =>
  Effect.gen(function* () {
    const signals = yield* Signals
    const other = yield* Database.dedicated("projector", "other")
    yield* other`UPDATE data_keys SET wrapped_key = NULL, master_key_version = NULL, erased_at = now() WHERE owner_id = ${owner_id}`
    signals.raise("erasures")
  })

/** Another process with the same master key, which has read no key yet, and hears no signal of others. */
const anotherProcess = Layer.fresh(Vault.layer.pipe(Layer.provideMerge(Signals.layer)))

const elsewhere = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.provide(effect, anotherProcess)

const withAnotherMasterKey = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provide(effect, Layer.provideMerge(anotherProcess, Layer.fresh(MasterKey.layerRandom)))

const keyOf = (owner_id: string) => Effect.flatMap(Vault, (vault) => vault.keyOf(owner_id))
const keysOf = (...owner_ids: ReadonlyArray<string>) => Effect.flatMap(Vault, (vault) => vault.keysOf(owner_ids))

const forget = (owner_id: string) => Effect.flatMap(Vault, (vault) => vault.forget(owner_id))

const text = "REMA 1000, 348 kroner og 56 øre"
const bytes = new TextEncoder().encode(text)

const refusal = (opening: () => unknown): VaultUnusable => {
  try {
    opening()
  } catch (error) {
    assert.instanceOf(error, VaultUnusable)
    return error
  }
  return assert.fail("it opened")
}

const opened = (key: PersonKey, sealed: Uint8Array, additional: string) => new TextDecoder().decode(key.open(sealed, additional))

layer(vault, { excludeTestServices: true })("Vault", (it) => {
  it.effect("opens what it sealed, here and in every other process with the same master key", () =>
    Effect.gen(function* () {
      const kari = newId()
      const key = yield* keyOf(kari)
      const sealed = key.seal(bytes, "place")
      assert.strictEqual(opened(key, sealed, "place"), text)
      assert.strictEqual(opened(yield* elsewhere(keyOf(kari)), sealed, "place"), text)
      assert.notDeepEqual(key.seal(bytes, "place"), sealed)
    })
  )

  it.effect("makes one key for a person although twelve processes ask for the first time at once", () =>
    Effect.gen(function* () {
      const kari = newId()
      const keys = yield* Effect.forEach(Array.from({ length: 12 }), () => elsewhere(keyOf(kari)), { concurrency: "unbounded" })
      const sealed = keys[0]!.seal(bytes, "place")
      for (const key of keys) assert.strictEqual(opened(key, sealed, "place"), text)
    })
  )

  const Place = Schema.Struct({
    length: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 200 })),
    at: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 })),
    bit: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 7 }))
  })

  it.effect.prop(
    "invariant 3: opens nothing in which a single bit was changed, or from which a single byte was cut",
    [Place],
    ([{ length, at, bit }]) =>
      Effect.gen(function* () {
        const key = yield* keyOf("01948f1e-7c00-7000-8000-000000000001")
        const sealed = key.seal(new Uint8Array(length).fill(65), "place")
        const changed = sealed.slice()
        changed[at % sealed.length]! ^= 1 << bit
        refusal(() => key.open(changed, "place"))
        refusal(() => key.open(sealed.subarray(0, at % sealed.length), "place"))
        refusal(() => key.open(new Uint8Array([...sealed, 0]), "place"))
        assert.strictEqual(key.open(sealed, "place").length, length)
      }),
    { arbitrary: { runs: 300 } }
  )

  it.effect("opens nothing that was cut to a shorter seal, also where there is nothing but the seal", () =>
    Effect.gen(function* () {
      const key = yield* keyOf(newId())
      const sealed = key.seal(new Uint8Array(), "place")
      for (let length = 0; length < sealed.length; length++) refusal(() => key.open(sealed.subarray(0, length), "place"))
    })
  )

  it.effect("opens nothing that was moved: to another place of the same person, or to another person", () =>
    Effect.gen(function* () {
      const [kari, ola] = [yield* keyOf(newId()), yield* keyOf(newId())]
      const sealed = kari.seal(bytes, "kari/event 1")
      assert.strictEqual(refusal(() => kari.open(sealed, "kari/event 2")).owner_id, kari.owner_id)
      assert.strictEqual(refusal(() => ola.open(sealed, "kari/event 1")).owner_id, ola.owner_id)
    })
  )

  it.effect("says of a person whose key another master key wrapped that it does not open, and makes no new one", () =>
    Effect.gen(function* () {
      const kari = newId()
      const sealed = (yield* keyOf(kari)).seal(bytes, "place")
      const error = yield* Effect.flip(withAnotherMasterKey(keyOf(kari)))
      assert.instanceOf(error, VaultUnusable)
      assert.strictEqual(error.owner_id, kari)
      assert.instanceOf((yield* withAnotherMasterKey(keysOf(kari))).get(kari), VaultUnusable)
      assert.strictEqual(opened(yield* elsewhere(keyOf(kari)), sealed, "place"), text)
    })
  )

  it.effect(
    "the start is stopped under a master key that this database was not encrypted under, and under its own it is not",
    () =>
      Effect.gen(function* () {
        yield* keyOf(newId())
        yield* elsewhere(proveMasterKey)
        const error = yield* Effect.flip(withAnotherMasterKey(proveMasterKey))
        assert.strictEqual(error._tag, "MasterKeyUnusable")
      })
  )

  it.effect("makes nobody's first key under a master key that this database was not encrypted under", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* keyOf(newId())
      const kari = newId()
      const error = yield* Effect.flip(withAnotherMasterKey(keyOf(kari)))
      assert.instanceOf(error, VaultUnusable)
      assert.include(error.message, "this database was encrypted under another one; put that one back")
      assert.deepStrictEqual(yield* sql`SELECT FROM data_keys WHERE owner_id = ${kari}`, [])
    })
  )

  it.effect("says of a wrapped key that was put in another person's row that it does not open", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const [kari, ola] = [newId(), newId()]
      yield* keyOf(kari)
      yield* keyOf(ola)
      yield* sql`UPDATE data_keys SET wrapped_key = (SELECT wrapped_key FROM data_keys WHERE owner_id = ${kari}) WHERE owner_id = ${ola}`
      assert.instanceOf(yield* Effect.flip(elsewhere(keyOf(ola))), VaultUnusable)
      const keys = yield* elsewhere(keysOf(kari, ola))
      assert.instanceOf(keys.get(ola), VaultUnusable)
      assert.notInstanceOf(keys.get(kari), VaultUnusable)
    })
  )

  it.effect("invariant 2: a person who was erased stays erased, and never gets a new key", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const [kari, ola] = [newId(), newId()]
      yield* keyOf(kari)
      yield* keyOf(ola)
      yield* forget(kari)
      for (const _ of [1, 2]) {
        const error = yield* Effect.flip(elsewhere(keyOf(kari)))
        assert.instanceOf(error, Erased)
        assert.strictEqual(error.owner_id, kari)
      }
      assert.deepStrictEqual([...(yield* elsewhere(keysOf(kari, ola))).keys()], [ola])
      assert.deepStrictEqual(
        yield* sql`SELECT wrapped_key, master_key_version, erased_at <= now() AS erased FROM data_keys WHERE owner_id = ${kari}`,
        [{ wrapped_key: null, master_key_version: null, erased: true }]
      )
    })
  )

  it.effect("invariant 2: who had no key yet when they were erased gets none, and being erased twice changes nothing", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const kari = newId()
      yield* forget(kari)
      const first = yield* sql`SELECT * FROM data_keys WHERE owner_id = ${kari}`
      yield* forget(kari)
      assert.deepStrictEqual(yield* sql`SELECT * FROM data_keys WHERE owner_id = ${kari}`, first)
      assert.instanceOf(yield* Effect.flip(keyOf(kari)), Erased)
    })
  )

  it.effect("invariant 4: whose key was in use is erased at once where it was done, and nobody else is", () =>
    Effect.gen(function* () {
      const [kari, ola] = [newId(), newId()]
      yield* keyOf(kari)
      const sealed = (yield* keyOf(ola)).seal(bytes, "place")
      yield* forget(kari)
      assert.instanceOf(yield* Effect.flip(keyOf(kari)), Erased)
      assert.deepStrictEqual([...(yield* keysOf(kari, ola)).keys()], [ola])
      assert.strictEqual(opened(yield* keyOf(ola), sealed, "place"), text)
    })
  )

  it.effect("invariant 4: an erasure that is given up with its transaction takes nothing from anybody", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const kari = newId()
      const sealed = (yield* keyOf(kari)).seal(bytes, "place")
      yield* Effect.flip(sql.withTransaction(Effect.andThen(forget(kari), Effect.fail("given up"))))
      assert.strictEqual(opened(yield* elsewhere(keyOf(kari)), sealed, "place"), text)
    })
  )

  it.effect("invariant 4: a key that was being read while its person was erased is not kept", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const kari = newId()
      yield* elsewhere(keyOf(kari))
      // the key is read in a transaction, so it would be remembered at its end, and the erasure comes between
      yield* sql.withTransaction(Effect.andThen(keyOf(kari), elsewhereForgets(kari)))
      assert.instanceOf(yield* Effect.flip(keyOf(kari)), Erased)
    })
  )

  it.effect("invariant 4: other processes hear of an erasure, and give out the key no more", () =>
    Effect.gen(function* () {
      const far = yield* Layer.build(Layer.fresh(Layer.provideMerge(Layer.merge(Vault.layer, SignalBridge.layer), Signals.layer)))
      const near = yield* Layer.build(
        Layer.fresh(Layer.provideMerge(Layer.merge(Vault.layer, SignalBridge.layer), Signals.layer))
      )
      const kari = newId()
      yield* Context.get(near, Vault).keyOf(kari)
      yield* Context.get(far, Vault).keyOf(kari)
      yield* Context.get(near, Vault).forget(kari)
      // Bridges connect in their own time, so the signal is raised again until it is heard.
      const error = yield* Effect.flip(Context.get(far, Vault).keyOf(kari)).pipe(
        Effect.tapError(() => Effect.sync(() => Context.get(near, Signals).raise("erasures"))),
        Effect.retry(Schedule.max([Schedule.spaced("20 millis"), Schedule.recurs(500)]))
      )
      assert.instanceOf(error, Erased)
    })
  )

  it.effect("invariant 2: the row that says so can be removed by nobody who serves or processes", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const remove = (sql: SqlClient.SqlClient) => Effect.flip(sql`DELETE FROM data_keys`)
      assert.strictEqual((yield* remove(sql)).reason._tag, "AuthorizationError")
      const api = Effect.flatMap(SqlClient.SqlClient, remove)
      assert.strictEqual((yield* Effect.provide(api, Layer.fresh(Database.api))).reason._tag, "AuthorizationError")
    })
  )

  it.effect("keeps the data key itself out of the database", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const kari = newId()
      yield* keyOf(kari)
      const [row] = yield* sql<{ wrapped_key: Uint8Array }>`SELECT wrapped_key FROM data_keys WHERE owner_id = ${kari}`
      const master = yield* MasterKey
      assert.isFalse(Buffer.from(row!.wrapped_key).includes(master.key(1).export()))
      // nonce, tag, and 32 bytes that only the master key opens
      assert.strictEqual(row!.wrapped_key.length, 12 + 16 + 32)
    })
  )

  it.effect("a person's streams keep their opaque names: the same in every process, another for another person or thing", () =>
    Effect.gen(function* () {
      const [kari, ola] = [newId(), newId()]
      const key = yield* keyOf(kari)
      const stream = key.streamIdOf("budget/groceries")
      assert.match(stream, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      assert.strictEqual((yield* elsewhere(keyOf(kari))).streamIdOf("budget/groceries"), stream)
      assert.notStrictEqual(key.streamIdOf("budget/dining"), stream)
      assert.notStrictEqual((yield* keyOf(ola)).streamIdOf("budget/groceries"), stream)
    })
  )

  it.effect("equal lines of one person have equal fingerprints, those of two people do not", () =>
    Effect.gen(function* () {
      const [kari, ola] = [yield* keyOf(newId()), yield* keyOf(newId())]
      assert.deepStrictEqual(kari.fingerprint(text), kari.fingerprint(text))
      assert.notDeepEqual(kari.fingerprint(text), kari.fingerprint(`${text} `))
      assert.notDeepEqual(kari.fingerprint(text), ola.fingerprint(text))
    })
  )
})
