/**
 * Scenario: what a person did, what they do now, and what comes of it. For the tests of deciders:
 *
 *   const { given } = scenarioOf(Budget.decider)
 *   given(budgetSet("groceries", kr(3_000))).when(remove("groceries")).then(budgetRemoved("groceries"))
 */
import { assert } from "@effect/vitest"
import * as Result from "effect/Result"

interface Deciding<State, Command, Event, Refused> {
  readonly initial: State
  readonly evolve: (state: State, event: Event) => State
  readonly decide: (state: State, command: Command) => Result.Result<ReadonlyArray<Event>, Refused>
}

export const scenarioOf = <State, Command, Event, Refused extends { readonly reason: string }>(
  decider: Deciding<State, Command, Event, Refused>
) => ({
  given: (...past: ReadonlyArray<Event>) => {
    const state = past.reduce(decider.evolve, decider.initial)
    return {
      /** What has become of it so far. */
      state,
      when: (command: Command) => {
        const decided = decider.decide(state, command)
        return {
          /** Exactly these events, in this order. */
          // oxlint-disable-next-line unicorn/no-thenable -- the word of every such specification; nobody awaits it
          then: (...events: ReadonlyArray<Event>) => assert.deepStrictEqual(decided, Result.succeed(events)),
          /** Not an event more: it is so already. */
          thenNothing: () => assert.deepStrictEqual(decided, Result.succeed([])),
          thenRefused: (reason: Refused["reason"]) => {
            assert.isTrue(Result.isFailure(decided), "the command was not refused")
            if (Result.isFailure(decided)) assert.strictEqual(decided.failure.reason, reason)
          }
        }
      }
    }
  }
})
