/**
 * OwnStream: the events of one of a person's own things. An id that is somebody else's, or of another kind of thing, has none.
 */
import * as Effect from "effect/Effect"
import { EventStore } from "@finance/core/event-store/EventStore"
import { unbroken } from "../Breakdown.ts"
import * as Refusal from "./Refusal.ts"

/** In order, at least one; fails with 404 when there are none. */
export const ownStream = Effect.fnUntraced(function* (
  owner_id: string,
  stream_id: string,
  stream_type: "account" | "transaction"
) {
  const store = yield* EventStore
  const recorded = yield* unbroken(store.readStream(stream_id))
  const own = recorded.filter((event) => event.owner_id === owner_id && event.stream_type === stream_type)
  return own.length === 0 ? yield* Refusal.missing(stream_type) : own
})
