/**
 * OurBooks: our side: the stories in the log, each transaction a stream with encrypted payloads, and every read model of `projections` (those
 * of accounts, alerts and consents too) made anew from them and put in the place of the old.
 */
import { EventStore } from "@finance/core/event-store/EventStore"
import * as Rebuild from "@finance/processors/Rebuild"
import { rebuiltProjections } from "@finance/processors/projections/RebuiltProjections"
import * as Effect from "effect/Effect"
import { entry } from "../Bookings.ts"
import * as Ledger from "../Ledger.ts"
import type { Place } from "../Server.ts"
import { story } from "./Story.ts"

const chunk = 500
const chunksAtOnce = 3

const append = Effect.fnUntraced(function* (from: number, to: number) {
  const store = yield* EventStore
  const commands = Array.from({ length: to - from }, (_, offset) => {
    const { person, created, categorized } = story(from + offset)
    return { ...entry(person, created), events: [created, categorized] }
  })
  yield* Effect.forEach(yield* store.append(commands), Effect.fromResult, { discard: true })
})

/** Appends the stories, in chunks as an import does. */
export const fill = (place: Place, transactions: number): Promise<void> => {
  const chunks = Array.from({ length: Math.ceil(transactions / chunk) }, (_, index) => index * chunk)
  return Effect.forEach(chunks, (from) => append(from, Math.min(from + chunk, transactions)), {
    concurrency: chunksAtOnce,
    discard: true
  }).pipe(Effect.provide(Ledger.layer(place, "projector")), Effect.scoped, Effect.runPromise)
}

export const rebuild = (place: Place): Promise<void> =>
  Rebuild.run(rebuiltProjections).pipe(
    Effect.provide(Ledger.layer(place, "projector")),
    Effect.scoped,
    Effect.asVoid,
    Effect.runPromise
  )
