import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import { Category } from "@finance/core/ledger/Category"
import { Amount, Id, Name } from "./Field.ts"
import { Authorization, Idempotency, Problems, Strictness } from "./Middleware.ts"
import { NotFound, ValidationFailed } from "./Problem.ts"

/** All that are given must hold, and at least one is. Amounts are inclusive bounds, negative for money out. */
export const Match = Schema.Struct({
  text: Schema.optionalKey(Name(200)),
  merchant: Schema.optionalKey(Name(200)),
  min_amount: Schema.optionalKey(Amount),
  max_amount: Schema.optionalKey(Amount)
}).check(Schema.makeFilter((match) => Object.keys(match).length > 0 || "Expected something to match"))

export const NewRule = Schema.Struct({
  name: Name(100),
  match: Match,
  category: Category,
  merchant_name: Schema.optionalKey(Name(200))
})
export type NewRule = typeof NewRule.Type

export const Rule = Schema.Struct({ id: Schema.String, ...NewRule.fields })
export type Rule = typeof Rule.Type

export const ChangedRule = Schema.Struct({
  name: Schema.optionalKey(Name(100)),
  match: Schema.optionalKey(Match),
  category: Schema.optionalKey(Category),
  merchant_name: Schema.optionalKey(Schema.NullOr(Name(200)))
})

/** A person's own rules, asked in the order they were written, for lines that come from then on. */
export class Rules extends HttpApiGroup.make("rules")
  .add(
    HttpApiEndpoint.get("list", "/", { success: Schema.Array(Rule) }),
    HttpApiEndpoint.post("add", "/", {
      payload: NewRule,
      success: Rule.pipe(HttpApiSchema.status(201)),
      error: ValidationFailed
    }),
    HttpApiEndpoint.patch("change", "/:id", {
      params: { id: Id },
      payload: ChangedRule,
      success: Rule,
      error: [NotFound, ValidationFailed]
    }),
    HttpApiEndpoint.delete("remove", "/:id", { params: { id: Id }, error: NotFound })
  )
  .middleware(Strictness)
  .middleware(Idempotency)
  .middleware(Authorization)
  .middleware(Problems)
  .prefix("/rules") {}
