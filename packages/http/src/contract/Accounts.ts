import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import { AccountType } from "@finance/core/ledger/Account"
import { Day } from "@finance/core/ledger/Day"
import { Currency } from "@finance/core/money/Currency"
import { Amount, Id, Instant, Moment, Name } from "./Field.ts"
import { Authorization, Idempotency, Problems, Strictness } from "./Middleware.ts"
import { Conflict, NotFound, ValidationFailed } from "./Problem.ts"

export const Account = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  bank_name: Schema.String,
  account_type: AccountType,
  currency: Schema.String,
  current_balance: Schema.Number,
  last_synced_at: Schema.NullOr(Moment),
  created_at: Moment,
  closed_at: Schema.NullOr(Moment)
})
export type Account = typeof Account.Type

export const OpenAccount = Schema.Struct({
  bank_name: Name(120),
  account_type: AccountType,
  currency: Currency,
  /** The bank's name unless said. */
  name: Schema.optionalKey(Name(120)),
  /** 0 unless said. */
  opening_balance: Schema.optionalKey(Amount),
  opened_on: Schema.optionalKey(Schema.NullOr(Day))
})

export const Balance = Schema.Struct({ balance: Schema.Number, on: Schema.String, known_at: Moment })

export class Accounts extends HttpApiGroup.make("accounts")
  .add(
    HttpApiEndpoint.get("list", "/", { success: Schema.Array(Account) }),
    HttpApiEndpoint.post("open", "/manual", {
      payload: OpenAccount,
      success: Account.pipe(HttpApiSchema.status(201)),
      error: [ValidationFailed, Conflict]
    }),
    HttpApiEndpoint.get("find", "/:id", { params: { id: Id }, success: Account, error: NotFound }),
    HttpApiEndpoint.patch("rename", "/:id", {
      params: { id: Id },
      payload: Schema.Struct({ name: Name(120) }),
      success: Account,
      error: [NotFound, Conflict]
    }),
    HttpApiEndpoint.post("close", "/:id/close", {
      params: { id: Id },
      success: Account,
      error: [NotFound, Conflict]
    }),
    HttpApiEndpoint.get("balance", "/:id/balance", {
      params: { id: Id },
      query: { on: Schema.optionalKey(Day), known_at: Schema.optionalKey(Instant) },
      success: Balance,
      error: NotFound
    })
  )
  .middleware(Strictness)
  .middleware(Idempotency)
  .middleware(Authorization)
  .middleware(Problems)
  .prefix("/accounts") {}
