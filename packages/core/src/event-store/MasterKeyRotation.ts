/**
 * MasterKeyRotation: the next master key, and every person's data key wrapped again under it. No event is rewritten, and nobody waits.
 *
 *   make the file ──▶ register it ──▶ rewrap, batch by batch ──▶ let go of the older versions
 *   on the disk       what is new is    compare-and-swap,         once nothing is wrapped by them:
 *                     wrapped by it     a person's key each       the foreign key of data_keys decides
 *
 * Invariants
 *  1. At every moment each data key opens with a master key that lies in the directory: a master key is on the disk before it is
 *     registered, registered before anything is wrapped by it, and let go of when nothing is.
 *  2. A rotation that was cut off, wherever, is finished by the next one.
 *  3. Nothing is wrapped by a version that has been let go of, by no process and however late.
 *  4. Who is erased meanwhile stays erased.
 *  5. A data key that does not open holds up no other: it is named, and its master key is not let go of.
 */
import type { KeyObject } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import * as Columns from "../database/Columns.ts"
import * as SessionLock from "../database/SessionLock.ts"
import { checkValueOf, MasterKey } from "./MasterKey.ts"
import { proveMasterKey, rewrap } from "./Vault.ts"

/** Another process is at it. */
export class RotationRunning extends Schema.TaggedError<RotationRunning>()("RotationRunning", {}) {
  override get message() {
    return "The master key is being rotated by another process: wait until that one has ended"
  }
}

export interface Rotation {
  /** What everything is wrapped by now. */
  readonly version: number
  /** How many data keys were wrapped again. */
  readonly rewrapped: number
  /** Whose data keys do not open, so that they could not be. */
  readonly unusable: ReadonlyArray<string>
  /** The files of older versions by which nothing in this database is wrapped any more. Empty while any is. */
  readonly obsolete: ReadonlyArray<string>
}

/** Runs as the role that owns the schema: letting go of a master key is nobody else's to do. */
export const rotate = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const master = yield* MasterKey
  const session = yield* SessionLock.session
  if (!(yield* SessionLock.tryTake(session, "master key"))) return yield* new RotationRunning()
  yield* proveMasterKey
  const version = yield* targetVersion
  const key = yield* master.make(version)
  yield* sql`INSERT INTO master_keys (version, check_value, rotated_at) VALUES (${version}, ${checkValueOf(key)}, NULL)
             ON CONFLICT DO NOTHING`

  let rewrapped = 0
  const finish = Effect.gen(function* () {
    let pass = yield* rewrapAll(version, key)
    rewrapped += pass.rewrapped
    // Whoever made a key while the version was being registered may have wrapped it by the older one, anywhere in the order.
    while (pass.rewrapped > 0) {
      pass = yield* rewrapAll(version, key)
      rewrapped += pass.rewrapped
    }
    yield* sql`DELETE FROM master_keys m
               WHERE version < ${version} AND NOT EXISTS (SELECT FROM data_keys WHERE master_key_version = m.version)`
    return pass.unusable
  })
  // The foreign key found somebody later still.
  const unusable = yield* Effect.retry(finish, { times: 5, while: ({ reason }) => reason._tag === "ConstraintError" })
  yield* sql`UPDATE master_keys SET rotated_at = now() WHERE version = ${version}`
  const rotation: Rotation = {
    version,
    rewrapped,
    unusable,
    obsolete: unusable.length === 0 ? master.filesBelow(version) : []
  }
  return rotation
}).pipe(Effect.scoped)

/** The version after the current one, or the current one itself where the rotation to it was cut off. */
const targetVersion = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const { newest } = yield* MasterKey
  const [current] = yield* sql<{ version: number; is_rotated: boolean }>`
    SELECT version, rotated_at IS NOT NULL AS is_rotated FROM master_keys ORDER BY version DESC LIMIT 1`
  if (current === undefined) return newest + 1
  return current.is_rotated ? current.version + 1 : current.version
})

/** One pass over all people, in their order, whose data key is wrapped by an older version. */
const rewrapAll = Effect.fnUntraced(function* (version: number, key: KeyObject) {
  const sql = yield* SqlClient.SqlClient
  const master = yield* MasterKey
  const unusable: Array<string> = []
  let rewrapped = 0
  let after = "00000000-0000-0000-0000-000000000000"
  while (true) {
    const people = yield* sql<{ owner_id: string; wrapped_key: Uint8Array; master_key_version: number }>`
      SELECT owner_id, wrapped_key, master_key_version FROM data_keys
      WHERE master_key_version < ${version} AND wrapped_key IS NOT NULL AND owner_id > ${after}
      ORDER BY owner_id LIMIT ${batchSize}`
    if (people.length === 0) return { rewrapped, unusable }
    after = people.at(-1)!.owner_id
    const opened = people.flatMap(({ owner_id, wrapped_key, master_key_version }) => {
      try {
        return [{ owner_id, wrapped_key, again: rewrap(owner_id, wrapped_key, master.key(master_key_version), key) }]
      } catch {
        unusable.push(owner_id)
        return []
      }
    })
    const moved = yield* sql`
      UPDATE data_keys d SET wrapped_key = n.again, master_key_version = ${version}
      FROM unnest(${Columns.uuids(opened.map(({ owner_id }) => owner_id))},
                  ${Columns.bytes(opened.map(({ wrapped_key }) => wrapped_key))},
                  ${Columns.bytes(opened.map(({ again }) => again))}) AS n (owner_id, wrapped_key, again)
      WHERE d.owner_id = n.owner_id AND d.wrapped_key = n.wrapped_key
      RETURNING d.owner_id`
    rewrapped += moved.length
  }
})

const batchSize = 500
