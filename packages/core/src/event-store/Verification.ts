/**
 * Verification: walks the log against its seals, and every payload against its hash, and names the first position at which something is
 * not as it was sealed.
 *
 *   seals   1 ─────────▶ 2 ─────────▶ 3        each: number, range, time and hash follow from the one before it
 *           │            │            │
 *   entries ■ ■ ■ ■      ■ ■          ■ ■ ■    each event: there, nothing between, header and payload hash as sealed
 *   events  ■ ■ ■ ■      ■ ■          ■ ■ ■ ■ ■
 *                                           └ not sealed yet: payload against its hash only
 *
 * It reads a block at a time, never a payload: the server hashes those. Sealed events do not change, so it runs beside a tracker at work.
 *
 * What it cannot see. The chain has no secret: whoever can write all of it can make another one that is whole, or cut off its end, seals
 * and events together. Against that an operator keeps the head's hash elsewhere, and asks for it (`head`): a chain that holds it is the
 * one it was. What is not sealed yet, a second's worth, can be changed along with its hash.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { type Entry, entryAt, entryBytes, entryColumns, genesis, hashAfter, readSeals, type Seal } from "./Seal.ts"

const told = {
  "header-changed": "the header of this event was changed",
  "payload-changed": "the payload of this event, or its hash, was changed",
  "payload-removed": "the payload of this event was removed, although its owner has not been erased",
  "event-missing": "the event that was sealed here is missing",
  "event-inserted": "this event was put into a range that had been sealed without it",
  "seal-changed": "the seal that begins here was changed",
  "seal-missing": "the seal that begins here is missing",
  "seals-out-of-order": "the seal that begins here does not follow the one before it in range or time",
  "head-missing": "the chain ends here without the hash that was asked for: its end was cut off, or it was rewritten"
} as const

type What = keyof typeof told

/** The first thing that is not as it was sealed. */
export class Tampered extends Schema.TaggedError<Tampered>()("Tampered", {
  position: Schema.BigInt,
  what: Schema.Literals(Object.keys(told) as Array<What>)
}) {
  override get message() {
    return `Position ${this.position}: ${told[this.what]}`
  }
}

export interface Verified {
  /** How many events are sealed. */
  readonly events: number
  readonly seals: bigint
  /** The last position that a seal answers for. */
  readonly upTo: bigint
  readonly unsealed: number
  /** The newest seal's hash, in hex. */
  readonly head: string
}

/** All of the log as it stands, or `Tampered`. With `head`, in hex, the chain must also hold the seal of that hash. */
export const verify = Effect.fn("Verification.verify")(function* (head?: string) {
  let last = genesis
  let events = 0
  let isHeadSeen = head === undefined
  while (true) {
    const seals = yield* readSeals(last.number, sealsAtOnce)
    if (seals.length === 0) break
    for (const seal of seals) {
      yield* checkSeal(last, seal)
      yield* checkEvents(seal)
      last = seal
      events += seal.events
      isHeadSeen ||= toHex(seal.hash) === head
    }
  }
  if (!isHeadSeen) return yield* new Tampered({ position: last.to_position, what: "head-missing" })
  const unsealed = yield* checkTail(last.to_position)
  const verified: Verified = { events, seals: last.number, upTo: last.to_position, unsealed, head: toHex(last.hash) }
  return verified
})

const checkSeal = Effect.fnUntraced(function* (last: Seal, seal: Seal) {
  const position = last.to_position + 1n
  if (seal.number !== last.number + 1n) return yield* new Tampered({ position, what: "seal-missing" })
  if (seal.from_position !== position || seal.sealed_at <= last.sealed_at) {
    return yield* new Tampered({ position, what: "seals-out-of-order" })
  }
  if (seal.entries.length !== seal.events * entryBytes || !equal(seal.hash, hashAfter(last.hash, seal))) {
    return yield* new Tampered({ position, what: "seal-changed" })
  }
})

interface Found extends Entry {
  /** Null once removed. */
  readonly is_intact: boolean | null
  readonly is_erased: boolean
}

const found = (sql: SqlClient.SqlClient) => sql`
  ${entryColumns(sql)}, sha256(e.payload) = payload_hash AS is_intact,
  e.payload IS NULL AND NOT EXISTS (SELECT FROM data_keys k WHERE k.owner_id = e.owner_id AND k.wrapped_key IS NOT NULL) AS is_erased`

const checkEvents = Effect.fnUntraced(function* (seal: Seal) {
  const sql = yield* SqlClient.SqlClient
  // One more than there should be is enough to find one that should not.
  const events = yield* sql<Found>`
    SELECT ${found(sql)} FROM events e WHERE position BETWEEN ${seal.from_position} AND ${seal.to_position}
    ORDER BY position LIMIT ${seal.events + 1}`
  for (const [index, event] of events.entries()) {
    const sealed = entryAt(seal, index)
    if (sealed === undefined || event.position < sealed.position) {
      return yield* new Tampered({ position: event.position, what: "event-inserted" })
    }
    const what = difference(sealed, event)
    if (what !== null) return yield* new Tampered({ position: sealed.position, what })
  }
  const missing = entryAt(seal, events.length)
  if (missing !== undefined) return yield* new Tampered({ position: missing.position, what: "event-missing" })
})

/** The events after the last seal, whose payloads are held against their hashes; how many they are. */
const checkTail = Effect.fnUntraced(function* (sealedUpTo: bigint) {
  const sql = yield* SqlClient.SqlClient
  let after = sealedUpTo
  let count = 0
  while (true) {
    const events = yield* sql<Found>`
      SELECT ${found(sql)} FROM events e WHERE position > ${after} ORDER BY position LIMIT ${eventsAtOnce}`
    for (const event of events) {
      const what = payloadDifference(event)
      if (what !== null) return yield* new Tampered({ position: event.position, what })
    }
    count += events.length
    if (events.length < eventsAtOnce) return count
    after = events.at(-1)!.position
  }
})

const difference = (sealed: Entry, event: Found): What | null => {
  if (event.position > sealed.position) return "event-missing"
  if (!equal(event.header, sealed.header)) return "header-changed"
  if (!equal(event.payload, sealed.payload)) return "payload-changed"
  return payloadDifference(event)
}

const payloadDifference = ({ is_intact, is_erased }: Found): What | null => {
  if (is_intact === null) return is_erased ? null : "payload-removed"
  return is_intact ? null : "payload-changed"
}

const equal = (one: Uint8Array, other: Uint8Array) => Buffer.compare(one, other) === 0
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex")

const sealsAtOnce = 16
const eventsAtOnce = 1_000
