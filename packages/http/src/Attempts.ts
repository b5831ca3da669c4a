/**
 * Attempts: slows down who guesses. Each name (an address of the network with an e-mail address) has ten attempts at once, and gets
 * one back every thirty seconds. Kept in memory: a restart forgives.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { TooManyRequests } from "./contract/Problem.ts"

export const burst = 10
export const secondsPerAttempt = 30

/** Names beyond this many are forgotten, the oldest first, so that making names up fills no memory. */
const maxNames = 100_000

export class Attempts extends Context.Service<
  Attempts,
  {
    /** Uses one attempt up; refused when there is none left. */
    begin(kind: string, name: string): Effect.Effect<void, TooManyRequests>
    /** The attempt was good: all are given back. */
    forget(kind: string, name: string): Effect.Effect<void>
  }
>()("finance/http/Attempts") {
  static readonly layer = Layer.sync(Attempts, () => {
    const used = new Map<string, { count: number; at: number }>()
    return Attempts.of({
      begin: Effect.fn("Attempts.begin")(function* (kind: string, name: string) {
        const key = `${kind}/${name}`
        const now = (yield* Clock.currentTimeMillis) / 1000
        const known = used.get(key)
        const count = known === undefined ? 0 : Math.max(0, known.count - (now - known.at) / secondsPerAttempt)
        if (count > burst - 1) {
          return yield* new TooManyRequests({ retry_after: Math.ceil((count - (burst - 1)) * secondsPerAttempt) })
        }
        used.delete(key)
        if (used.size >= maxNames) used.delete(used.keys().next().value!)
        used.set(key, { count: count + 1, at: now })
      }),
      forget: (kind, name) => Effect.sync(() => void used.delete(`${kind}/${name}`))
    })
  })
}
