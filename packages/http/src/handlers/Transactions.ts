import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { Categorizer } from "@finance/core/categorizer/Categorizer"
import { knowledgeOf } from "@finance/core/categorizer/PersonKnowledge"
import { carryOut, type Decider } from "@finance/core/event-store/Decider"
import type { Category } from "@finance/core/ledger/Category"
import * as Transaction from "@finance/core/ledger/Transaction"
import { fromNumber } from "@finance/core/money/Money"
import { caughtUp } from "@finance/core/read-models/Freshness"
import { withPerson } from "@finance/core/read-models/Person"
import * as Rows from "@finance/core/read-models/Transactions"
import * as Answers from "../Answers.ts"
import { unbroken } from "../Breakdown.ts"
import { Api } from "../contract/Api.ts"
import { CurrentPerson } from "../contract/Middleware.ts"
import { newIdFor } from "../Idempotency.ts"
import { whenOf } from "./Clock.ts"
import { openAccountOf } from "./OpenAccount.ts"
import { ownStream } from "./OwnStream.ts"
import * as PageCursor from "./PageCursor.ts"
import * as Refusal from "./Refusal.ts"
import { language, told } from "./ToldTransaction.ts"
import { historyEntry } from "./TransactionHistory.ts"

/** A transaction that is created and categorised at once: both events, or neither. */
interface CreateCategorized {
  readonly create: Transaction.Create
  readonly categorize: Transaction.Categorize
}

const creation: Decider<
  Transaction.Transaction | null,
  CreateCategorized,
  Transaction.TransactionEvent,
  Transaction.TransactionRefused
> = {
  ...Transaction.decider,
  decide: (state, { create, categorize }) =>
    Result.flatMap(Transaction.decide(state, create), (created) =>
      Result.map(
        Transaction.decide(
          created.reduce<Transaction.Transaction | null>((state, event) => Transaction.evolve(state, event), state),
          categorize
        ),
        (categorized) => [...created, ...categorized]
      )
    )
}

const refused = ({ reason }: Transaction.TransactionRefused) => {
  switch (reason) {
    case "not-found":
    case "deleted":
      return Refusal.missing("transaction")
    case "zero-amount":
      return Refusal.field("amount", "Expected an amount other than zero")
    case "empty-description":
      return Refusal.field("description", "Expected some text")
    case "already-exists":
    case "not-deleted":
    case "linked":
    case "same-account":
    case "parted":
    case "filed":
      return Refusal.conflict(reason, `The transaction is refused: ${reason.replaceAll("-", " ")}`)
  }
}

const change = Effect.fnUntraced(function* (id: string, command: Transaction.TransactionCommand) {
  const { user_id } = yield* CurrentPerson
  yield* ownStream(user_id, id, "transaction")
  const { position } = yield* carryOut(
    Transaction.decider,
    { stream_id: id, owner_id: user_id, metadata: { actor: user_id } },
    command
  ).pipe(
    Effect.catchTag("TransactionRefused", (error) => Effect.fail(refused(error))),
    unbroken
  )
  if (position !== null) yield* unbroken(caughtUp(user_id, position))
  return user_id
})

const opinionOn = Effect.fnUntraced(function* (
  owner_id: string,
  line: { readonly description: string; readonly amount: bigint; readonly currency: string },
  chosen: Category | undefined
) {
  const categorizer = yield* Categorizer
  const knowledge = yield* unbroken(withPerson(owner_id, knowledgeOf(owner_id)))
  const [said] = yield* categorizer.categorize([line], knowledge)
  const { category, confidence, source, merchant_name, explanation, alternatives } = said!
  const opinion: Transaction.Categorize = {
    command: "Categorize",
    category,
    confidence,
    source,
    merchant_name,
    explanation,
    alternatives
  }
  return chosen === undefined
    ? opinion
    : { ...opinion, category: chosen, confidence: 1, source: "user" as const, explanation: { code: "category.user", params: {} } }
})

