/**
 * TransferLinks: a person says themselves that two of their transactions are one move, or that they are not.
 */
import * as Effect from "effect/Effect"
import * as Transaction from "@finance/core/ledger/Transaction"
import { byHand } from "@finance/core/transfers/Sentences"
import * as Transfers from "@finance/core/transfers/Transfers"
import { caughtUp } from "@finance/core/read-models/Freshness"
import { unbroken } from "../Breakdown.ts"
import { CurrentPerson } from "../contract/Middleware.ts"
import { ownStream } from "./OwnStream.ts"
import * as Refusal from "./Refusal.ts"
import { refused } from "./TransactionRefusal.ts"

/** How often something else may come first. */
const attempts = 8

const carriedOut = Effect.fnUntraced(function* <E, R>(
  owner_id: string,
  decide: Effect.Effect<Parameters<typeof Transfers.carryOut>[0], E, R>
) {
  const position = yield* Effect.flatMap(decide, Transfers.carryOut).pipe(
    Effect.retry({
      times: attempts,
      while: (error) => typeof error === "object" && error !== null && "_tag" in error && error._tag === "WrongExpectedVersion"
    }),
    Effect.catchIf(
      (error) => error instanceof Transaction.TransactionRefused,
      (error) => Effect.fail(refused(error))
    ),
    unbroken
  )
  if (position !== null) yield* unbroken(caughtUp(owner_id, position))
})

export const link = Effect.fnUntraced(function* (id: string, counterpart_id: string) {
  const { user_id } = yield* CurrentPerson
  yield* ownStream(user_id, id, "transaction")
  yield* ownStream(user_id, counterpart_id, "transaction")
  const move = { owner_id: user_id, one: id, other: counterpart_id, by: "user" as const, metadata: { actor: user_id } }
  yield* carriedOut(
    user_id,
    Transfers.linking(move, () => byHand)
  )
  return user_id
})

export const unlink = Effect.fnUntraced(function* (id: string) {
  const { user_id } = yield* CurrentPerson
  const recorded = yield* ownStream(user_id, id, "transaction")
  const state = recorded.reduce<Transaction.Transaction | null>(
    (state, { event }) => Transaction.evolve(state, event as Transaction.TransactionEvent),
    null
  )
  const link = state?.transfer ?? null
  if (link === null) return yield* Refusal.conflict("not-linked", "The transaction is not linked to another")
  const move = { owner_id: user_id, one: id, other: link.counterpart_id, by: "user" as const, metadata: { actor: user_id } }
  yield* carriedOut(user_id, Transfers.unlinking(move))
  return user_id
})
