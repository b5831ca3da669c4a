/**
 * Breakdown: what goes wrong without the request being at fault. It travels as a defect, so that no handler has to name it, and
 * `Problems` answers it with 500, or with 503 where trying again may help.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { CommandIdReused, WrongExpectedVersion } from "@finance/core/event-store/EventStore"
import type { EventTooLarge } from "@finance/core/event-store/EventTooLarge"
import type { UnreadableEvent } from "@finance/core/event-store/LedgerEvent"
import type { Erased, VaultUnusable } from "@finance/core/event-store/Vault"

/** Bodies and their fields are bounded far below what makes an event too large, and no handler gives a command id of the client's. */
export type Breakdown =
  SqlError | WrongExpectedVersion | CommandIdReused | EventTooLarge | UnreadableEvent | Erased | VaultUnusable

const tags: ReadonlySet<unknown> = new Set<Breakdown["_tag"]>([
  "SqlError",
  "WrongExpectedVersion",
  "CommandIdReused",
  "EventTooLarge",
  "UnreadableEvent",
  "Erased",
  "VaultUnusable"
])

export const isBreakdown = (error: unknown): error is Breakdown =>
  typeof error === "object" && error !== null && "_tag" in error && tags.has(error._tag)

/** Whether the same request may well succeed in a moment: the database is away or busy, or others keep coming first. */
export const mayPass = (breakdown: Breakdown): boolean =>
  breakdown._tag === "WrongExpectedVersion" || (breakdown._tag === "SqlError" && breakdown.reason.isRetryable)

/** Leaves only what the request itself can be answered with. */
export const unbroken = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, Exclude<E, Breakdown>, R> =>
  Effect.catch(effect, (error) => (isBreakdown(error) ? Effect.die(error) : Effect.fail(error as Exclude<E, Breakdown>)))
