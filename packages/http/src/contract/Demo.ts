import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import { Authorization, Idempotency, Problems, Strictness } from "./Middleware.ts"
import { Conflict } from "./Problem.ts"

/** 24 months of a household that does not exist, by the same way as everything else: accounts, budgets, and statements taken in. */
export class Demo extends HttpApiGroup.make("demo")
  .add(
    HttpApiEndpoint.post("load", "/demo", {
      success: Schema.Struct({
        imports: Schema.Array(Schema.Struct({ import_id: Schema.String, account_id: Schema.String }))
      }).pipe(HttpApiSchema.status(202)),
      error: Conflict
    })
  )
  .middleware(Strictness)
  .middleware(Idempotency)
  .middleware(Authorization)
  .middleware(Problems) {}
