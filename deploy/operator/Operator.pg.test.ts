import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as SqlClient from "effect/sql/SqlClient"
import { DataDirectory } from "@finance/core/database/DataDirectory"
import { Database } from "@finance/core/database/Database"
import * as EmbeddedPostgres from "@finance/core/database/EmbeddedPostgres"
import * as Migrations from "@finance/core/database/Migrations"
import { Signals } from "@finance/core/database/Signals"
import * as TestDatabase from "@finance/core/database/TestDatabase"
import { EventCodec } from "@finance/core/event-store/EventCodec"
import { EventStore } from "@finance/core/event-store/EventStore"
import { MasterKey } from "@finance/core/event-store/MasterKey"
import * as PostgresEventStore from "@finance/core/event-store/PostgresEventStore"
import { ReadFence } from "@finance/core/event-store/ReadFence"
import { head } from "@finance/core/event-store/Seal"
import { sealNext } from "@finance/core/event-store/Sealer"
import { Vault, VaultUnusable } from "@finance/core/event-store/Vault"
import { newId } from "@finance/core/ledger/Id"

const directory = Effect.acquireRelease(
  Effect.sync(() => {
    const home = mkdtempSync(join(tmpdir(), "finance-operator-"))
    // PostgreSQL under root runs as somebody else
    chmodSync(home, 0o755)
    return home
  }),
  (home) => Effect.sync(() => rmSync(home, { recursive: true, force: true }))
)

/** A process of the tracker on that database, with its keys in that directory. */
const tracker = PostgresEventStore.layer.pipe(
  Layer.provideMerge(EventCodec.layer),
  Layer.provideMerge(Vault.layer),
  Layer.provideMerge([MasterKey.layer, Signals.layer, ReadFence.layer]),
  Layer.provideMerge(Database.projector)
)

const append = Effect.fnUntraced(function* (owner_id: string) {
  const store = yield* EventStore
  const { position } = yield* store.appendOne({
    stream_id: newId(),
    stream_type: "account",
    owner_id,
    expected: "none",
    events: [{ type: "AccountClosed", account_id: "a1" }],
    metadata: { actor: owner_id }
  })
  return position
})

const seal = Effect.gen(function* () {
  const fence = yield* ReadFence
  return yield* sealNext(yield* head, (yield* fence.advance).position)
})

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs the command as npm would. Interrupted, it is killed without notice. */
const command = (name: "verify" | "rotate-master-key", args: ReadonlyArray<string>, env: Record<string, string>) =>
  Effect.callback<Ended>((resume) => {
    const script = fileURLToPath(new URL(`./${name}.ts`, import.meta.url))
    const { DATABASE_URL: _, DATA_DIR: __, ...inherited } = process.env
    const child = spawn(process.execPath, [script, ...args], { env: { ...inherited, ...env } })
    const said = { out: "", err: "" }
    child.stdout.on("data", (chunk) => (said.out += chunk))
    child.stderr.on("data", (chunk) => (said.err += chunk))
    child.on("close", (code) => resume(Effect.succeed({ code, ...said })))
    return Effect.sync(() => child.kill("SIGKILL"))
  })

const installation = Effect.gen(function* () {
  const home = yield* directory
  const database = yield* Layer.build(Layer.fresh(TestDatabase.database))
  const { url } = Context.get(database, Database)
  const where = Layer.merge(Layer.succeedContext(database), DataDirectory.layerShared(home))
  return {
    home,
    env: { DATABASE_URL: Redacted.value(url), DATA_DIR: home },
    started: Layer.build(Layer.fresh(Layer.provideMerge(tracker, where))),
    owner: Effect.map(Layer.build(Layer.fresh(Layer.provideMerge(Database.migrator, where))), (services) =>
      Context.get(services, SqlClient.SqlClient)
    )
  }
})

