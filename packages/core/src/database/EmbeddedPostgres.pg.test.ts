import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as SqlClient from "effect/sql/SqlClient"
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { homedir, tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { DataDirectory } from "./DataDirectory.ts"
import { Database } from "./Database.ts"
import * as EmbeddedPostgres from "./EmbeddedPostgres.ts"

/** A directory that no tracker has used yet. */
const empty = (parent = tmpdir()) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const root = mkdtempSync(join(parent, "finance data "))
      if (parent === tmpdir()) chmodSync(root, 0o755)
      return join(root, "data")
    }),
    (path) => Effect.sync(() => rmSync(join(path, ".."), { recursive: true, force: true }))
  )

const tracker = (path: string) =>
  Layer.fresh(Database.migrator.pipe(Layer.provideMerge(EmbeddedPostgres.layer), Layer.provide(DataDirectory.layer(path))))

/** One start of the tracker, as long as `work` takes. */
const during = <A, E>(path: string, work: Effect.Effect<A, E, SqlClient.SqlClient | Database>) =>
  Effect.provide(work, tracker(path))

const refusal = (path: string) => Effect.flip(Effect.scoped(Layer.build(tracker(path))))

const save = (amount: number) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`CREATE TABLE IF NOT EXISTS savings (amount int)`
    yield* sql`INSERT INTO savings VALUES (${amount})`
  })

const saved = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ amount: number }>`SELECT amount FROM savings ORDER BY amount`
  return rows.map(({ amount }) => amount)
})

const first = Effect.runSync(Scope.make())
const template = await Effect.runPromise(Scope.provide(empty(), first))
beforeAll(() => Effect.runPromise(during(template, Effect.void)))
afterAll(() => Effect.runPromise(Scope.close(first, Exit.void)))

/** A directory that a tracker has used once: a copy, for making one anew takes seconds. */
const directory = () => Effect.tap(empty(), (path) => Effect.sync(() => execFileSync("cp", ["-Rp", template, path])))

const postmaster = (path: string) => Number(readFileSync(join(path, "postgres", "postmaster.pid"), "utf8").split("\n")[0])
const pidFile = (path: string) => join(path, "postgres", "postmaster.pid")

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** A tracker in a process of its own, which can be killed. It tells of the row it has committed, and works on. */
const separately = (path: string) =>
  Effect.acquireRelease(
    Effect.promise(async (): Promise<ChildProcess> => {
      const module = (name: string) => JSON.stringify(new URL(name, import.meta.url).href)
      const program = `
        const { DataDirectory } = await import(${module("./DataDirectory.ts")})
        const { Database } = await import(${module("./Database.ts")})
        const EmbeddedPostgres = await import(${module("./EmbeddedPostgres.ts")})
        const { Effect, Layer } = await import("effect")
        const SqlClient = await import("effect/sql/SqlClient")
        const work = Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          yield* sql\`CREATE TABLE savings (amount int)\`
          yield* sql\`INSERT INTO savings VALUES (7)\`
          console.log("saved")
          yield* Effect.never
        })
        const layer = Database.migrator.pipe(Layer.provideMerge(EmbeddedPostgres.layer), Layer.provide(DataDirectory.layer(${JSON.stringify(path)})))
        await Effect.runPromise(Effect.provide(work, layer))`
      const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
        cwd: import.meta.dirname,
        stdio: ["ignore", "pipe", "inherit"]
      })
      await Promise.race([once(createInterface(child.stdout!), "line"), once(child, "exit")])
      return child
    }),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

