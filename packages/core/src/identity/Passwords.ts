/**
 * Passwords: kept as Argon2id (RFC 9106; 64 MiB, 3 passes, 1 lane), never as themselves. OWASP ASVS 5.0, 6.2: any 8 to 256
 * characters will do, 15 or more are advised, and nothing is demanded of their kind.
 *
 * At most four are worked on at once, since each takes 64 MiB: the others wait their turn.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Semaphore from "effect/Semaphore"
import { hash, verify } from "@node-rs/argon2"

export const minLength = 8
export const maxLength = 256

const cost = { memoryCost: 65_536, timeCost: 3, parallelism: 1 }
const atOnce = 4

export class Passwords extends Context.Service<
  Passwords,
  {
    hash(password: string): Effect.Effect<string>
    /** Whether it is the password. Takes as long when there is no hash to compare with, so that time tells nobody who has an account. */
    verify(hash: string | null, password: string): Effect.Effect<boolean>
  }
>()("finance/identity/Passwords") {
  static readonly layer = Layer.effect(
    Passwords,
    Effect.gen(function* () {
      const turns = yield* Semaphore.make(atOnce)
      const nobodys = yield* Effect.promise(() => hash(crypto.randomUUID(), cost))
      return Passwords.of({
        hash: (password) => turns.withPermits(1)(Effect.promise(() => hash(normal(password), cost))),
        verify: (stored, password) =>
          turns
            .withPermits(1)(Effect.promise(() => verify(stored ?? nobodys, normal(password))))
            .pipe(Effect.map((matches) => matches && stored !== null))
      })
    })
  )
}

/** The same password from two keyboards may come in two Unicode forms (NIST SP 800-63B, 3.1.1.2). */
const normal = (password: string) => password.normalize("NFKC")
