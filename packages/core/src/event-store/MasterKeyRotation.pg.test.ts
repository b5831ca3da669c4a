import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { randomBytes } from "node:crypto"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Database } from "../database/Database.ts"
import { DataDirectory } from "../database/DataDirectory.ts"
import * as SessionLock from "../database/SessionLock.ts"
import { Signals } from "../database/Signals.ts"
import * as TestDatabase from "../database/TestDatabase.ts"
import { newId } from "../ledger/Id.ts"
import { MasterKey } from "./MasterKey.ts"
import { rotate, type Rotation } from "./MasterKeyRotation.ts"
import { Erased, proveMasterKey, Vault, VaultUnusable } from "./Vault.ts"

/** A database, and a data directory for its keys. */
const installation = Effect.gen(function* () {
  const directory = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "finance-rotation-"))),
    (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
  )
  const database = Context.get(yield* Layer.build(Layer.fresh(TestDatabase.database)), Database)
  const keys = MasterKey.layer.pipe(
    Layer.provideMerge(DataDirectory.layerShared(directory)),
    Layer.provideMerge(Layer.succeed(Database, database))
  )
  /** A process of the tracker that has just started. */
  const process = Layer.build(
    Layer.fresh(
      Vault.layer.pipe(Layer.provideMerge(Signals.layer), Layer.provideMerge(Database.projector), Layer.provideMerge(keys))
    )
  )
  const operator = Layer.fresh(Layer.provideMerge(Database.migrator, keys))
  return {
    process,
    rotate: Effect.provide(rotate, operator),
    /** As whoever may do everything. */
    owner: Effect.map(Layer.build(operator), (services) => Context.get(services, SqlClient.SqlClient)),
    file: (version: number) => join(directory, "keys", `master-${version}`)
  }
})

const text = new TextEncoder().encode("REMA 1000, 348 kroner og 56 øre")

/** People who each have something that only their own key opens. */
const people = Effect.fnUntraced(function* (process: Context.Context<Vault>, count: number) {
  const vault = Context.get(process, Vault)
  return yield* Effect.forEach(
    Array.from({ length: count }, newId),
    (owner_id) => Effect.map(vault.keyOf(owner_id), (key) => ({ owner_id, sealed: key.seal(text, "place") })),
    { concurrency: 8 }
  )
})

type Person = Effect.Success<ReturnType<typeof people>>[number]

/** Everybody's data opens in a process that has only just started. */
const assertReadable = Effect.fnUntraced(function* (process: Context.Context<Vault>, everybody: ReadonlyArray<Person>) {
  const keys = yield* Context.get(process, Vault).keysOf(everybody.map(({ owner_id }) => owner_id))
  for (const { owner_id, sealed } of everybody) {
    const key = keys.get(owner_id)
    if (key === undefined || key instanceof VaultUnusable) return assert.fail(`${owner_id}: ${String(key)}`)
    assert.deepStrictEqual(Buffer.from(key.open(sealed, "place")), Buffer.from(text))
  }
})

const versions = (process: Context.Context<SqlClient.SqlClient>) =>
  Effect.map(
    Context.get(process, SqlClient.SqlClient)<{ version: number; people: number }>`
      SELECT master_key_version AS version, count(*)::int AS people FROM data_keys WHERE wrapped_key IS NOT NULL GROUP BY 1 ORDER BY 1`,
    (rows) => rows.map(({ version, people }) => [version, people])
  )

const flipABit = (sql: SqlClient.SqlClient, owner_id: string) =>
  sql`UPDATE data_keys SET wrapped_key = set_bit(wrapped_key, 99, 1 - get_bit(wrapped_key, 99)) WHERE owner_id = ${owner_id}`

