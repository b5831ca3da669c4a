/**
 * Presence: lets every process on the database see whether this one still lives, so that what it leaves undone can be taken up at once.
 * It is an advisory lock on a session of its own, under a number of its own: SQL asks `is_present(number)`.
 *
 * It may seem gone for a moment while it lives, when its session breaks: whoever takes something over must be able to bear that.
 */
import { randomBytes } from "node:crypto"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { Database } from "./Database.ts"
import * as SessionLock from "./SessionLock.ts"

export class Presence extends Context.Service<Presence, { readonly number: bigint }>()("finance/database/Presence") {
  static readonly layer = Layer.effect(
    Presence,
    Effect.gen(function* () {
      const database = yield* Database
      const number = randomBytes(8).readBigInt64BE() & 0x7fff_ffff_ffff_ffffn
      const shown = yield* Deferred.make<void>()
      const show = Effect.gen(function* () {
        const session = yield* SessionLock.session
        yield* session`SELECT pg_advisory_lock(${number}::bigint)`
        yield* Deferred.succeed(shown, undefined)
        return yield* SessionLock.lost(session)
      }).pipe(Effect.scoped, Effect.provideService(Database, database))
      yield* Effect.forkScoped(Effect.retry(show, Schedule.jittered(Schedule.spaced("1 second"))))
      yield* Deferred.await(shown)
      return Presence.of({ number })
    })
  )
}
