/**
 * Courtesy: which people are entering or changing things by hand just now. One person's events take effect in the order of the log, so
 * what they do waits behind what their own running import has already put there; while they are at work, the import keeps little there.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { RecordedEvent } from "@finance/core/event-store/EventStore"

/** How long after their last act a person counts as at work. */
const atWorkMillis = 3_000

export class Courtesy extends Context.Service<
  Courtesy,
  {
    /** Notes who of the events' people did them by hand. */
    note(events: ReadonlyArray<RecordedEvent>): Effect.Effect<void>
    isAtWork(owner_id: string): Effect.Effect<boolean>
  }
>()("finance/processors/imports/Courtesy") {
  static readonly layer = Layer.sync(Courtesy, () => {
    const lastAct = new Map<string, number>()
    return Courtesy.of({
      note: Effect.fnUntraced(function* (events) {
        const now = yield* Clock.currentTimeMillis
        for (const { metadata, owner_id } of events) if (metadata.actor === owner_id) lastAct.set(owner_id, now)
        for (const [owner_id, at] of lastAct) if (now - at > atWorkMillis) lastAct.delete(owner_id)
      }),
      isAtWork: (owner_id) =>
        Effect.map(Clock.currentTimeMillis, (now) => now - (lastAct.get(owner_id) ?? -Infinity) <= atWorkMillis)
    })
  })
}
