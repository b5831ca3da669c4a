/**
 * Account: a place where money is kept or owed, with the balance it was opened with. Its balance is that plus its transactions.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

// ---- Events ----

export const AccountType = Schema.Literals(["checking", "savings", "credit", "loan", "cash", "investment"])
export type AccountType = typeof AccountType.Type

export const AccountOpened = Schema.Struct({
  type: Schema.Literal("AccountOpened"),
  account_id: Schema.String,
  name: Schema.String,
  bank_name: Schema.String,
  account_type: AccountType,
  currency: Schema.String,
  opening_balance: Schema.BigIntFromString,
  opened_on: Schema.NullOr(Schema.String)
})
export type AccountOpened = typeof AccountOpened.Type

export const AccountRenamed = Schema.Struct({
  type: Schema.Literal("AccountRenamed"),
  account_id: Schema.String,
  old_name: Schema.String,
  new_name: Schema.String
})

export const AccountSynced = Schema.Struct({
  type: Schema.Literal("AccountSynced"),
  account_id: Schema.String,
  synced_at: Schema.String
})

export const AccountClosed = Schema.Struct({ type: Schema.Literal("AccountClosed"), account_id: Schema.String })

export const AccountEvent = Schema.Union([AccountOpened, AccountRenamed, AccountSynced, AccountClosed])
export type AccountEvent = typeof AccountEvent.Type

// ---- State ----

export interface Account {
  readonly id: string
  readonly name: string
  readonly currency: string
  readonly closed: boolean
}

export const evolve = (account: Account | null, event: AccountEvent): Account => {
  if (event.type === "AccountOpened") return { id: event.account_id, name: event.name, currency: event.currency, closed: false }
  if (account === null) throw new Error(`${event.type} of ${event.account_id} comes before its AccountOpened`)
  switch (event.type) {
    case "AccountRenamed":
      return { ...account, name: event.new_name }
    case "AccountSynced":
      return account
    case "AccountClosed":
      return { ...account, closed: true }
  }
}

// ---- Commands ----

export interface Open extends Omit<AccountOpened, "type"> {
  readonly command: "Open"
}

export type AccountCommand =
  | Open
  | { readonly command: "Rename"; readonly name: string }
  | { readonly command: "Sync"; readonly synced_at: string }
  | { readonly command: "Close" }

export class AccountRefused extends Schema.TaggedError<AccountRefused>()("AccountRefused", {
  reason: Schema.Literals(["already-exists", "not-found", "closed", "empty-name"])
}) {
  override get message() {
    return `The account refuses: ${this.reason.replaceAll("-", " ")}`
  }
}

const refuse = (reason: AccountRefused["reason"]) => Result.fail(new AccountRefused({ reason }))

export const decide = (
  account: Account | null,
  command: AccountCommand
): Result.Result<ReadonlyArray<AccountEvent>, AccountRefused> => {
  if (command.command === "Open") {
    const { command: _, ...fields } = command
    if (account !== null) return refuse("already-exists")
    if (fields.name.trim() === "" || fields.bank_name.trim() === "") return refuse("empty-name")
    return Result.succeed([{ type: "AccountOpened", ...fields }])
  }
  if (account === null) return refuse("not-found")
  if (account.closed) return refuse("closed")
  switch (command.command) {
    case "Rename":
      if (command.name.trim() === "") return refuse("empty-name")
      if (command.name === account.name) return Result.succeed([])
      return Result.succeed([{ type: "AccountRenamed", account_id: account.id, old_name: account.name, new_name: command.name }])
    case "Sync":
      return Result.succeed([{ type: "AccountSynced", account_id: account.id, synced_at: command.synced_at }])
    case "Close":
      return Result.succeed([{ type: "AccountClosed", account_id: account.id }])
  }
}

/** How an account is decided on, for whoever carries commands out. */
export const decider = { stream_type: "account" as const, initial: null as Account | null, evolve, decide }
