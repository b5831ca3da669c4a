/**
 * MasterKey: the key that wraps every person's data key. Kept apart from the database (a file in `DATA_DIR/keys`, mode 0600), so that
 * a stolen database or backup holds ciphertext only. Losing it loses everything: back it up, elsewhere than the database.
 */
import { createSecretKey, randomBytes, type KeyObject } from "node:crypto"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { DataDirectory } from "../database/DataDirectory.ts"

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

  /** The key in the data directory, made on first use. */
  static readonly layer = Layer.effect(
    MasterKey,
    Effect.gen(function* () {
      const home = yield* DataDirectory
      const bytes = Buffer.from(Redacted.value(yield* home.secret(masterKeyFile)), "base64url")
      if (bytes.length === 32) return fromBytes(bytes)
      return yield* new MasterKeyUnusable({
        file: masterKeyFile,
        detail: "it does not hold 32 bytes; restore it from your backup"
      })
    })
  )
}

/** Its name among the secrets of the data directory. */
export const masterKeyFile = "master-1"

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
