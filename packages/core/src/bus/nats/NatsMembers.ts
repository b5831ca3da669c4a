/**
 * NatsMembers: who follows a topic for a group. Each member shows itself by a key of the bucket of leases, renewed as a lease is, and hears
 * of the others by watching theirs. One that has not been heard of for as long as a lease lasts is gone, and its leases with it.
 */
import type { KV, KvWatchEntry } from "@nats-io/kv"
import * as Effect from "effect/Effect"
import { randomUUID } from "node:crypto"
import { ask, unavailable } from "./NatsFailure.ts"
import { leaseMillis, renewMillis } from "./NatsLease.ts"

/** Becomes one of the members until the scope closes. */
export const join = Effect.fnUntraced(function* (leases: KV, group: string) {
  const self = randomUUID()
  const keyOf = (member: string) => `${group}.member.${member}`
  const heard = new Map<string, number>()
  const hear = ({ key, operation }: KvWatchEntry) => {
    const member = key.slice(keyOf("").length)
    if (operation === "PUT") heard.set(member, Date.now())
    else heard.delete(member)
  }

  const entries = yield* Effect.acquireRelease(
    ask(() => leases.watch({ key: keyOf("*") })),
    (entries) => Effect.sync(() => entries.stop())
  )
  const listen = ask(async () => {
    for await (const entry of entries) hear(entry)
  }).pipe(Effect.andThen(Effect.fail(unavailable("nothing is heard of the group's other members any more"))))
  yield* Effect.addFinalizer(() => Effect.ignore(ask(() => leases.delete(keyOf(self)))))
  const show = Effect.andThen(
    ask(() => leases.put(keyOf(self), "")),
    Effect.sleep(renewMillis)
  )

  return {
    self,
    /** This one, and those that were heard of lately. */
    members: Effect.sync((): ReadonlyArray<string> => {
      const since = Date.now() - leaseMillis
      return [self, ...[...heard].flatMap(([member, at]) => (member !== self && at > since ? [member] : []))]
    }),
    /** Shows itself and hears of the others; fails when it cannot. */
    present: Effect.raceFirst(Effect.forever(show), listen)
  }
})
