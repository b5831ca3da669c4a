/**
 * NatsLease: who among all processes follows a partition for a group. A key of a bucket that forgets it some seconds after its last renewal.
 *
 *   taken      renewed    renewed     ✗ not renewed                     forgotten: another takes it
 *   0 s ────── 2 s ────── 4 s ─────── 6 s ──── given up by 8 s ─────── 10 s
 *
 * Invariants
 *  1. One holder at a time: a key is made, and renewed, by compare-and-swap on the server.
 *  2. Who cannot renew gives up before the server forgets: within `renewMillis` + `answerMillis` of the last renewal, which is less than
 *     `leaseMillis`. A process that was stopped and goes on finds out at its next renewal; until then it may still be at work, so that
 *     who holds a lease needs another fence for what must not be doubled.
 *  3. Who ends in order hands it back at once, when its work has ended.
 */
import type { KV } from "@nats-io/kv"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { EventBusMisconfigured, EventBusUnavailable } from "../EventBus.ts"
import { failureOf, isConflict, unavailable } from "./NatsFailure.ts"

export const leaseBucket = "finance_leases"
export const leaseMillis = 6_000
export const renewMillis = 2_000
const answerMillis = 2_000

type Failure = EventBusUnavailable | EventBusMisconfigured

/** Waits for the lease called `key`, however long, and holds it until the scope closes. Answers with what fails when it is lost. */
export const hold = Effect.fnUntraced(function* (leases: KV, key: string) {
  const lost = yield* Deferred.make<never, Failure>()
  const lease = { revision: notHeld }
  yield* Effect.addFinalizer(() => release(leases, key, lease))
  yield* take(leases, key, lease).pipe(
    Effect.repeat({ until: (taken) => taken, schedule: Schedule.jittered(Schedule.spaced("1 second")) })
  )
  yield* renew(leases, key, lease).pipe(
    Effect.delay(renewMillis),
    Effect.forever,
    Effect.catch((failure) => Deferred.fail(lost, failure)),
    Effect.forkScoped
  )
  return Deferred.await(lost)
})

interface Lease {
  revision: number
}

const notHeld = 0

const take = (leases: KV, key: string, lease: Lease) =>
  Effect.tryPromise({
    try: async () => {
      lease.revision = await leases.create(key, "")
      return true
    },
    catch: (error) => error
  }).pipe(
    Effect.catch((error) => (isConflict(error) ? Effect.succeed(false) : Effect.fail(failureOf(error)))),
    Effect.uninterruptible
  )

const renew = (leases: KV, key: string, lease: Lease) =>
  Effect.tryPromise({
    try: async () => {
      lease.revision = await leases.update(key, "", lease.revision, answerMillis)
    },
    catch: (error) => (isConflict(error) ? unavailable(`another process has taken ${key}`) : failureOf(error))
  }).pipe(Effect.uninterruptible)

const release = (leases: KV, key: string, lease: Lease) =>
  lease.revision === notHeld
    ? Effect.void
    : // It may be another's by now, or the server gone.
      Effect.ignore(Effect.tryPromise(() => leases.delete(key, { previousSeq: lease.revision })))
