import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import type { RecordedEvent } from "@finance/core/event-store/EventStore"
import { newId } from "@finance/core/ledger/Id"
import { Courtesy } from "./Courtesy.ts"

const [kari, ola] = [newId(), newId()]

const by = (actor: string, owner_id: string): RecordedEvent => ({
  position: 1n,
  stream_id: owner_id,
  stream_type: "account",
  version: 1,
  event_id: newId(),
  type: "AccountClosed",
  schema_version: 1,
  owner_id,
  metadata: { actor },
  occurred_at: new Date(0),
  recorded_at: new Date(0),
  event: { type: "AccountClosed", account_id: owner_id }
})

it.layer(Courtesy.layer)("Courtesy", (it) => {
  it.effect("a person who has just done something is at work, and no longer so a while after", () =>
    Effect.gen(function* () {
      const courtesy = yield* Courtesy
      yield* courtesy.note([by(kari, kari)])
      assert.isTrue(yield* courtesy.isAtWork(kari))
      assert.isFalse(yield* courtesy.isAtWork(ola))
      yield* TestClock.adjust("4 seconds")
      assert.isFalse(yield* courtesy.isAtWork(kari))
    })
  )

  it.effect("their own import does not count as their work", () =>
    Effect.gen(function* () {
      const courtesy = yield* Courtesy
      yield* courtesy.note([by("imports", ola), by("categorization", ola)])
      assert.isFalse(yield* courtesy.isAtWork(ola))
    })
  )
})
