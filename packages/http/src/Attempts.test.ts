import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { Attempts, burst, secondsPerAttempt } from "./Attempts.ts"

const exhausted = Effect.gen(function* () {
  const attempts = yield* Attempts
  for (let count = 0; count < burst; count++) yield* attempts.begin("login", "10.0.0.1/kari@example.no")
  return attempts
})

describe("Attempts", () => {
  it.effect("whoever has used theirs up waits for one, and gets one at a time", () =>
    Effect.gen(function* () {
      const attempts = yield* exhausted
      const begin = attempts.begin("login", "10.0.0.1/kari@example.no")
      const refused = yield* Effect.flip(begin)
      assert.strictEqual(refused.retry_after, secondsPerAttempt)
      yield* TestClock.adjust(`${refused.retry_after} seconds`)
      yield* begin
      yield* Effect.flip(begin)
    }).pipe(Effect.provide(Attempts.layer))
  )

  it.effect("one person's attempts are not another's, nor those to join those to sign in", () =>
    Effect.gen(function* () {
      const attempts = yield* exhausted
      yield* attempts.begin("login", "10.0.0.2/kari@example.no")
      yield* attempts.begin("register", "10.0.0.1/kari@example.no")
    }).pipe(Effect.provide(Attempts.layer))
  )

  it.effect("a good one gives all back", () =>
    Effect.gen(function* () {
      const attempts = yield* exhausted
      yield* attempts.forget("login", "10.0.0.1/kari@example.no")
      yield* attempts.begin("login", "10.0.0.1/kari@example.no")
    }).pipe(Effect.provide(Attempts.layer))
  )
})
