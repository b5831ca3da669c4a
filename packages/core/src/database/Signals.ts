/**
 * Signals: "there may be something new", by name, so that nobody has to poll fast. A signal carries nothing and may be spurious;
 * whoever waits looks again, and polls slowly as a net.
 *
 * A waiter takes `current` before it looks and waits for a change since then, so a signal between the look and the wait is not lost:
 *
 *   const seen = signals.current("events")
 *   … look …
 *   yield* signals.changedSince("events", seen)
 *
 * Between processes signals travel by NOTIFY: debounced, and on a connection of their own, because NOTIFY inside a transaction takes
 * a lock that every committing transaction then queues for.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"

export type SignalName = "events" | "bus" | "checkpoints" | "changes" | "imports" | "erasures" | "control" | "deliveries"

export class Signals extends Context.Service<
  Signals,
  {
    raise(name: SignalName): void
    current(name: SignalName): number
    /** Returns when the signal has been raised since `seen` was taken, or when `atMost` has passed. */
    changedSince(name: SignalName, seen: number, atMost: Duration.Input): Effect.Effect<void>
    /** Calls back on every raise until the finalizer it returns is called: the bridge between processes listens here. */
    onRaise(callback: (name: SignalName) => void): () => void
  }
>()("finance/database/Signals") {
  /** Signals within this process. `SignalBridge` carries them to others. */
  static readonly layer = Layer.sync(Signals, () => {
    const counts = new Map<SignalName, number>()
    const waiting = new Map<SignalName, Set<() => void>>()
    const listeners = new Set<(name: SignalName) => void>()
    const current = (name: SignalName) => counts.get(name) ?? 0
    return Signals.of({
      current,
      raise(name) {
        counts.set(name, current(name) + 1)
        const wake = waiting.get(name)
        waiting.delete(name)
        for (const resume of wake ?? []) resume()
        for (const listener of listeners) listener(name)
      },
      changedSince: (name, seen, atMost) =>
        Effect.callback<void>((resume) => {
          if (current(name) !== seen) return resume(Effect.void)
          const wake = () => resume(Effect.void)
          const others = waiting.get(name) ?? new Set()
          waiting.set(name, others.add(wake))
          return Effect.sync(() => void others.delete(wake))
        }).pipe(Effect.timeoutOption(atMost), Effect.map(Option.getOrElse(() => undefined))),
      onRaise(callback) {
        listeners.add(callback)
        return () => void listeners.delete(callback)
      }
    })
  })
}
