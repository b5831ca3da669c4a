import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import { Id } from "./Field.ts"
import { Authorization, Idempotency, Problems, Strictness } from "./Middleware.ts"
import { Conflict, NotFound, ValidationFailed } from "./Problem.ts"
import { Transaction } from "./Transactions.ts"

const params = { id: Id }

/** Moves between a person's own accounts, linked and unlinked by hand. */
export class Transfers extends HttpApiGroup.make("transfers")
  .add(
    HttpApiEndpoint.post("link", "/:id/transfer", {
      params,
      payload: Schema.Struct({ counterpart_id: Id }),
      success: Transaction,
      error: [NotFound, Conflict, ValidationFailed]
    }),
    /** The two are not linked again but by hand. */
    HttpApiEndpoint.delete("unlink", "/:id/transfer", { params, error: NotFound })
  )
  .middleware(Strictness)
  .middleware(Idempotency)
  .middleware(Authorization)
  .middleware(Problems)
  .prefix("/transactions") {}
