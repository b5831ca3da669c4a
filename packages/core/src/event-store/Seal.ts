/**
 * Seal: a block of the log under one hash, chained to the block before it, so that what was stored cannot be changed unnoticed.
 *
 *   seal 1                    seal 2                    seal 3
 *   positions 1 … 7           positions 8 … 9           positions 10 … 40
 *   entry entry … entry       entry entry               entry …
 *   sealed_at                 sealed_at                 sealed_at
 *   hash ────────────────────▶ hash ───────────────────▶ hash: the head; kept elsewhere, it vouches for all before it
 *
 * Terms. *entry*: what a seal keeps of one event, by which it is told which event was changed, and how. *range*: the positions a seal
 * answers for; those of them that no event has were given up by their writers, and stay empty.
 *
 * An entry is 72 bytes: position ‖ SHA-256(header) ‖ SHA-256(payload hash). The header is these, one after the other:
 *
 *   position        int64            type            text            text    its length in bytes as int32, then UTF-8
 *   stream_id       16 bytes         schema_version  int16           instant  int64, microseconds since 2000-01-01T00:00:00Z
 *   stream_type     text             owner_id        00, or 01 and 16 bytes
 *   version         int64            metadata        text, as PostgreSQL prints the jsonb
 *   event_id        16 bytes         occurred_at, recorded_at   instant each            integers are big-endian, in two's complement
 *
 * A seal's hash is SHA-256 of: the 15 bytes `finance seal 1\n` ‖ the hash before it, or 32 zero bytes ‖ number ‖ first position ‖ last
 * position ‖ count of events ‖ sealed_at in microseconds since 1970 (int64 each) ‖ SHA-256(its entries, one after the other).
 *
 * Invariants
 *  1. Seals are numbered 1, 2, 3 … and their ranges follow each other without gap or overlap, from position 1 on.
 *  2. Each seal is later than the one before it, by a millisecond at least, also when the clock was set back.
 *  3. A seal answers for every event of its range, in position order: one more, one less or one changed gives another hash.
 *  4. It answers for the ciphertext through its hash, so a payload that is removed after an erasure leaves the chain whole.
 *
 * Source: Haber and Stornetta, How to Time-Stamp a Digital Document (1991); NIST FIPS 180-4 (SHA-256).
 */
import { createHash, hash } from "node:crypto"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"

export interface Seal {
  readonly number: bigint
  readonly from_position: bigint
  readonly to_position: bigint
  /** How many events the range holds. */
  readonly events: number
  readonly entries: Uint8Array
  /** Microseconds since 1970. */
  readonly sealed_at: bigint
  readonly hash: Uint8Array
}

/** What comes before the first seal. */
export const genesis: Seal = {
  number: 0n,
  from_position: 0n,
  to_position: 0n,
  events: 0,
  entries: new Uint8Array(),
  sealed_at: 0n,
  hash: new Uint8Array(32)
}

/** The hash that this seal has to have after the one before it. */
export const hashAfter = (previous: Uint8Array, seal: Omit<Seal, "hash">): Uint8Array => {
  const numbers = Buffer.alloc(40)
  const inOrder = [seal.number, seal.from_position, seal.to_position, BigInt(seal.events), seal.sealed_at]
  inOrder.forEach((number, index) => numbers.writeBigInt64BE(number, index * 8))
  return createHash("sha256")
    .update("finance seal 1\n")
    .update(previous)
    .update(numbers)
    .update(hash("sha256", seal.entries, "buffer"))
    .digest()
}

export interface Entry {
  readonly position: bigint
  readonly header: Uint8Array
  readonly payload: Uint8Array
}

export const entryBytes = 72

/** The seal's entry of that index, if it has so many. */
export const entryAt = ({ entries }: Seal, index: number): Entry | undefined => {
  const start = index * entryBytes
  if (start + entryBytes > entries.length) return undefined
  const position = Buffer.from(entries.buffer, entries.byteOffset + start, 8).readBigInt64BE()
  return { position, header: entries.subarray(start + 8, start + 40), payload: entries.subarray(start + 40, start + 72) }
}

/** The columns `position`, `header` and `payload` of an event's entry. The server hashes, so that a log is sealed without being sent. */
export const entryColumns = (sql: SqlClient.SqlClient) =>
  sql.literal(`
    position,
    sha256(int8send(position) || uuid_send(stream_id) || ${text("stream_type")} || int8send(version) || uuid_send(event_id)
      || ${text("type")} || int2send(schema_version) || coalesce('\\x01'::bytea || uuid_send(owner_id), '\\x00'::bytea)
      || ${text("metadata::text")} || timestamptz_send(occurred_at) || timestamptz_send(recorded_at)) AS header,
    sha256(payload_hash) AS payload`)

const text = (column: string) => `int4send(octet_length(${column})) || convert_to(${column}, 'UTF8')`

/** Up to `limit` seals after that number, in their order. */
export const readSeals = Effect.fnUntraced(function* (after: bigint, limit: number) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<Seal>`
    SELECT ${sealColumns(sql)} FROM seals WHERE number > ${after} ORDER BY number LIMIT ${limit}`
})

/** The newest seal; `genesis` before there is one. */
export const head = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [newest] = yield* sql<Seal>`SELECT ${sealColumns(sql)} FROM seals ORDER BY number DESC LIMIT 1`
  return newest ?? genesis
})

const sealColumns = (sql: SqlClient.SqlClient) =>
  sql.literal(
    "number, from_position, to_position, events, entries, (extract(epoch FROM sealed_at) * 1000000)::bigint AS sealed_at, hash"
  )