describe("npm run verify", () => {
  it.live(
    "tells how much is as it was sealed, and that the read models are what the log makes of them; told the head of an earlier run, it holds the log to that",
    () =>
      Effect.gen(function* () {
        const { env, owner, started } = yield* installation
        const process = yield* started
        for (const _ of [1, 2, 3]) yield* Effect.provide(append(newId()), process)
        yield* Effect.provide(seal, process)
        yield* Effect.provide(append(newId()), process)
        const { code, out } = yield* command("verify", [], env)
        const told =
          /^The log is as it was sealed, up to position 3 \(events: 3, seals: 1\)\. Not sealed yet: 1\. Head: ([0-9a-f]{64})\nThe read models are what the log makes of them \(people: 4, events: 4, rows: 0\)\n$/.exec(
            out
          )
        assert.isNotNull(told, out)
        assert.strictEqual(code, 0)
        yield* Effect.provide(seal, process)
        assert.strictEqual((yield* command("verify", ["--head", told![1]!], env)).code, 0)

        const sql = yield* owner
        yield* sql`DELETE FROM seals`
        const anew = yield* command("verify", ["--head", told![1]!], env)
        assert.strictEqual(anew.code, 1)
        assert.include(anew.err, "the chain ends here without the hash that was asked for")
        const mistyped = yield* command("verify", ["--head", "abc"], env)
        assert.strictEqual(mistyped.code, 1)
        assert.include(mistyped.err, "--head takes the 64 hexadecimal digits")
      })
  )

  it.live("names the first bad position and what is wrong there, and ends with 1", () =>
    Effect.gen(function* () {
      const { env, owner, started } = yield* installation
      const process = yield* started
      for (const _ of [1, 2, 3, 4]) yield* Effect.provide(append(newId()), process)
      yield* Effect.provide(seal, process)
      const sql = yield* owner
      yield* sql`UPDATE events SET payload = 'forged' WHERE position IN (2, 4)`
      const { code, out, err } = yield* command("verify", [], env)
      assert.deepStrictEqual(
        { code, out, err },
        { code: 1, out: "", err: "Position 2: the payload of this event, or its hash, was changed\n" }
      )
    })
  )

  it.live("names the first row of a read model that the log says otherwise, and ends with 1", () =>
    Effect.gen(function* () {
      const { env, owner, started } = yield* installation
      const owner_id = newId()
      yield* Effect.provide(append(owner_id), yield* started)
      const sql = yield* owner
      yield* sql`
        INSERT INTO daily_aggregates (owner_id, day, category, merchant_name, currency, total_amount, spent_amount, transaction_count)
        VALUES (${owner_id}, '2025-03-10', 'groceries', 'KIWI', 'NOK', -100, 100, 1)`
      const { code, err } = yield* command("verify", [], env)
      assert.strictEqual(code, 1)
      assert.include(
        err,
        `daily_aggregates of person ${owner_id}, at "2025-03-10/groceries/NOK/KIWI": expected no row, found a row`
      )
    })
  )

  it.live("compares nothing where the keys are not those of the database, and says so", () =>
    Effect.gen(function* () {
      const { env, started } = yield* installation
      yield* Effect.provide(append(newId()), yield* started)
      const { code, out, err } = yield* command("verify", [], { ...env, DATA_DIR: yield* directory })
      assert.strictEqual(code, 1)
      assert.match(out, /^The log is as it was sealed/)
      assert.include(err, "this database was encrypted under another one")
    })
  )

  it.live("reads the database of a tracker that was stopped, and of one that runs it says that it has to be", () =>
    Effect.gen(function* () {
      const home = yield* directory
      const whole = tracker.pipe(
        Layer.provideMerge(Migrations.layer),
        Layer.provideMerge(EmbeddedPostgres.layer),
        Layer.provideMerge(DataDirectory.layer(home))
      )
      const running = yield* Effect.gen(function* () {
        yield* append(newId())
        yield* seal
        return yield* command("verify", [], { DATA_DIR: home })
      }).pipe(Effect.provide(Layer.fresh(whole)))
      assert.strictEqual(running.code, 1)
      assert.include(running.err, `The tracker already runs on ${home}, as process ${process.pid}. Stop it, run this again`)
      const stopped = yield* command("verify", [], { DATA_DIR: home })
      assert.match(stopped.out, /^The log is as it was sealed, up to position 1 \(events: 1, seals: 1\)\./)
      assert.strictEqual(stopped.code, 0)
    })
  )

  it.live("makes no database where there is none", () =>
    Effect.gen(function* () {
      const home = yield* directory
      const { code, err } = yield* command("verify", [], { DATA_DIR: home })
      assert.strictEqual(code, 1)
      assert.include(err, `There is no tracker's database in ${home}. Set DATA_DIR`)
      assert.notInclude(readdirSync(home), "postgres")
    })
  )
})

describe("npm run rotate-master-key", () => {
  it.live("killed at any moment it leaves everybody's data readable, and run again it finishes", () =>
    Effect.gen(function* () {
      const { env, home, owner, started } = yield* installation
      const everybody = Array.from({ length: 2_000 }, newId)
      const running = yield* started
      const sealed = yield* Effect.forEach(
        everybody,
        (owner_id) => Effect.map(Context.get(running, Vault).keyOf(owner_id), (key) => key.seal(new Uint8Array(9), "place")),
        { concurrency: 8 }
      )
      const assertReadable = Effect.gen(function* () {
        const keys = yield* Context.get(yield* started, Vault).keysOf(everybody)
        everybody.forEach((owner_id, index) => {
          const key = keys.get(owner_id)
          if (key === undefined || key instanceof VaultUnusable) assert.fail(`${owner_id} cannot be read`)
          else assert.strictEqual(key.open(sealed[index]!, "place").length, 9)
        })
      }).pipe(Effect.scoped)
      const sql = yield* owner
      const state = Effect.map(
        sql`SELECT master_key_version AS version, count(*)::int AS people FROM data_keys GROUP BY 1 ORDER BY 1`,
        (rows) => JSON.stringify(rows)
      )
      for (const _ of [1, 2, 3]) {
        // killed as soon as the first batch has gone over to the next key
        const before = yield* state
        const underWay = state.pipe(Effect.repeat({ until: (now) => now !== before }))
        yield* Effect.raceFirst(command("rotate-master-key", [], env), underWay)
        yield* assertReadable
      }
      const { code, out } = yield* command("rotate-master-key", ["--remove-old"], env)
      assert.strictEqual(code, 0)
      const [, version] = /^Master key (\d+) is the current one/.exec(out)!
      assert.deepStrictEqual(readdirSync(join(home, "keys")), [`master-${version}`])
      yield* assertReadable
    })
  )

  it.live("stops without a trace where the master key is not that of the database", () =>
    Effect.gen(function* () {
      const { env, started } = yield* installation
      yield* Effect.provide(append(newId()), yield* started)
      const elsewhere = yield* directory
      mkdirSync(join(elsewhere, "keys"))
      const { code, err } = yield* command("rotate-master-key", [], { ...env, DATA_DIR: elsewhere })
      assert.strictEqual(code, 1)
      assert.include(err, `${join(elsewhere, "keys", "master-1")} cannot be used: this database was encrypted under another one`)
    })
  )
})
