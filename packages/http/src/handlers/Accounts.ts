import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { carryOut } from "@finance/core/event-store/Decider"
import * as Account from "@finance/core/ledger/Account"
import { fromNumber, toNumber } from "@finance/core/money/Money"
import * as Rows from "@finance/core/read-models/Accounts"
import { balanceOn } from "@finance/core/read-models/BalanceOn"
import { caughtUp } from "@finance/core/read-models/Freshness"
import { withPerson } from "@finance/core/read-models/Person"
import * as Answers from "../Answers.ts"
import { unbroken } from "../Breakdown.ts"
import { Api } from "../contract/Api.ts"
import { CurrentPerson } from "../contract/Middleware.ts"
import { newIdFor } from "../Idempotency.ts"
import * as Clock from "./Clock.ts"
import { ownStream } from "./OwnStream.ts"
import * as Refusal from "./Refusal.ts"

const find = Effect.fnUntraced(function* (owner_id: string, id: string) {
  const row = yield* unbroken(withPerson(owner_id, Rows.find(id)))
  return row ?? (yield* Refusal.missing("account"))
})

const change = Effect.fnUntraced(
  function* (owner_id: string, stream_id: string, command: Account.AccountCommand) {
    yield* ownStream(owner_id, stream_id, "account")
    const { position } = yield* carryOut(Account.decider, { stream_id, owner_id, metadata: { actor: owner_id } }, command).pipe(
      Effect.catchTag("AccountRefused", ({ reason }) =>
        Effect.fail(reason === "not-found" ? Refusal.missing("account") : Refusal.conflict(reason, `The account is ${reason}`))
      )
    )
    if (position !== null) yield* caughtUp(owner_id, position)
    return yield* find(owner_id, stream_id)
  },
  (effect) => unbroken(effect)
)

export const layer = HttpApiBuilder.group(
  Api,
  "accounts",
  Effect.fn(function* (handlers) {
    return handlers.handleAll({
      list: Effect.fn("Accounts.list")(function* () {
        const { user_id } = yield* CurrentPerson
        return (yield* unbroken(withPerson(user_id, Rows.list))).map(Answers.account)
      }),
      find: Effect.fn("Accounts.find")(function* ({ params }) {
        const { user_id } = yield* CurrentPerson
        return Answers.account(yield* find(user_id, params.id))
      }),
      open: Effect.fn("Accounts.open")(function* ({ payload }) {
        const { user_id } = yield* CurrentPerson
        const { bank_name, account_type, currency, name = bank_name, opening_balance = 0, opened_on = null } = payload
        const balance = yield* Effect.fromResult(
          Result.mapError(fromNumber(opening_balance, currency), Refusal.amount("opening_balance", currency))
        )
        const { id, mayExist } = yield* unbroken(newIdFor(user_id))
        const { position } = yield* carryOut(
          Account.decider,
          { stream_id: id, owner_id: user_id, metadata: { actor: user_id } },
          { command: "Open", account_id: id, name, bank_name, account_type, currency, opening_balance: balance, opened_on }
        ).pipe(
          Effect.catchTag("AccountRefused", ({ reason }) =>
            mayExist && reason === "already-exists"
              ? Effect.succeed({ position: null })
              : Effect.fail(Refusal.conflict(reason, `The account is refused: ${reason}`))
          ),
          unbroken
        )
        if (position !== null) yield* unbroken(caughtUp(user_id, position))
        const row = yield* unbroken(withPerson(user_id, Rows.find(id)))
        const opened: Rows.AccountRow = {
          id,
          name,
          bank_name,
          account_type,
          currency,
          current_balance: balance,
          transaction_count: 0n,
          last_synced_at: null,
          created_at: yield* Clock.now,
          closed_at: null
        }
        return Answers.account(row ?? opened)
      }),
      rename: Effect.fn("Accounts.rename")(function* ({ params, payload }) {
        const { user_id } = yield* CurrentPerson
        return Answers.account(yield* change(user_id, params.id, { command: "Rename", name: payload.name.trim() }))
      }),
      close: Effect.fn("Accounts.close")(function* ({ params }) {
        const { user_id } = yield* CurrentPerson
        return Answers.account(yield* change(user_id, params.id, { command: "Close" }))
      }),
      balance: Effect.fn("Accounts.balance")(function* ({ params, query }) {
        const { user_id } = yield* CurrentPerson
        const on = query.on ?? (yield* Clock.today)
        const known_at = query.known_at === undefined ? yield* Clock.now : new Date(query.known_at)
        const found = yield* unbroken(withPerson(user_id, balanceOn(params.id, on, known_at)))
        if (found === null) return yield* Refusal.missing("account")
        return { balance: toNumber(found.balance, found.currency), on, known_at: known_at.toISOString() }
      })
    })
  })
)
