/**
 * OpenAccount: the account that something is to be put into, from its own stream, which is never behind.
 */
import * as Effect from "effect/Effect"
import { EventStore } from "@finance/core/event-store/EventStore"
import * as Account from "@finance/core/ledger/Account"
import { unbroken } from "../Breakdown.ts"
import * as Refusal from "./Refusal.ts"

/** Fails for an account that is not there, is somebody else's or is closed. */
export const openAccountOf = Effect.fnUntraced(function* (owner_id: string, id: string) {
  const store = yield* EventStore
  const recorded = yield* unbroken(store.readStream(id))
  const events = recorded.filter((event) => event.owner_id === owner_id && event.stream_type === "account")
  const account = events.reduce<Account.Account | null>(
    (state, { event }) => Account.evolve(state, event as Account.AccountEvent),
    null
  )
  if (account === null) return yield* Refusal.missing("account")
  if (account.closed) return yield* Refusal.conflict("account-closed", "The account is closed")
  return account
})
