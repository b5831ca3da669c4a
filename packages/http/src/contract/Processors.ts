import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import { Authorization, Idempotency, Problems, Strictness } from "./Middleware.ts"
import { Forbidden } from "./Problem.ts"

export const Processor = Schema.Struct({
  name: Schema.String,
  version: Schema.Int,
  state: Schema.Literals(["starting", "running", "caught-up", "paused", "rebuilding", "failed"]),
  partitions: Schema.Array(
    Schema.Struct({
      partition: Schema.Int,
      checkpoint: Schema.Number,
      head: Schema.Number,
      lag_events: Schema.Int,
      lag_seconds: Schema.Number
    })
  ),
  /** Events a second, lately. */
  throughput: Schema.Number,
  parked: Schema.Int,
  last_error: Schema.NullOr(Schema.String)
})

export class Processors extends HttpApiGroup.make("processors")
  .add(HttpApiEndpoint.get("list", "/", { success: Schema.Array(Processor), error: Forbidden }))
  .middleware(Strictness)
  .middleware(Idempotency)
  .middleware(Authorization)
  .middleware(Problems)
  .prefix("/processors") {}
