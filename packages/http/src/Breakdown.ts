/**
 * Breakdown: what goes wrong without the request being at fault. It travels as a defect, so that no handler has to name it, and
 * `Problems` answers it with 500, or with 503 where trying again may help.
 */
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { WrongExpectedVersion } from "@finance/core/event-store/EventStore"
import type { UnreadableEvent } from "@finance/core/event-store/LedgerEvent"
import type { Erased, VaultUnusable } from "@finance/core/event-store/Vault"

export type Breakdown = SqlError | WrongExpectedVersion | UnreadableEvent | Erased | VaultUnusable

const tags: ReadonlySet<unknown> = new Set<Breakdown["_tag"]>([
  "SqlError",
  "WrongExpectedVersion",
  "UnreadableEvent",
  "Erased",
  "VaultUnusable"
])

export const isBreakdown = (error: unknown): error is Breakdown =>
  typeof error === "object" && error !== null && "_tag" in error && tags.has(error._tag)

/**
 * Whether the same request may well succeed later: the database is away or busy, others keep coming first, or what it is about was
 * written by a newer release, which another instance, or this one after its upgrade, can answer.
 */
export const mayPass = (breakdown: Breakdown): boolean =>
  breakdown._tag === "WrongExpectedVersion" ||
  isNewer(breakdown) ||
  (breakdown._tag === "SqlError" && breakdown.reason.isRetryable)

export const isNewer = (breakdown: Breakdown): boolean => breakdown._tag === "UnreadableEvent" && breakdown.reason === "newer"

/** Leaves only what the request itself can be answered with. */
export const unbroken = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, Exclude<E, Breakdown>, R> =>
  Effect.catch(effect, (error) => (isBreakdown(error) ? Effect.die(error) : Effect.fail(error as Exclude<E, Breakdown>)))
