import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import { CategoryOrNone, CategorySource } from "@finance/core/ledger/Category"
import { Alternative } from "@finance/core/ledger/Transaction"
import { Currency } from "@finance/core/money/Currency"
import { Amount, Text } from "./Field.ts"
import { Authorization, Idempotency, Problems, Strictness } from "./Middleware.ts"
import { ValidationFailed } from "./Problem.ts"
import { ToldExplanation } from "./Transactions.ts"

export const Preview = Schema.Struct({
  lines: Schema.Array(Schema.Struct({ description: Text(500), amount: Amount, currency: Schema.optionalKey(Currency) })).check(
    Schema.isMaxLength(1_000)
  )
})

export const PreviewedLine = Schema.Struct({
  category: CategoryOrNone,
  confidence: Schema.Number,
  source: CategorySource,
  merchant_name: Schema.NullOr(Schema.String),
  /** UTF-16 offsets in the description, end exclusive. */
  merchant_span: Schema.NullOr(Schema.Tuple([Schema.Int, Schema.Int])),
  alternatives: Schema.Array(Alternative),
  explanation: ToldExplanation
})

export const Stats = Schema.Struct({
  transactions: Schema.Int,
  needs_review: Schema.Int,
  review_rate: Schema.Number,
  by_category: Schema.Array(
    Schema.Struct({
      category: CategoryOrNone,
      transactions: Schema.Int,
      needs_review: Schema.Int,
      average_confidence: Schema.Number,
      corrections: Schema.Int
    })
  )
})

export class Categorization extends HttpApiGroup.make("categorizer")
  .add(
    HttpApiEndpoint.post("preview", "/preview", {
      payload: Preview,
      success: Schema.Struct({ results: Schema.Array(PreviewedLine) }),
      error: ValidationFailed
    }),
    HttpApiEndpoint.get("stats", "/stats", { success: Stats })
  )
  .middleware(Strictness)
  .middleware(Idempotency)
  .middleware(Authorization)
  .middleware(Problems)
  .prefix("/categorizer") {}
