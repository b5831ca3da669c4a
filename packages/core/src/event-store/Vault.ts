/**
 * Vault: the keys that a person's data is readable with, and that it is forgotten by.
 *
 *   master key (file, versioned) ─wraps─▶ data key (random, one per person) ─encrypts─▶ payloads, files
 *     └ rotated without touching             └─HKDF─▶ fingerprints, stream ids
 *       a payload (MasterKeyRotation)
 *
 * AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce; sealed = nonce ‖ tag ‖ ciphertext. The additional data binds a payload to
 * its place, so that a ciphertext moved to another event or another person does not open.
 *
 * Invariants
 *  1. Plaintext of a person's payload exists in memory only.
 *  2. A person whose key is gone is `Erased`, for ever: no new key is made for them.
 *  3. What was changed by a single bit does not open.
 *  4. Once a person's erasure is committed, this process gives out no key of theirs, other processes none from the moment they hear of it,
 *     and none for longer than `maxAge` if they do not.
 */
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, randomBytes, type KeyObject } from "node:crypto"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { Signals } from "../database/Signals.ts"
import * as KeyCache from "./KeyCache.ts"
import { checkValueOf, MasterKey, MasterKeyUnusable } from "./MasterKey.ts"

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
    /**
     * Destroys the person's key, for good, with the caller's transaction if there is one. On its commit the signal "erasures" is raised, at
     * which every vault on this database drops the keys it holds; one that does not hear it keeps them for `maxAge` at most.
     */
    forget(owner_id: string): Effect.Effect<void, SqlError>
  }
>()("finance/event-store/Vault") {
  static readonly layer = Layer.effect(
    Vault,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const master = yield* MasterKey
      const signals = yield* Signals
      const cache = KeyCache.make<PersonKey>({ capacity: maxCached, maxAge })
      // A signal says not whose key: erasures are rare, and what is wanted is read again.
      const stop = signals.onRaise((name) => {
        if (name === "erasures") cache.clear()
      })
      yield* Effect.addFinalizer(() => Effect.sync(stop))

      const unlock = (owner_id: string, wrapped: Uint8Array, version: number): PersonKey | VaultUnusable => {
        try {
          return personKey(owner_id, unwrap(master.key(version), owner_id, wrapped))
        } catch (cause) {
          return unusable(owner_id, cause, "its key was not wrapped by this master key")
        }
      }

      // After the commit: a key that was made in a transaction that is given up never was, and what it sealed would be lost.
      const remember = (keys: Iterable<PersonKey | VaultUnusable>, reading: KeyCache.Reading) =>
        sql.afterCommit(
          Effect.sync(() => {
            for (const key of keys) if (!(key instanceof VaultUnusable)) cache.set(key.owner_id, key, reading)
          })
        )

      const stored = (owner_ids: ReadonlyArray<string>) =>
        sql<StoredKey>`
          SELECT owner_id, wrapped_key, master_key_version FROM data_keys WHERE owner_id = ANY(${owner_ids}::uuid[])`

      const current = Effect.gen(function* () {
        const [row] = yield* sql<RegisteredKey>`SELECT version, check_value FROM master_keys ORDER BY version DESC LIMIT 1`
        if (row !== undefined) return row
        const first: RegisteredKey = { version: master.newest, check_value: checkValueOf(master.key(master.newest)) }
        yield* sql`INSERT INTO master_keys (version, check_value) VALUES (${first.version}, ${first.check_value}) ON CONFLICT DO NOTHING`
        return first
      })

      const wrapNew = Effect.fnUntraced(function* (owner_id: string) {
        const { version, check_value } = yield* current
        const wrapped = yield* Effect.try({
          try() {
            const key = master.key(version)
            if (check_value !== null && !isChecked(key, check_value)) throw anotherKey(master.fileOf(version))
            return wrap(key, owner_id, randomBytes(32))
          },
          catch: (cause) => unusable(owner_id, cause, "a key for it cannot be made")
        })
        // The row stands before it is used, also when two processes make it at once: the first one's key is everybody's.
        yield* sql`INSERT INTO data_keys (owner_id, wrapped_key, master_key_version)
                   SELECT ${owner_id}::uuid, ${wrapped}::bytea, version FROM master_keys WHERE version = ${version}
                   ON CONFLICT (owner_id) DO NOTHING`
      })

      const keyOf = Effect.fnUntraced(function* (owner_id: string) {
        const cached = cache.get(owner_id)
        if (cached !== undefined) return cached
        const reading = cache.reading()
        let [row] = yield* stored([owner_id])
        // Again, where a rotation has let go of the master key since it was chosen.
        while (row === undefined) {
          yield* wrapNew(owner_id)
          ;[row] = yield* stored([owner_id])
        }
        if (row.wrapped_key === null) return yield* new Erased({ owner_id })
        const key = unlock(owner_id, row.wrapped_key, row.master_key_version)
        yield* remember([key], reading)
        return key instanceof VaultUnusable ? yield* key : key
      })

      const keysOf = Effect.fnUntraced(function* (owner_ids: ReadonlyArray<string>) {
        const keys = new Map<string, PersonKey | VaultUnusable>()
        const missing = new Set<string>()
        for (const owner_id of owner_ids) {
          if (keys.has(owner_id)) continue
          const cached = cache.get(owner_id)
          if (cached === undefined) missing.add(owner_id)
          else keys.set(owner_id, cached)
        }
        if (missing.size === 0) return keys
        const reading = cache.reading()
        const found = (yield* stored([...missing])).flatMap(({ owner_id, wrapped_key, master_key_version }) =>
          wrapped_key === null ? [] : [[owner_id, unlock(owner_id, wrapped_key, master_key_version)] as const]
        )
        for (const [owner_id, key] of found) keys.set(owner_id, key)
        yield* remember(
          found.map(([, key]) => key),
          reading
        )
        return keys
      })

      const forget = Effect.fn("Vault.forget")(function* (owner_id: string) {
        // Also who never had a key: none is to be made for them later.
        yield* sql`INSERT INTO data_keys (owner_id, erased_at) VALUES (${owner_id}, now())
                   ON CONFLICT (owner_id) DO UPDATE SET wrapped_key = NULL, master_key_version = NULL,
                     erased_at = coalesce(data_keys.erased_at, excluded.erased_at)`
        yield* sql.afterCommit(Effect.sync(() => signals.raise("erasures")))
      })

      return Vault.of({ keyOf, keysOf, forget })
    })
  )
}

