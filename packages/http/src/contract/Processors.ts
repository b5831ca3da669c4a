import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import { Limit, Moment } from "./Field.ts"
import { Authorization, Idempotency, Problems, Strictness } from "./Middleware.ts"
import { Conflict, Forbidden, NotFound } from "./Problem.ts"

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
  /** While it is rebuilt: positions of the log passed, of those up to its end. */
  rebuild: Schema.optionalKey(Schema.Struct({ done: Schema.Number, total: Schema.Number })),
  last_error: Schema.NullOr(Schema.String)
})
export type Processor = typeof Processor.Type

/** An event that its program could not handle, or that waits behind such a one of its key. What it says is not told. */
export const ParkedEvent = Schema.Struct({
  partition: Schema.Int,
  /** The stream, or the person, whose events wait in order. */
  key: Schema.String,
  position: Schema.Number,
  event_id: Schema.String,
  stream_id: Schema.String,
  stream_type: Schema.String,
  type: Schema.String,
  /** Why it could not be handled; null for one that only waits. */
  error: Schema.NullOr(Schema.String),
  attempts: Schema.Int,
  parked_at: Moment,
  replay_requested_at: Schema.NullOr(Moment)
})

const params = {
  name: Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9-]{0,62}$/u, { message: "Expected a program's name" }))
}

const accepted = <S extends Schema.Top>(schema: S) => schema.pipe(HttpApiSchema.status(202))

const Wanted = Schema.Struct({ name: Schema.String, wanted: Schema.Literals(["paused", "running"]) })

export class Processors extends HttpApiGroup.make("processors")
  .add(
    HttpApiEndpoint.get("list", "/", { success: Schema.Array(Processor), error: Forbidden }),
    HttpApiEndpoint.post("pause", "/:name/pause", { params, success: accepted(Wanted), error: [Forbidden, NotFound] }),
    HttpApiEndpoint.post("resume", "/:name/resume", { params, success: accepted(Wanted), error: [Forbidden, NotFound] }),
    HttpApiEndpoint.post("rebuild", "/:name/rebuild", {
      params,
      success: accepted(Schema.Struct({ rebuild_id: Schema.String, state: Schema.Literals(["requested", "running"]) })),
      error: [Forbidden, NotFound, Conflict]
    }),
    HttpApiEndpoint.get("parked", "/:name/parked", {
      params,
      query: {
        cursor: Schema.optionalKey(Schema.String.check(Schema.isPattern(/^\d{1,18}$/u, { message: "Expected a cursor" }))),
        limit: Schema.optionalKey(Limit(500))
      },
      success: Schema.Struct({ parked: Schema.Array(ParkedEvent), limit: Schema.Int, next_cursor: Schema.NullOr(Schema.String) }),
      error: [Forbidden, NotFound]
    }),
    HttpApiEndpoint.post("replay", "/:name/parked/replay", {
      params,
      success: accepted(Schema.Struct({ events: Schema.Int })),
      error: [Forbidden, NotFound]
    })
  )
  .middleware(Strictness)
  .middleware(Idempotency)
  .middleware(Authorization)
  .middleware(Problems)
  .prefix("/processors") {}
