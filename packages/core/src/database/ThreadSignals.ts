/**
 * ThreadSignals: carries signals between the threads of one process, at once and without the database.
 */
import { BroadcastChannel } from "node:worker_threads"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type SignalName, Signals } from "./Signals.ts"

/** To be in each thread of the process. */
export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const signals = yield* Signals
    const channel = yield* Effect.acquireRelease(
      Effect.sync(() => new BroadcastChannel("finance signals")),
      (channel) => Effect.sync(() => channel.close())
    )
    // What came from another thread is not sent back to it.
    let hearing = false
    channel.addEventListener("message", (event) => {
      hearing = true
      signals.raise((event as MessageEvent).data as SignalName)
      hearing = false
    })
    const stop = signals.onRaise((name) => {
      if (!hearing) channel.postMessage(name)
    })
    yield* Effect.addFinalizer(() => Effect.sync(stop))
  })
)
