import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { carryOutTogether, type Order } from "@finance/core/event-store/Decider"
import { newId } from "@finance/core/ledger/Id"
import * as Transaction from "@finance/core/ledger/Transaction"
import type * as Transfer from "@finance/core/ledger/Transfer"
import { caughtUp } from "@finance/core/read-models/Freshness"
import { byHand } from "@finance/core/transfers/Reason"
import { unbroken } from "../Breakdown.ts"
import { Api } from "../contract/Api.ts"
import { CurrentPerson } from "../contract/Middleware.ts"
import { ownStream } from "./OwnStream.ts"
import * as Refusal from "./Refusal.ts"
import { told } from "./ToldTransaction.ts"

/** The person's transaction as it stands; one that is deleted is none. */
const standing = Effect.fnUntraced(function* (owner_id: string, id: string) {
  const recorded = yield* ownStream(owner_id, id, "transaction")
  const state = recorded.reduce<Transaction.Transaction | null>(
    (state, { event }) => Transaction.evolve(state, event as Transaction.TransactionEvent),
    null
  )!
  return state.deleted ? yield* Refusal.missing("transaction") : state
})

const carryOut = Effect.fnUntraced(function* (owner_id: string, orders: ReadonlyArray<Order<Transaction.TransactionCommand>>) {
  const position = yield* unbroken(carryOutTogether(Transaction.decider, { owner_id, metadata: { actor: owner_id } }, orders))
  if (position !== null) yield* unbroken(caughtUp(owner_id, position))
})

const linkTo = (transfer_id: string, { id, account_id }: Transaction.Transaction): Transfer.Link => ({
  command: "Link",
  transfer_id,
  counterpart_id: id,
  counterpart_account_id: account_id,
  by: "user",
  confidence: 1,
  explanation: byHand
})

const unlinkFrom = (counterpart_id: string): Transfer.Unlink => ({ command: "Unlink", counterpart_id, for_good: true })

const refused = ({ reason }: Transaction.TransactionRefused) => {
  switch (reason) {
    case "not-found":
    case "deleted":
      return Refusal.missing("transaction")
    case "same-account":
      return Refusal.field("counterpart_id", "Expected a transaction of another account")
    default:
      return Refusal.conflict(reason, "One of the two is linked to another transaction already: unlink it first")
  }
}

export const layer = HttpApiBuilder.group(
  Api,
  "transfers",
  Effect.fn(function* (handlers) {
    return handlers.handleAll({
      link: Effect.fn("Transfers.link")(function* ({ params, payload }) {
        const { user_id } = yield* CurrentPerson
        const one = yield* standing(user_id, params.id)
        if (payload.counterpart_id === params.id) return yield* Refusal.field("counterpart_id", "Expected another transaction")
        const other = yield* standing(user_id, payload.counterpart_id)
        if (one.amount > 0n === other.amount > 0n) {
          return yield* Refusal.field("counterpart_id", "Expected money out of the one account and into the other")
        }
        const transfer_id = newId()
        yield* carryOut(user_id, [
          { stream_id: one.id, command: linkTo(transfer_id, other) },
          { stream_id: other.id, command: linkTo(transfer_id, one) }
        ]).pipe(Effect.catchTag("TransactionRefused", (error) => Effect.fail(refused(error))))
        return yield* told(user_id, one.id)
      }),
      unlink: Effect.fn("Transfers.unlink")(function* ({ params }) {
        const { user_id } = yield* CurrentPerson
        const { id, transfer } = yield* standing(user_id, params.id)
        if (transfer === null) return yield* Refusal.missing("transfer")
        const { counterpart_id } = transfer
        yield* carryOut(user_id, [
          { stream_id: id, command: unlinkFrom(counterpart_id) },
          { stream_id: counterpart_id, command: unlinkFrom(id) }
        ]).pipe(Effect.catchTag("TransactionRefused", () => Refusal.missing("transfer")))
      })
    })
  })
)
