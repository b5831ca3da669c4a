/**
 * OpenAccount: the account that something is to be put into, from its own stream, which is never behind.
 */
import * as Effect from "effect/Effect"
import * as Account from "@finance/core/ledger/Account"
import { ownStream } from "./OwnStream.ts"
import * as Refusal from "./Refusal.ts"

/** Fails for an account that is not there, is somebody else's or is closed. */
export const openAccountOf = Effect.fnUntraced(function* (owner_id: string, id: string) {
  const events = yield* ownStream(owner_id, id, "account")
  const account = events.reduce<Account.Account | null>(
    (state, { event }) => Account.evolve(state, event as Account.AccountEvent),
    null
  )!
  if (account.closed) return yield* Refusal.conflict("account-closed", "The account is closed")
  return account
})
