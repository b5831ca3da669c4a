/**
 * OurStress: our side: appends inside a transaction of the writer's, and a reader that follows the log behind the `ReadFence`.
 */
import { EventStore } from "@finance/core/event-store/EventStore"
import { ReadFence } from "@finance/core/event-store/ReadFence"
import { newId } from "@finance/core/ledger/Id"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as SqlClient from "effect/sql/SqlClient"
import { booking, entry, people } from "../Bookings.ts"
import * as Ledger from "../Ledger.ts"
import type { Place } from "../Server.ts"
import { type Step, stepsOf, streams, writers } from "./Stress.ts"
import { Tally } from "./Tally.ts"

const [person] = people(1)
const accounts = Array.from({ length: streams }, newId)

/** The writer thinks better of it. */
class GivenUp extends Error {}

const carriedOut = Effect.fnUntraced(function* ({ stream, events, pause, givesUp }: Step) {
  const sql = yield* SqlClient.SqlClient
  const store = yield* EventStore
  const append = {
    ...entry(person!, booking(person!)),
    stream_id: accounts[stream]!,
    expected: "any" as const,
    events: Array.from({ length: events }, () => booking(person!))
  }
  if (pause === 0 && !givesUp) return (yield* store.appendOne(append)).event_ids
  const step = Effect.gen(function* () {
    const { event_ids } = yield* store.appendOne(append)
    yield* Effect.sleep(pause)
    if (givesUp) return yield* Effect.fail(new GivenUp())
    return event_ids
  })
  return yield* sql.withTransaction(step)
})

const write = Effect.fnUntraced(function* (tally: Tally, steps: () => Step, end: number) {
  while (performance.now() < end) {
    const exit = yield* Effect.exit(carriedOut(steps()))
    if (Exit.isSuccess(exit)) tally.commit(exit.value)
    else if (!(Cause.squash(exit.cause) instanceof GivenUp)) return yield* exit
  }
})

const pageSize = 1_000

/** Follows the log until it has come to the end of what `isOver` says is all. */
const follow = Effect.fnUntraced(function* (tally: Tally, isOver: () => boolean) {
  const store = yield* EventStore
  const fence = yield* ReadFence
  let cursor = 0n
  while (true) {
    const over = isOver()
    const { position, head } = yield* fence.advance
    const page = yield* store.readLog(cursor, position, pageSize)
    for (const { event_id, stream_id, version } of page) tally.arrive(event_id, stream_id, version)
    cursor = page.at(-1)?.position ?? cursor
    if (page.length > 0) continue
    if (over && position === head) return
    yield* Effect.sleep("5 millis")
  }
})

export const run = async (place: Place, seed: number, milliseconds: number) => {
  const tally = new Tally()
  let isOver = false
  const stress = Effect.gen(function* () {
    const end = performance.now() + milliseconds
    const all = Array.from({ length: writers }, (_, writer) => write(tally, stepsOf(seed, writer), end))
    yield* Effect.all(all, { concurrency: "unbounded", discard: true })
    isOver = true
  })
  const both = Effect.all([stress, follow(tally, () => isOver)], { concurrency: "unbounded", discard: true })
  await Effect.runPromise(Effect.scoped(Effect.provide(both, Ledger.layer(place, "projector"))))
  return tally.outcome()
}
