/**
 * SignalBridge: carries signals to the other processes on the same database, and theirs to this one.
 *
 * What is raised here within a few milliseconds goes out as one NOTIFY, from a connection of its own: inside a transaction that
 * appends it would take a lock that all commits queue for.
 */
import { randomUUID } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import { Database } from "./Database.ts"
import { type SignalName, Signals } from "./Signals.ts"

const channel = "finance_signals"
const debounce = "5 millis"

const bridge = Effect.gen(function* () {
  const signals = yield* Signals
  const ears = yield* Database.dedicated("projector", "signals in")
  const mouth = yield* Database.dedicated("projector", "signals out")
  const self = randomUUID()
  const heard = yield* ears.listen(channel)
  const raised = new Set<SignalName>()
  const wake = yield* Queue.sliding<void>(1)
  // What came from another process is not sent back to it.
  let hearing = false

  const stop = signals.onRaise((name) => {
    if (hearing) return
    raised.add(name)
    Queue.offerUnsafe(wake, undefined)
  })
  yield* Effect.addFinalizer(() => Effect.sync(stop))

  const tell = Effect.gen(function* () {
    yield* Queue.take(wake)
    yield* Effect.sleep(debounce)
    const names = [...raised]
    raised.clear()
    yield* mouth.notify(channel, `${self} ${names.join(" ")}`)
  })
  const hear = Effect.gen(function* () {
    const { payload } = yield* Queue.take(heard)
    const [from, ...names] = payload.split(" ")
    if (from === self) return
    hearing = true
    for (const name of names) signals.raise(name as SignalName)
    hearing = false
  })
  return yield* Effect.raceFirst(Effect.forever(tell), Effect.forever(hear))
}).pipe(Effect.scoped)

/** Runs beside everything else, and again when its connections break: until it does, who waits polls. */
export const layer = Layer.effectDiscard(
  bridge.pipe(
    Effect.tapError((error) => Effect.logWarning("signals stay within this process for now", error)),
    Effect.retry(Schedule.spaced("2 seconds")),
    Effect.forkScoped
  )
)
