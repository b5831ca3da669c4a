/**
 * DataDirectory: the directory that holds everything of one installation, and belongs to one running tracker at a time.
 *
 *   DATA_DIR/keys       secrets, for the owner's eyes only (0700, files 0600)
 *   DATA_DIR/postgres   the database that comes along (EmbeddedPostgres)
 *   DATA_DIR/lock       held by the tracker that runs
 *   DATA_DIR/keys.lock  held by the process that makes a secret
 *
 * The lock is one of the operating system's, taken through SQLite: it ends with its process, however that ends, so none is ever left over.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { randomBytes } from "node:crypto"
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync
} from "node:fs"
import { dirname, join, resolve } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { DatabaseUnusable } from "./DatabaseUnusable.ts"

export class DataDirectory extends Context.Service<
  DataDirectory,
  {
    /** Absolute. */
    readonly path: string
    /** The secret of that name in `keys`: 32 random bytes as base64url, made when first asked for. */
    readonly secret: (name: string) => Effect.Effect<Redacted.Redacted, DatabaseUnusable>
  }
>()("finance/database/DataDirectory") {
  /** The directory at `path`, made if it is missing. Fails with `in-use` while another tracker runs on it, and does that one no harm. */
  static readonly layer = (path: string): Layer.Layer<DataDirectory, DatabaseUnusable> =>
    Layer.effect(
      DataDirectory,
      Effect.gen(function* () {
        const home = resolve(path)
        yield* onDisk(home, () => makeDirectories(home))
        yield* Effect.acquireRelease(take(home), (lock) => Effect.sync(() => lock.close()))
        return inside(home)
      })
    )

  /** The same for processes that share their keys and have their database elsewhere: none of them owns the directory. */
  static readonly layerShared = (path: string): Layer.Layer<DataDirectory, DatabaseUnusable> =>
    Layer.effect(
      DataDirectory,
      Effect.suspend(() => {
        const home = resolve(path)
        return Effect.as(
          onDisk(home, () => makeDirectories(home)),
          inside(home)
        )
      })
    )
}

const inside = (home: string) =>
  DataDirectory.of({ path: home, secret: (name) => onDisk(home, () => readOrMake(join(home, "keys", name))) })

const makeDirectories = (home: string) => {
  mkdirSync(home, { recursive: true, mode: 0o700 })
  mkdirSync(join(home, "keys"), { recursive: true, mode: 0o700 })
  chmodSync(join(home, "keys"), 0o700)
  // Under root, PostgreSQL runs as somebody else, who has to pass through to its own directory.
  if (process.getuid?.() === 0) chmodSync(home, statSync(home).mode | 0o011)
}

const take = (home: string) =>
  Effect.try({
    try: () => {
      const lock = new DatabaseSync(join(home, "lock"))
      lock.exec("BEGIN EXCLUSIVE")
      writeFileSync(join(home, "pid"), `${process.pid}\n`)
      return lock
    },
    catch: (cause) =>
      /locked|busy/.test(String(cause))
        ? new DatabaseUnusable({
            reason: "in-use",
            problem: `The tracker already runs on ${home}${holder(home)}`,
            advice: "Use that one, stop it first, or give this one another DATA_DIR and PORT"
          })
        : unwritable(home, cause)
  })

const holder = (home: string) => {
  const file = join(home, "pid")
  return existsSync(file) ? `, as process ${readFileSync(file, "utf8").trim()}` : ""
}

const readOrMake = (file: string): Redacted.Redacted => {
  if (!existsSync(file)) alone(dirname(file), () => make(file))
  chmodSync(file, 0o600)
  return Redacted.make(readFileSync(file, "utf8").trim())
}

/** Of processes that share the directory and start for the first time together, one makes the secret and the others read it. */
const alone = (directory: string, work: () => void) => {
  const lock = new DatabaseSync(`${directory}.lock`, { timeout: 10_000 })
  try {
    lock.exec("BEGIN EXCLUSIVE")
    work()
  } finally {
    lock.close()
  }
}

const make = (file: string) => {
  if (existsSync(file)) return
  // Whole or not at all, and on the disk before anything is encrypted or locked with it.
  const draft = `${file}.new`
  const handle = openSync(draft, "w", 0o600)
  writeFileSync(handle, randomBytes(32).toString("base64url"))
  fsyncSync(handle)
  closeSync(handle)
  renameSync(draft, file)
  syncDirectory(dirname(file))
}

/** Makes a name in it outlive a power cut. Windows has no such call, and does it by itself. */
const syncDirectory = (directory: string) => {
  if (process.platform === "win32") return
  const handle = openSync(directory, "r")
  fsyncSync(handle)
  closeSync(handle)
}

const onDisk = <A>(home: string, work: () => A) => Effect.try({ try: work, catch: (cause) => unwritable(home, cause) })

const unwritable = (home: string, cause: unknown) => {
  const full = /ENOSPC|EDQUOT|disk is full/.test(String(cause))
  return new DatabaseUnusable({
    reason: full ? "out-of-space" : "not-permitted",
    problem: full ? `The disk is full: ${home}` : `The data directory cannot be written: ${home}`,
    advice: full
      ? "Free some space and start again"
      : "Give it to the user who starts the tracker, or set DATA_DIR to another place",
    cause
  })
}