describe("MasterKeyRotation", () => {
  it.live("wraps everybody's key under the next master key; who runs meanwhile goes on, and wraps what is new under it", () =>
    Effect.gen(function* () {
      const { file, process, rotate } = yield* installation
      const running = yield* process
      const everybody = yield* people(running, 30)
      const rested = yield* process
      const rotation = yield* rotate
      assert.deepStrictEqual(rotation, { version: 2, rewrapped: 30, unusable: [], obsolete: [file(1)] } satisfies Rotation)
      yield* assertReadable(running, everybody)
      yield* assertReadable(rested, everybody)
      const later = yield* people(running, 2)
      assert.deepStrictEqual(yield* versions(running), [[2, 32]])
      // what is obsolete can go
      rmSync(file(1))
      const fresh = yield* process
      yield* Effect.provide(proveMasterKey, fresh)
      yield* assertReadable(fresh, [...everybody, ...later])
    })
  )

  it.live(
    "invariants 1 and 4: while people come, read and leave, the others' data opens at every moment, and who left is erased",
    () =>
      Effect.gen(function* () {
        const { process, rotate } = yield* installation
        const everybody: Array<Person> = [...(yield* people(yield* process, 40))]
        let isRotating = true
        const comeAndRead = Effect.gen(function* () {
          everybody.push(...(yield* people(yield* process, 1)))
          yield* assertReadable(yield* process, everybody.slice(-20))
        }).pipe(Effect.scoped, Effect.repeat({ while: () => isRotating }))
        const running = yield* process
        const leaving = yield* people(running, 300)
        const leave = Effect.forEach(leaving, ({ owner_id }) => Context.get(running, Vault).forget(owner_id), { discard: true })
        const busy = yield* Effect.forkChild(Effect.all([leave, comeAndRead, comeAndRead], { concurrency: "unbounded" }))
        for (const version of [2, 3, 4, 5]) assert.strictEqual((yield* rotate).version, version)
        isRotating = false
        yield* Fiber.join(busy)
        const { version } = yield* rotate
        const fresh = yield* process
        yield* assertReadable(fresh, everybody)
        assert.deepStrictEqual(yield* versions(fresh), [[version, everybody.length]])
        assert.strictEqual((yield* Context.get(fresh, Vault).keysOf(leaving.map(({ owner_id }) => owner_id))).size, 0)
      })
  )

  it.live("invariants 1 and 2: cut off again and again it leaves everything readable, and is finished by the next", () =>
    Effect.gen(function* () {
      const { process, rotate } = yield* installation
      const everybody = yield* people(yield* process, 700)
      for (const milliseconds of [1, 5, 9, 13, 17, 21, 25, 40]) {
        yield* Effect.timeoutOption(rotate, milliseconds)
        yield* assertReadable(yield* process, everybody)
      }
      const { version } = yield* rotate
      const fresh = yield* process
      assert.deepStrictEqual(yield* versions(fresh), [[version, 700]])
      yield* assertReadable(fresh, everybody)
    })
  )

  it.live("invariant 2: one that was cut off half way goes on to the same version", () =>
    Effect.gen(function* () {
      const { file, owner, process, rotate } = yield* installation
      const running = yield* process
      const everybody = yield* people(running, 5)
      const sql = yield* owner
      // the file was made, and nothing more
      writeFileSync(file(2), randomBytes(32).toString("base64url"))
      assert.strictEqual((yield* rotate).version, 2)
      // registered, and some wrapped again
      yield* sql`INSERT INTO master_keys (version, rotated_at) VALUES (3, NULL)`
      writeFileSync(file(3), randomBytes(32).toString("base64url"))
      const later = yield* people(running, 2)
      assert.deepStrictEqual(yield* versions(running), [
        [2, 5],
        [3, 2]
      ])
      assert.deepStrictEqual(yield* rotate, { version: 3, rewrapped: 5, unusable: [], obsolete: [file(1), file(2)] })
      yield* assertReadable(yield* process, [...everybody, ...later])
    })
  )

  it.live("invariant 3: nothing can be wrapped by a master key that was let go of", () =>
    Effect.gen(function* () {
      const { owner, process, rotate } = yield* installation
      yield* people(yield* process, 1)
      yield* rotate
      const sql = yield* owner
      const late = sql`INSERT INTO data_keys (owner_id, wrapped_key, master_key_version) VALUES (${newId()}, 'wrapped', 1)`
      assert.strictEqual((yield* Effect.flip(late)).reason._tag, "ConstraintError")
    })
  )

  it.live("invariant 4: who was erased is erased under every later master key", () =>
    Effect.gen(function* () {
      const { process, rotate } = yield* installation
      const running = yield* process
      const [kari, ola] = yield* people(running, 2)
      yield* Context.get(running, Vault).forget(kari!.owner_id)
      assert.strictEqual((yield* rotate).rewrapped, 1)
      const fresh = yield* process
      assert.instanceOf(yield* Effect.flip(Context.get(fresh, Vault).keyOf(kari!.owner_id)), Erased)
      yield* assertReadable(fresh, [ola!])
    })
  )

  it.live("invariant 5: a key that does not open is named, and holds up nobody, nor the next rotation", () =>
    Effect.gen(function* () {
      const { file, owner, process, rotate } = yield* installation
      const [kari, ...others] = yield* people(yield* process, 4)
      const sql = yield* owner
      yield* flipABit(sql, kari!.owner_id)
      assert.deepStrictEqual(yield* rotate, { version: 2, rewrapped: 3, unusable: [kari!.owner_id], obsolete: [] })
      assert.strictEqual((yield* rotate).version, 3)
      // mended, as from a backup
      yield* flipABit(sql, kari!.owner_id)
      assert.deepStrictEqual(yield* rotate, { version: 4, rewrapped: 4, unusable: [], obsolete: [file(1), file(2), file(3)] })
      yield* assertReadable(yield* process, [kari!, ...others])
    })
  )

  it.live("a process without the file of the new version says which one it needs, and goes on as soon as it is there", () =>
    Effect.gen(function* () {
      const { file, process, rotate } = yield* installation
      const everybody = yield* people(yield* process, 2)
      const running = yield* process
      yield* rotate
      renameSync(file(2), `${file(2)}.elsewhere`)
      const vault = Context.get(running, Vault)
      for (const owner_id of [everybody[0]!.owner_id, newId()]) {
        const error = yield* Effect.flip(vault.keyOf(owner_id))
        assert.instanceOf(error, VaultUnusable)
        assert.include(error.message, `${file(2)} cannot be used: it is missing`)
      }
      const refused = yield* Effect.flip(Effect.provide(proveMasterKey, yield* process))
      assert.include(String(refused.message), `${file(2)} cannot be used: it is missing`)
      renameSync(`${file(2)}.elsewhere`, file(2))
      yield* assertReadable(running, everybody)
    })
  )

  it.live("under a master key that this database was not encrypted under nothing is begun", () =>
    Effect.gen(function* () {
      const { file, owner, process, rotate } = yield* installation
      const everybody = yield* people(yield* process, 2)
      renameSync(file(1), `${file(1)}.kept`)
      writeFileSync(file(1), randomBytes(32).toString("base64url"))
      const error = yield* Effect.flip(rotate)
      assert.strictEqual(error._tag, "MasterKeyUnusable")
      assert.include(error.message, `${file(1)} cannot be used: this database was encrypted under another one`)
      const sql = yield* owner
      assert.deepStrictEqual(yield* sql`SELECT version FROM master_keys`, [{ version: 1 }])
      renameSync(`${file(1)}.kept`, file(1))
      yield* rotate
      yield* assertReadable(yield* process, everybody)
    })
  )

  it.live("a database from before there were check values knows its master key by what it opens", () =>
    Effect.gen(function* () {
      const { file, owner, process } = yield* installation
      const [kari] = yield* people(yield* process, 3)
      const sql = yield* owner
      yield* sql`UPDATE master_keys SET check_value = NULL`
      yield* flipABit(sql, kari!.owner_id)
      yield* Effect.provide(proveMasterKey, yield* process)
      writeFileSync(file(1), randomBytes(32).toString("base64url"))
      const error = yield* Effect.flip(Effect.provide(proveMasterKey, yield* process))
      assert.strictEqual(error._tag, "MasterKeyUnusable")
    })
  )

  it.live("two at once are one: the other is told to wait", () =>
    Effect.gen(function* () {
      const { owner, process, rotate } = yield* installation
      const running = yield* process
      yield* people(running, 1)
      const session = yield* Effect.provide(SessionLock.session, running)
      assert.isTrue(yield* SessionLock.tryTake(session, "master key"))
      assert.strictEqual((yield* Effect.flip(rotate))._tag, "RotationRunning")
      const sql = yield* owner
      assert.deepStrictEqual(yield* sql`SELECT version FROM master_keys`, [{ version: 1 }])
    })
  )
})
