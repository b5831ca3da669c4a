import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as Budget from "@finance/core/budgets/Budget"
import { type DemoAccount, demoLedger } from "@finance/core/demo/DemoLedger"
import { carryOut } from "@finance/core/event-store/Decider"
import { Vault } from "@finance/core/event-store/Vault"
import { Imports } from "@finance/core/imports/Imports"
import * as Account from "@finance/core/ledger/Account"
import { monthOf } from "@finance/core/ledger/Day"
import * as Accounts from "@finance/core/read-models/Accounts"
import { withPerson } from "@finance/core/read-models/Person"
import { unbroken } from "../Breakdown.ts"
import { Api } from "../contract/Api.ts"
import { CurrentPerson } from "../contract/Middleware.ts"
import { today } from "./Clock.ts"
import * as Refusal from "./Refusal.ts"

const taken = () => Refusal.conflict("has-accounts", "The demo is for those who have no accounts yet")

const open = Effect.fnUntraced(function* (owner_id: string, account: DemoAccount) {
  const vault = yield* Vault
  const key = yield* unbroken(vault.keyOf(owner_id))
  // The same id each time, so that of two clicks at once one is refused.
  const account_id = key.streamIdOf(`demo/${account.name}`)
  const { name, bank_name, account_type, currency, opening_balance, opened_on } = account
  yield* carryOut(
    Account.decider,
    { stream_id: account_id, owner_id, metadata: { actor: owner_id } },
    { command: "Open", account_id, name, bank_name, account_type, currency, opening_balance, opened_on }
  ).pipe(
    Effect.mapError((error) => (error._tag === "AccountRefused" ? taken() : error)),
    unbroken
  )
  return account_id
})

const setBudgets = Effect.fnUntraced(function* (
  owner_id: string,
  budgets: ReturnType<typeof demoLedger>["budgets"],
  month: string
) {
  const vault = yield* Vault
  const key = yield* unbroken(vault.keyOf(owner_id))
  for (const { category, budget_amount } of budgets) {
    yield* carryOut(
      Budget.decider,
      { stream_id: key.streamIdOf(`budget/${category}`), owner_id, metadata: { actor: owner_id } },
      { command: "Set", category, amount: budget_amount, currency: "NOK", month }
    ).pipe(Effect.catchTag("BudgetRefused", Effect.die), unbroken)
  }
})

export const layer = HttpApiBuilder.group(
  Api,
  "demo",
  Effect.fn(function* (handlers) {
    const jobs = yield* Imports
    return handlers.handleAll({
      load: Effect.fn("Demo.load")(function* () {
        const { user_id } = yield* CurrentPerson
        if ((yield* unbroken(withPerson(user_id, Accounts.list))).length > 0) return yield* taken()
        const end = yield* today
        const ledger = demoLedger(end)
        const opened = yield* Effect.forEach(ledger.accounts, (account) =>
          Effect.map(open(user_id, account), (id) => ({ id, account }))
        )
        yield* setBudgets(user_id, ledger.budgets, monthOf(end))
        const imports = yield* Effect.forEach(opened, ({ id, account }) =>
          jobs
            .start({
              owner_id: user_id,
              account: { id, currency: account.currency },
              filename: `${account.name}.csv`,
              content: new TextEncoder().encode(account.statement)
            })
            .pipe(
              Effect.map((import_id) => ({ import_id, account_id: id })),
              Effect.catchTags({ ImportRunning: () => Effect.fail(taken()), StatementRefused: Effect.die }),
              unbroken
            )
        )
        return { imports }
      })
    })
  })
)
