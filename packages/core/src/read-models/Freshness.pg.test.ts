import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { ledgerEvents } from "../bus/EventBus.ts"
import { partitionOf } from "../bus/Partition.ts"
import { Signals } from "../database/Signals.ts"
import * as TestDatabase from "../database/TestDatabase.ts"
import { newId } from "../ledger/Id.ts"
import { caughtUp, Patience } from "./Freshness.ts"

const kari = newId()

/** The programs come as far as this, and say so. */
const moveTo = Effect.fnUntraced(function* (position: bigint) {
  const sql = yield* SqlClient.SqlClient
  const signals = yield* Signals
  yield* sql`
    INSERT INTO checkpoints (processor, partition, position)
    SELECT processor, ${partitionOf(kari, ledgerEvents.partitions)}, ${position} FROM unnest(ARRAY['projections', 'budgets']) AS p (processor)
    ON CONFLICT (processor, partition) DO UPDATE SET position = excluded.position`
  signals.raise("checkpoints")
})

const asked = (position: bigint, patience: "20 millis" | "1 hour") =>
  Effect.provideService(caughtUp(kari, position), Patience, patience)

layer(TestDatabase.layer.pipe(Layer.provideMerge(Signals.layer)), { excludeTestServices: true })("Freshness", (it) => {
  it.effect("waits for the programs, and not again once a wait was in vain, until they move on", () =>
    Effect.gen(function* () {
      yield* moveTo(1n)
      assert.isTrue(yield* asked(1n, "1 hour"))
      assert.isFalse(yield* asked(5n, "20 millis"))
      // These would take the hour, were they waited for.
      assert.isFalse(yield* asked(5n, "1 hour"))
      assert.isFalse(yield* asked(6n, "1 hour"))
      yield* moveTo(2n)
      const waiting = yield* Effect.forkChild(asked(6n, "1 hour"))
      yield* Effect.sleep("20 millis")
      yield* moveTo(6n)
      assert.isTrue(yield* Fiber.join(waiting))
    })
  )
})
