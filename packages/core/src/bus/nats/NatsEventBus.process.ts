/**
 * A process that follows a topic on its own, for the tests that stop or kill it: writes down the sequence of each event it is handed, and
 * keeps the event called `keep` in hand, the first time, until something is written to it.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { once } from "node:events"
import { EventBus } from "../EventBus.ts"
import * as NatsEventBus from "./NatsEventBus.ts"
import * as NatsSettings from "./NatsSettings.ts"

const [topic, group, keep] = process.argv.slice(2)

const bus = Layer.unwrap(Effect.map(NatsSettings.settings, NatsEventBus.layer))

const follow = Effect.gen(function* () {
  const bus = yield* EventBus
  let isKept = false
  return yield* bus.subscribe({ name: topic!, partitions: 1 }, group!, ({ events }) =>
    Effect.gen(function* () {
      for (const { sequence } of events) process.stdout.write(`${sequence}\n`)
      if (isKept || !events.some(({ sequence }) => sequence === keep)) return
      isKept = true
      yield* Effect.promise(() => once(process.stdin, "data"))
    })
  )
})

await Effect.runPromise(Effect.provide(follow, bus))
