/**
 * MasterKey: the key that wraps every person's data key. Kept apart from the database (a file in `DATA_DIR/keys`, mode 0600), so that
 * a stolen database or backup holds ciphertext only. Losing it loses everything: back it up, elsewhere than the database.
 */
import { createSecretKey, randomBytes, type KeyObject } from "node:crypto"
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

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
    readonly current: { readonly version: number; readonly key: KeyObject }
    /** Throws when this process was not given that version. */
    key(version: number): KeyObject
  }
>()("finance/event-store/MasterKey") {
  /** A key for this process alone: tests. */
  static readonly layerRandom = Layer.sync(MasterKey, () => fromBytes(randomBytes(32)))

  /** The key in `directory`, made on first use. */
  static readonly layerFile = (directory: string) =>
    Layer.effect(
      MasterKey,
      Effect.try({
        try: () => fromBytes(readOrMake(directory)),
        catch: (cause) =>
          cause instanceof MasterKeyUnusable ? cause : new MasterKeyUnusable({ file: fileIn(directory), detail: String(cause) })
      })
    )
}

const fileIn = (directory: string) => join(directory, "master-1.key")

const fromBytes = (bytes: Uint8Array) => {
  const key = createSecretKey(bytes)
  return MasterKey.of({
    current: { version: 1, key },
    key(version) {
      if (version !== 1) throw new Error(`master key version ${version} is not here`)
      return key
    }
  })
}

const readOrMake = (directory: string): Uint8Array => {
  const file = fileIn(directory)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  try {
    writeFileSync(file, randomBytes(32).toString("base64"), { flag: "wx", mode: 0o600 })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause
  }
  chmodSync(file, 0o600)
  const bytes = Buffer.from(readFileSync(file, "utf8"), "base64")
  if (bytes.length !== 32) throw new MasterKeyUnusable({ file, detail: "it does not hold 32 bytes; restore it from your backup" })
  return bytes
}
