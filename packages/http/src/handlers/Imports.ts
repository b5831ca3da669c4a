import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import { Imports as ImportJobs, type Preview } from "@finance/core/imports/Imports"
import { type Language, languageOf } from "@finance/core/ledger/Explanation"
import { toNumber } from "@finance/core/money/Money"
import * as Rows from "@finance/core/read-models/Imports"
import { withPerson } from "@finance/core/read-models/Person"
import { maxBytes, StatementRefused } from "@finance/core/statements/Statement"
import * as Answers from "../Answers.ts"
import { unbroken } from "../Breakdown.ts"
import { Api } from "../contract/Api.ts"
import type { ImportPreview } from "../contract/Imports.ts"
import { CurrentPerson } from "../contract/Middleware.ts"
import { StatementNotTaken, TooLarge } from "../contract/Problem.ts"
import { bodyOf } from "../Strictness.ts"
import * as ImportReason from "./ImportReason.ts"
import { openAccountOf } from "./OpenAccount.ts"
import * as Refusal from "./Refusal.ts"

const preview = ({ statement, counts, rows }: Preview, currency: string, language: Language): typeof ImportPreview.Type => ({
  format: statement.format,
  preset: statement.preset,
  currency,
  rows_total: statement.rows_total,
  rows_new: counts.new,
  rows_duplicate: counts.duplicate,
  rows_review: counts.review,
  rows_rejected: counts.rejected,
  rows_skipped: counts.skipped,
  closing_balance:
    statement.closing_balance === null
      ? null
      : { on: statement.closing_balance.on, amount: toNumber(statement.closing_balance.amount, currency) },
  rows: rows.map(({ row, verdict, reason }) => ({
    line: row.line,
    verdict,
    reason: ImportReason.told(reason, language),
    booking_date: row._tag === "Line" ? row.booking_date : null,
    amount: row._tag === "Line" ? toNumber(row.amount, currency) : null,
    description: row._tag === "Line" ? row.description : null,
    raw: row.raw
  }))
})

const refused = <A, E, R>(effect: Effect.Effect<A, E | StatementRefused, R>) =>
  Effect.catchIf(
    effect,
    (error) => error instanceof StatementRefused,
    ({ reason, detail }) =>
      Effect.fail(
        reason === "too-large" ? new TooLarge({ max_bytes: maxBytes, detail }) : new StatementNotTaken({ code: reason, detail })
      )
  )

export const layer = HttpApiBuilder.group(
  Api,
  "imports",
  Effect.fn(function* (handlers) {
    const jobs = yield* ImportJobs
    const find = Effect.fnUntraced(function* (id: string) {
      const { user_id } = yield* CurrentPerson
      const row = yield* unbroken(withPerson(user_id, Rows.find(id)))
      return row ?? (yield* Refusal.missing("import"))
    })
    return handlers
      .handleRaw(
        "start",
        Effect.fn("Imports.start")(function* ({ request, params, query }) {
          const { user_id } = yield* CurrentPerson
          const account = yield* openAccountOf(user_id, params.id)
          const content = new Uint8Array(yield* Effect.catchTag(bodyOf(request, maxBytes), "MalformedRequest", Effect.die))
          const upload = { owner_id: user_id, account, filename: query.filename ?? null, content }
          if (query.dry_run === "true") {
            const language = languageOf(request.headers["accept-language"])
            return preview(yield* unbroken(refused(jobs.preview(upload))), account.currency, language)
          }
          const import_id = yield* jobs.start(upload).pipe(
            Effect.catchTag("ImportRunning", () =>
              Effect.fail(
                Refusal.conflict("import-running", "The account is taking a statement in already: wait until it is done")
              )
            ),
            refused,
            unbroken
          )
          return { import_id }
        })
      )
      .handleAll({
        list: Effect.fn("Imports.list")(function* ({ query }) {
          const { user_id } = yield* CurrentPerson
          return (yield* unbroken(withPerson(user_id, Rows.list(query.limit ?? 50)))).map(Answers.imported)
        }),
        find: Effect.fn("Imports.find")(function* ({ params }) {
          return Answers.imported(yield* find(params.id))
        }),
        rows: Effect.fn("Imports.rows")(function* ({ params, query }) {
          const { user_id } = yield* CurrentPerson
          const { headers } = yield* HttpServerRequest.HttpServerRequest
          yield* find(params.id)
          const rows = yield* unbroken(
            withPerson(user_id, Rows.rows(params.id, query.page ?? 1, query.limit ?? 100, query.verdict))
          )
          const language = languageOf(headers["accept-language"])
          return rows.map(({ line, verdict, reason, transaction_id }) => ({
            line,
            verdict,
            reason: ImportReason.told(reason, language),
            ...(transaction_id !== null && { transaction_id })
          }))
        })
      })
  })
)
