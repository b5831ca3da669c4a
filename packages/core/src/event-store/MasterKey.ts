/**
 * MasterKey: the keys that wrap every person's data key, in versions. Kept apart from the database (files in `DATA_DIR/keys`, mode 0600),
 * so that a stolen database or backup holds ciphertext only. Losing them loses everything: back them up, elsewhere than the database.
 *
 *   DATA_DIR/keys/master-1   opens what it wrapped
 *   DATA_DIR/keys/master-2   opens what it wrapped, and wraps what is new: the highest version that the database knows (`master_keys`)
 *
 * A version that this process has not met is read when it is met, so a rotation elsewhere stops nobody.
 */
import { createHmac, createSecretKey, randomBytes, type KeyObject } from "node:crypto"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { DataDirectory } from "../database/DataDirectory.ts"
import type { DatabaseUnusable } from "../database/DatabaseUnusable.ts"

export class MasterKeyUnusable extends Schema.TaggedError<MasterKeyUnusable>()("MasterKeyUnusable", {
  file: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `The master key ${this.file} cannot be used: ${this.detail}`
  }
}

export class MasterKey extends Context.Service<
  MasterKey,
  {
    /** The highest version there was a key of when this process started: what a database that knows none yet begins with. */
    readonly newest: number
    /** Where the key of that version lies, or would. */
    fileOf(version: number): string
    /** Throws `MasterKeyUnusable`, which names the file, when it is missing or not a key. */
    key(version: number): KeyObject
    /** The key of that version, made now if there is none. It outlives a power cut from then on. */
    make(version: number): Effect.Effect<KeyObject, MasterKeyUnusable | DatabaseUnusable>
    /** The files of the versions below that one that are still there. */
    filesBelow(version: number): ReadonlyArray<string>
  }
>()("finance/event-store/MasterKey") {
  /** Keys for this process alone: tests. */
  static readonly layerRandom = Layer.sync(MasterKey, () => {
    const keys = new Map([[1, fromBytes(randomBytes(32))]])
    const fileOf = (version: number) => `${nameOf(version)} of this process`
    return MasterKey.of({
      newest: 1,
      fileOf,
      key(version) {
        const key = keys.get(version)
        if (key === undefined) throw missing(fileOf(version))
        return key
      },
      make: (version) =>
        Effect.sync(() => {
          const key = keys.get(version) ?? fromBytes(randomBytes(32))
          keys.set(version, key)
          return key
        }),
      filesBelow: () => []
    })
  })

  /** The keys in the data directory, the first of them made on first use. */
  static readonly layer = Layer.effect(
    MasterKey,
    Effect.gen(function* () {
      const home = yield* DataDirectory
      const directory = join(home.path, "keys")
      const loaded = new Map<number, KeyObject>()
      const fileOf = (version: number) => join(directory, nameOf(version))

      const key = (version: number): KeyObject => {
        const known = loaded.get(version)
        if (known !== undefined) return known
        const read = fromFile(fileOf(version))
        loaded.set(version, read)
        return read
      }
      const make = (version: number) =>
        Effect.andThen(
          home.secret(nameOf(version)),
          Effect.try({ try: () => key(version), catch: (error) => error as MasterKeyUnusable })
        )

      const newest = Math.max(1, ...versionsIn(directory))
      yield* make(newest)
      return MasterKey.of({
        newest,
        fileOf,
        key,
        make,
        filesBelow: (version) =>
          versionsIn(directory)
            .filter((older) => older < version)
            .map(fileOf)
      })
    })
  )
}

/** By which a key is known to be the one that was registered. It tells nothing of the key. */
export const checkValueOf = (key: KeyObject): Uint8Array => createHmac("sha256", key).update("finance/master-key").digest()

const nameOf = (version: number) => `master-${version}`

const versionsIn = (directory: string): ReadonlyArray<number> =>
  readdirSync(directory)
    .flatMap((name) => /^master-([1-9]\d*)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)

const fromFile = (file: string): KeyObject => {
  if (!existsSync(file)) throw missing(file)
  const bytes = Buffer.from(contentOf(file), "base64url")
  if (bytes.length === 32) return fromBytes(bytes)
  throw new MasterKeyUnusable({ file, detail: "it does not hold 32 bytes; restore it from your backup" })
}

const contentOf = (file: string): string => {
  try {
    return readFileSync(file, "utf8").trim()
  } catch (cause) {
    throw new MasterKeyUnusable({
      file,
      detail: `it cannot be read (${String(cause)}); give it to the user who runs the tracker`
    })
  }
}

const missing = (file: string) =>
  new MasterKeyUnusable({
    file,
    detail: "it is missing; restore it from your backup, or copy it from the machine on which the master key was rotated"
  })

const fromBytes = (bytes: Uint8Array) => createSecretKey(bytes)