export const layer = HttpApiBuilder.group(
  Api,
  "transactions",
  Effect.fn(function* (handlers) {
    return handlers.handleAll({
      list: Effect.fn("Transactions.list")(function* ({ query }) {
        const { user_id } = yield* CurrentPerson
        const { page = 1, limit = 50, cursor, needs_review, ...others } = query
        const filter: Rows.Filter = { ...others, ...(needs_review !== undefined && { needs_review: needs_review === "true" }) }
        const after = cursor === undefined ? null : PageCursor.decode(cursor)
        if (cursor !== undefined && after === null)
          return yield* Refusal.parameter("cursor", "Expected the next_cursor of a page")
        const place: Rows.Place = after === null ? { page } : { after }
        const { transactions, more, total } = yield* unbroken(withPerson(user_id, Rows.page(filter, place, limit)))
        const spoken = yield* language
        return {
          transactions: transactions.map((row) => Answers.transaction(row, spoken)),
          page,
          limit,
          total,
          next_cursor: more ? PageCursor.encode(transactions.at(-1)!) : null
        }
      }),
      create: Effect.fn("Transactions.create")(function* ({ payload }) {
        const { user_id } = yield* CurrentPerson
        const account = yield* openAccountOf(user_id, payload.account_id)
        const { currency } = account
        if (payload.currency !== undefined && payload.currency !== currency) {
          return yield* Refusal.field("currency", `Expected ${currency}, the currency of the account`)
        }
        const amount = yield* Effect.fromResult(
          Result.mapError(fromNumber(payload.amount, currency), Refusal.amount("amount", currency))
        )
        const description = payload.description.trim()
        const categorize = yield* opinionOn(user_id, { description, amount, currency }, payload.category)
        const { id, mayExist } = yield* unbroken(newIdFor(user_id))
        const { at, day } = whenOf(payload.occurred_at)
        const create: Transaction.Create = {
          command: "Create",
          transaction_id: id,
          account_id: account.id,
          amount,
          currency,
          description,
          occurred_at: at,
          booking_date: day,
          value_date: null,
          external_id: null,
          source: "manual",
          import_id: null,
          raw_data: null
        }
        const { position } = yield* carryOut(
          creation,
          { stream_id: id, owner_id: user_id, metadata: { actor: user_id }, occurred_at: new Date(at) },
          { create, categorize }
        ).pipe(
          Effect.catchTag("TransactionRefused", (error) =>
            mayExist && error.reason === "already-exists" ? Effect.succeed({ position: null }) : Effect.fail(refused(error))
          ),
          unbroken
        )
        if (position !== null) yield* unbroken(caughtUp(user_id, position))
        return yield* told(user_id, id)
      }),
      find: Effect.fn("Transactions.find")(function* ({ params }) {
        const { user_id } = yield* CurrentPerson
        const row = yield* unbroken(withPerson(user_id, Rows.find(params.id)))
        return row === null ? yield* Refusal.missing("transaction") : Answers.transaction(row, yield* language)
      }),
      update: Effect.fn("Transactions.update")(function* ({ params, payload }) {
        const { description, merchant_name, occurred_at, notes, tags } = payload
        const user_id = yield* change(params.id, {
          command: "Update",
          description: description?.trim(),
          merchant_name: merchant_name?.trim() ?? merchant_name,
          occurred_at: occurred_at === undefined ? undefined : whenOf(occurred_at),
          notes,
          tags
        })
        return yield* told(user_id, params.id)
      }),
      categorize: Effect.fn("Transactions.categorize")(function* ({ params, payload }) {
        const { user_id } = yield* CurrentPerson
        yield* change(params.id, { command: "Override", category: payload.category, user_id })
        return yield* told(user_id, params.id)
      }),
      history: Effect.fn("Transactions.history")(function* ({ params }) {
        const { user_id } = yield* CurrentPerson
        const spoken = yield* language
        return (yield* ownStream(user_id, params.id, "transaction")).map((event) => historyEntry(event, spoken))
      }),
      remove: Effect.fn("Transactions.remove")(function* ({ params }) {
        yield* change(params.id, { command: "Delete" })
      }),
      restore: Effect.fn("Transactions.restore")(function* ({ params }) {
        const user_id = yield* change(params.id, { command: "Restore" })
        return yield* told(user_id, params.id)
      })
    })
  })
)
