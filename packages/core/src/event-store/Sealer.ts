/**
 * Sealer: follows the log behind the `ReadFence` and puts it under `Seal`s, after the fact: appends know nothing of it.
 *
 *   event log ──ReadFence──▶ sealer ── one INSERT a block ──▶ seals(number, …)
 *                              └ number = head + 1, or not at all
 *
 * Invariants
 *  1. One sealer works at a time: the one whose session holds the lock.
 *  2. The chain does not fork: the next number is taken once. A sealer that lost its lock without noticing finds it taken, and starts
 *     again from the chain as it is.
 *  3. Every event that is committed is sealed once, in position order; a seal that was not committed is made again.
 *  4. No block holds more than `maxEvents`. While events keep coming it pauses between blocks; when they stop, the last is sealed within
 *     a second or so.
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import * as SessionLock from "../database/SessionLock.ts"
import { Signals } from "../database/Signals.ts"
import { ReadFence } from "./ReadFence.ts"
import { entryColumns, hashAfter, head, type Seal } from "./Seal.ts"

/** Another sealer has made this seal: this one has lost its lock. */
export class Overtaken extends Schema.TaggedError<Overtaken>()("Overtaken", { number: Schema.BigInt }) {
  override get message() {
    return `Seal ${this.number} has been made by another sealer`
  }
}

/** Seals until interrupted; waits its turn while another process does. Fails when it was overtaken or the database is away. */
export const run = Effect.gen(function* () {
  const session = yield* SessionLock.session
  yield* SessionLock.take(session, "sealer")
  return yield* Effect.raceFirst(lead, SessionLock.lost(session))
}).pipe(Effect.scoped)

const lead = Effect.gen(function* () {
  const fence = yield* ReadFence
  const signals = yield* Signals
  let last: Seal = yield* head
  while (true) {
    const seen = signals.current("events")
    const drawn = yield* fence.advance
    const seal = yield* sealNext(last, drawn.position)
    if (seal === null) {
      yield* drawn.head > drawn.position ? Effect.sleep(pause) : signals.changedSince("events", seen, "1 second")
    } else {
      last = seal
      if (seal.events < maxEvents) yield* Effect.sleep(pause)
    }
  }
})

/**
 * Seals what comes after `last` up to `upTo`, which is behind the fence, or as much of it as a block holds; null where there is nothing.
 * Fails with `Overtaken` when `last` is the last no more.
 */
export const sealNext = Effect.fn("Sealer.sealNext")(function* (last: Seal, upTo: bigint) {
  if (upTo <= last.to_position) return null
  const sql = yield* SqlClient.SqlClient
  const [block] = yield* sql<{ events: number; to_position: bigint; entries: Uint8Array | null }>`
    SELECT count(*)::int AS events, max(position) AS to_position,
           string_agg(int8send(position) || header || payload, ''::bytea ORDER BY position) AS entries
    FROM (SELECT ${entryColumns(sql)} FROM events WHERE position > ${last.to_position} AND position <= ${upTo}
          ORDER BY position LIMIT ${maxEvents}) AS entry`
  const { events, entries } = block!
  if (entries === null) return null
  const unhashed = {
    number: last.number + 1n,
    from_position: last.to_position + 1n,
    // A block that is not full answers for the positions that were given up at its end, too.
    to_position: events < maxEvents ? upTo : block!.to_position,
    events,
    entries,
    sealed_at: later(last.sealed_at)
  }
  const seal: Seal = { ...unhashed, hash: hashAfter(last.hash, unhashed) }
  const stored = yield* sql`
    INSERT INTO seals (number, from_position, to_position, events, entries, sealed_at, hash)
    VALUES (${seal.number}, ${seal.from_position}, ${seal.to_position}, ${events}, ${entries},
            ${new Date(Number(seal.sealed_at / 1_000n))}, ${seal.hash})
    ON CONFLICT (number) DO NOTHING RETURNING number`
  if (stored.length === 0) return yield* new Overtaken({ number: seal.number })
  yield* Metric.update(sealed, events)
  return seal
})

/** Now, in whole milliseconds, or a millisecond after the last seal where the clock was set back. */
const later = (than: bigint): bigint => {
  const now = BigInt(Date.now()) * 1_000n
  return now > than ? now : than + 1_000n
}

const maxEvents = 1_000

/** Long enough for a block to be worth its row, short enough for a second. */
const pause = "500 millis"

const sealed = Metric.counter("finance_sealed_events_total", { description: "Events put under a seal", incremental: true })