describe("EmbeddedPostgres", () => {
  it.live("comes back by itself when it is killed, with what was saved, and the tracker works on", () =>
    Effect.gen(function* () {
      const path = yield* directory()
      const killed = yield* during(
        path,
        Effect.gen(function* () {
          yield* save(5)
          const first = postmaster(path)
          process.kill(first, "SIGKILL")
          yield* Effect.sync(() => isAlive(first)).pipe(
            Effect.repeat({ while: (lives) => lives, schedule: Schedule.spaced("5 millis") })
          )
          yield* Effect.retry(save(6), { times: 200, schedule: Schedule.spaced("100 millis") })
          assert.notStrictEqual(postmaster(path), first)
          assert.deepStrictEqual(yield* saved, [5, 6])
          return [first, postmaster(path)]
        })
      )
      for (const pid of killed) assert.isFalse(isAlive(pid))
    })
  )

  it.live("keeps what was saved from one start to the next, as an ordinary role that owns its database", () =>
    Effect.gen(function* () {
      const path = yield* directory()
      const who = yield* during(
        path,
        Effect.gen(function* () {
          yield* save(100)
          const sql = yield* SqlClient.SqlClient
          yield* sql`CREATE EXTENSION pg_trgm`
          return yield* sql<{ login: string; superuser: boolean; bypasses: boolean; durable: string; encoding: string }>`
            SELECT rolname::text AS login, rolsuper AS superuser, rolbypassrls AS bypasses, current_setting('fsync') AS durable,
                   current_setting('server_encoding') AS encoding
            FROM pg_roles WHERE rolname = session_user`
        })
      )
      assert.deepStrictEqual(who, [{ login: "finance", superuser: false, bypasses: false, durable: "on", encoding: "UTF8" }])
      assert.throws(() => postmaster(path), /ENOENT/)
      assert.deepStrictEqual(yield* during(path, saved), [100])
    })
  )

  it.live("shows its keys to nobody else", () =>
    Effect.sync(() => {
      const path = template
      assert.strictEqual(statSync(join(path, "keys")).mode & 0o777, 0o700)
      for (const key of ["postgres-superuser", "postgres-finance"]) {
        assert.strictEqual(statSync(join(path, "keys", key)).mode & 0o777, 0o600)
      }
      assert.strictEqual(statSync(join(path, "postgres")).mode & 0o777, 0o700)
    })
  )

  it.live("starts again after kill -9 although the server lived on, with nothing lost", () =>
    Effect.gen(function* () {
      const path = yield* directory()
      const child = yield* separately(path)
      const pid = postmaster(path)
      child.kill("SIGKILL")
      yield* Effect.promise(async () => child.exitCode ?? child.signalCode ?? (await once(child, "exit")))
      assert.isTrue(isAlive(pid))
      const [rows, next] = yield* during(path, Effect.all([saved, Effect.sync(() => postmaster(path))]))
      assert.deepStrictEqual(rows, [7])
      assert.notStrictEqual(next, pid)
      assert.isFalse(isAlive(pid))
    })
  )

  it.live("starts again after the server itself was killed -9", () =>
    Effect.gen(function* () {
      const path = yield* directory()
      yield* during(
        path,
        Effect.gen(function* () {
          yield* save(3)
          process.kill(postmaster(path), "SIGKILL")
        })
      )
      assert.deepStrictEqual(yield* during(path, saved), [3])
    })
  )

  it.live(
    "takes no notice of a pid file whose process is gone, and does no harm to a stranger who has got its number since",
    () =>
      Effect.gen(function* () {
        const path = yield* directory()
        yield* during(path, save(1))
        const stranger = yield* Effect.acquireRelease(
          Effect.sync(() => spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" })),
          (child) => Effect.sync(() => child.kill("SIGKILL"))
        )
        for (const pid of [4_194_303, stranger.pid!]) {
          writeFileSync(pidFile(path), `${pid}\n${join(path, "postgres")}\n1700000000\n5432\n\n127.0.0.1\n\nready\n`)
          assert.deepStrictEqual(yield* during(path, saved), [1])
        }
        assert.isTrue(isAlive(stranger.pid!))
      })
  )

  it.live("lets only one tracker run on a directory, and the first works on undisturbed", () =>
    Effect.gen(function* () {
      const path = yield* directory()
      yield* during(
        path,
        Effect.gen(function* () {
          const second = yield* refusal(path)
          assert.strictEqual(second.reason, "in-use")
          assert.include(second.message, `process ${process.pid}`)
          yield* save(5)
          assert.deepStrictEqual(yield* saved, [5])
        })
      )
      assert.deepStrictEqual(yield* during(path, saved), [5])
    })
  )

  it.live("says what to do when the directory is not a database, is another version's, or is damaged", () =>
    Effect.gen(function* () {
      const path = yield* empty()
      mkdirSync(join(path, "postgres"), { recursive: true })
      const bare = yield* refusal(path)
      assert.strictEqual(bare.reason, "damaged")
      assert.include(bare.message, "backup")
      writeFileSync(join(path, "postgres", "PG_VERSION"), "17\n")
      assert.strictEqual((yield* refusal(path)).reason, "other-version")

      const other = yield* directory()
      truncateSync(join(other, "postgres", "global", "pg_control"), 16)
      const damaged = yield* refusal(other)
      assert.strictEqual(damaged.reason, "damaged")
      assert.include(damaged.message, "pg_control")
    })
  )

  it.live("says which keys to put back when the server no longer lets it in", () =>
    Effect.gen(function* () {
      const path = yield* directory()
      appendFileSync(join(path, "keys", "postgres-superuser"), "x")
      const error = yield* refusal(path)
      assert.strictEqual(error.reason, "not-permitted")
      assert.include(error.message, join(path, "keys"))
      assert.throws(() => postmaster(path), /ENOENT/)
    })
  )

  it.live("runs in a home that is closed to everybody else", () =>
    Effect.gen(function* () {
      const path = yield* empty(homedir())
      yield* during(path, save(11))
      assert.deepStrictEqual(yield* during(path, saved), [11])
    })
  )
})
