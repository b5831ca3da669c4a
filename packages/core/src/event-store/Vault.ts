/**
 * Vault: the keys that a person's data is readable with, and that it is forgotten by.
 *
 *   master key (file, versioned) ─wraps─▶ data key (random, one per person) ─encrypts─▶ payloads, files
 *                                                        └─HKDF─▶ fingerprints, stream ids
 *
 * AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce; sealed = nonce ‖ tag ‖ ciphertext. The additional data binds a payload to
 * its place, so that a ciphertext moved to another event or another person does not open.
 *
 * Invariants
 *  1. Plaintext of a person's payload exists in memory only.
 *  2. A person whose key is gone is `Erased`, for ever: no new key is made for them.
 *  3. What was changed by a single bit does not open.
 */
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, randomBytes, type KeyObject } from "node:crypto"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { MasterKey, masterKeyFile, MasterKeyUnusable } from "./MasterKey.ts"

/** The person asked to be forgotten, and has been. */
export class Erased extends Schema.TaggedError<Erased>()("Erased", { owner_id: Schema.String }) {
  override get message() {
    return `The data of ${this.owner_id} has been erased`
  }
}

/** A key does not unwrap or a payload does not open: another master key, or something was changed. */
export class VaultUnusable extends Schema.TaggedError<VaultUnusable>()("VaultUnusable", {
  owner_id: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `The data of ${this.owner_id} does not open: ${this.detail}`
  }
}

export interface PersonKey {
  readonly owner_id: string
  seal(plaintext: Uint8Array, additional: string): Uint8Array
  /** Throws `VaultUnusable`. */
  open(sealed: Uint8Array, additional: string): Uint8Array
  /** HMAC-SHA256 of the text under this person's key: equal texts of one person are equal, of two people they are not. */
  fingerprint(text: string): Uint8Array
  /** The stream of something a person has one of, under an opaque UUID (version 8) that says nothing of its name. */
  streamIdOf(name: string): string
}

export class Vault extends Context.Service<
  Vault,
  {
    /** The person's key, made now if they have none yet. */
    keyOf(owner_id: string): Effect.Effect<PersonKey, SqlError | Erased | VaultUnusable>
    /** The keys of several people in one round trip: absent for who is erased, and the reason for whose key does not unwrap. */
    keysOf(owner_ids: ReadonlyArray<string>): Effect.Effect<ReadonlyMap<string, PersonKey | VaultUnusable>, SqlError>
  }
>()("finance/event-store/Vault") {
  static readonly layer = Layer.effect(
    Vault,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const master = yield* MasterKey
      const cache = new Map<string, PersonKey>()

      const unlock = (owner_id: string, wrapped: Uint8Array, version: number): PersonKey | VaultUnusable => {
        try {
          return personKey(owner_id, unwrap(master.key(version), owner_id, wrapped))
        } catch (cause) {
          return new VaultUnusable({ owner_id, detail: `its key was not wrapped by this master key (${String(cause)})` })
        }
      }

      // After the commit: a key that was made in a transaction that is given up never was, and what it sealed would be lost.
      const remember = (keys: Iterable<PersonKey | VaultUnusable>) =>
        sql.afterCommit(
          Effect.sync(() => {
            for (const key of keys) {
              if (key instanceof VaultUnusable) continue
              if (cache.size >= maxCached) cache.delete(cache.keys().next().value!)
              cache.set(key.owner_id, key)
            }
          })
        )

      const stored = (owner_ids: ReadonlyArray<string>) =>
        sql<{ owner_id: string; wrapped_key: Uint8Array | null; master_key_version: number }>`
          SELECT owner_id, wrapped_key, master_key_version FROM data_keys WHERE owner_id = ANY(${owner_ids}::uuid[])`

      const keyOf = Effect.fnUntraced(function* (owner_id: string) {
        const cached = cache.get(owner_id)
        if (cached !== undefined) return cached
        const wrapped = wrap(master.current.key, owner_id, randomBytes(32))
        // The row stands before it is used, also when two processes make it at once: the first one's key is everybody's.
        yield* sql`INSERT INTO data_keys (owner_id, wrapped_key, master_key_version)
                   VALUES (${owner_id}, ${wrapped}, ${master.current.version}) ON CONFLICT (owner_id) DO NOTHING`
        const [row] = yield* stored([owner_id])
        if (row === undefined || row.wrapped_key === null) return yield* new Erased({ owner_id })
        const key = unlock(owner_id, row.wrapped_key, row.master_key_version)
        yield* remember([key])
        return key instanceof VaultUnusable ? yield* key : key
      })

      const keysOf = Effect.fnUntraced(function* (owner_ids: ReadonlyArray<string>) {
        const keys = new Map<string, PersonKey | VaultUnusable>()
        const missing = new Set<string>()
        for (const owner_id of owner_ids) {
          const cached = cache.get(owner_id)
          if (cached === undefined) missing.add(owner_id)
          else keys.set(owner_id, cached)
        }
        if (missing.size === 0) return keys
        const found = (yield* stored([...missing])).flatMap(({ owner_id, wrapped_key, master_key_version }) =>
          wrapped_key === null ? [] : [[owner_id, unlock(owner_id, wrapped_key, master_key_version)] as const]
        )
        for (const [owner_id, key] of found) keys.set(owner_id, key)
        yield* remember(found.map(([, key]) => key))
        return keys
      })

      return Vault.of({ keyOf, keysOf })
    })
  )
}