interface StoredKey {
  readonly owner_id: string
  readonly wrapped_key: Uint8Array | null
  readonly master_key_version: number
}

interface RegisteredKey {
  readonly version: number
  readonly check_value: Uint8Array | null
}

const unusable = (owner_id: string, cause: unknown, otherwise: string) =>
  new VaultUnusable({ owner_id, detail: cause instanceof MasterKeyUnusable ? cause.message : `${otherwise} (${String(cause)})` })

/**
 * Proves that the master keys are those that this database's data keys are wrapped by, each version of them, before anybody writes under
 * another: fails with `MasterKeyUnusable`, which names the file, where one is missing or is another one.
 */
export const proveMasterKey = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const master = yield* MasterKey
  const versions = yield* sql<RegisteredKey>`SELECT version, check_value FROM master_keys`
  for (const { version, check_value } of versions) {
    const key = yield* Effect.try({ try: () => master.key(version), catch: (error) => error as MasterKeyUnusable })
    const isRight = check_value === null ? yield* opensSomebodys(key, version) : isChecked(key, check_value)
    if (!isRight) return yield* anotherKey(master.fileOf(version))
  }
})

const isChecked = (key: KeyObject, check_value: Uint8Array) => Buffer.compare(check_value, checkValueOf(key)) === 0

const anotherKey = (file: string) =>
  new MasterKeyUnusable({ file, detail: "this database was encrypted under another one; put that one back" })

/** Whether it opens one of a few data keys that it should; there may be none. */
const opensSomebodys = Effect.fnUntraced(function* (key: KeyObject, version: number) {
  const sql = yield* SqlClient.SqlClient
  const people = yield* sql<{ owner_id: string; wrapped_key: Uint8Array }>`
    SELECT owner_id, wrapped_key FROM data_keys WHERE master_key_version = ${version} AND wrapped_key IS NOT NULL LIMIT 8`
  return people.length === 0 || people.some(({ owner_id, wrapped_key }) => opens(key, owner_id, wrapped_key))
})

/** Keys are small; this bound only keeps a host with a million people from holding them all. */
const maxCached = 10_000

/** Milliseconds. A net under the signal: a person who is at work costs one look at their row in this time. */
const maxAge = 60_000

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

const opens = (master: KeyObject, owner_id: string, wrapped: Uint8Array): boolean => {
  try {
    unwrap(master, owner_id, wrapped)
    return true
  } catch {
    return false
  }
}

/** A person's wrapped key, wrapped by another master key instead. Throws when the first one does not open it. */
export const rewrap = (owner_id: string, wrapped: Uint8Array, from: KeyObject, to: KeyObject): Uint8Array =>
  wrap(to, owner_id, unwrap(from, owner_id, wrapped))

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