/**
 * Proves that the master key is the one that this database's data keys were wrapped by, before anybody writes under another:
 * fails with `MasterKeyUnusable` where it is not.
 */
export const proveMasterKey = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const vault = yield* Vault
  const [first] = yield* sql<{ owner_id: string }>`
    SELECT owner_id FROM data_keys WHERE wrapped_key IS NOT NULL ORDER BY created_at LIMIT 1`
  if (first === undefined) return
  const key = (yield* vault.keysOf([first.owner_id])).get(first.owner_id)
  if (key instanceof VaultUnusable) {
    return yield* new MasterKeyUnusable({
      file: masterKeyFile,
      detail: "this database was encrypted under another one; put that one back"
    })
  }
})

/** Keys are small; this bound only keeps a host with a million people from holding them all. */
const maxCached = 10_000

const nonceBytes = 12
const tagBytes = 16

/** Nonces are drawn for many seals at once: a draw costs the same for one as for hundreds. Each is used once. */
let nonces = Buffer.alloc(0)
const newNonce = () => {
  if (nonces.length < nonceBytes) nonces = randomBytes(nonceBytes * 512)
  const nonce = nonces.subarray(0, nonceBytes)
  nonces = nonces.subarray(nonceBytes)
  return nonce
}

const seal = (key: KeyObject, plaintext: Uint8Array, additional: string): Uint8Array => {
  const nonce = newNonce()
  const cipher = createCipheriv("aes-256-gcm", key, nonce)
  cipher.setAAD(Buffer.from(additional))
  const ciphertext = cipher.update(plaintext)
  cipher.final()
  const sealed = new Uint8Array(nonceBytes + tagBytes + ciphertext.length)
  sealed.set(nonce)
  sealed.set(cipher.getAuthTag(), nonceBytes)
  sealed.set(ciphertext, nonceBytes + tagBytes)
  return sealed
}

const open = (key: KeyObject, sealed: Uint8Array, additional: string): Uint8Array => {
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes })
  decipher.setAAD(Buffer.from(additional))
  decipher.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes))
  const plaintext = decipher.update(sealed.subarray(nonceBytes + tagBytes))
  decipher.final()
  return plaintext
}

const wrap = (master: KeyObject, owner_id: string, key: Uint8Array) => seal(master, key, `data-key/${owner_id}`)
const unwrap = (master: KeyObject, owner_id: string, wrapped: Uint8Array) => open(master, wrapped, `data-key/${owner_id}`)

const personKey = (owner_id: string, bytes: Uint8Array): PersonKey => {
  const key = createSecretKey(bytes)
  const fingerprints = createSecretKey(new Uint8Array(hkdfSync("sha256", bytes, new Uint8Array(0), "fingerprint", 32)))
  const fingerprint = (text: string) => createHmac("sha256", fingerprints).update(text).digest()
  return {
    owner_id,
    seal: (plaintext, additional) => seal(key, plaintext, additional),
    open(sealed, additional) {
      try {
        return open(key, sealed, additional)
      } catch (cause) {
        throw new VaultUnusable({ owner_id, detail: `it was changed, moved or cut short (${String(cause)})` })
      }
    },
    fingerprint,
    streamIdOf(name) {
      const bytes = fingerprint(`stream/${name}`).subarray(0, 16)
      bytes[6] = (bytes[6]! & 0x0f) | 0x80
      bytes[8] = (bytes[8]! & 0x3f) | 0x80
      const hex = bytes.toString("hex")
      return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-")
    }
  }
}
