import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import { type NotRebuildable, type ParkedEvent, UnknownProcessor } from "@finance/core/processors/ProcessorControl"
import * as ProcessorControl from "@finance/core/processors/ProcessorControl"
import * as ProcessorStatus from "@finance/core/read-models/ProcessorStatus"
import * as Answers from "../Answers.ts"
import { unbroken } from "../Breakdown.ts"
import { Api } from "../contract/Api.ts"
import { CurrentPerson } from "../contract/Middleware.ts"
import { Conflict, Forbidden, NotFound } from "../contract/Problem.ts"

const operator = Effect.gen(function* () {
  const { roles } = yield* CurrentPerson
  if (!roles.includes("operator")) return yield* new Forbidden({ detail: "Only the operator may look after the programs" })
})

/** For the operator only; a program that there is not is not found. */
const commanded = <A, E, R>(command: Effect.Effect<A, E | UnknownProcessor, R>) =>
  Effect.andThen(
    operator,
    unbroken(command).pipe(
      Effect.catchIf(
        (error) => error instanceof UnknownProcessor,
        ({ message }) => Effect.fail(new NotFound({ detail: message }))
      )
    )
  )

const notRebuildable = ({ message }: NotRebuildable) => Effect.fail(new Conflict({ code: "not-rebuildable", detail: message }))

const parkedEvent = ({ position, parked_at, replay_requested_at, ...event }: ParkedEvent) => ({
  ...event,
  position: Number(position),
  parked_at: parked_at.toISOString(),
  replay_requested_at: replay_requested_at?.toISOString() ?? null
})

const parkedLimit = 100

export const layer = HttpApiBuilder.group(
  Api,
  "processors",
  Effect.fn(function* (handlers) {
    return handlers.handleAll({
      list: Effect.fn("Processors.list")(function* () {
        yield* operator
        return (yield* unbroken(ProcessorStatus.list)).map(Answers.processor)
      }),
      pause: Effect.fn("Processors.pause")(function* ({ params: { name } }) {
        yield* commanded(ProcessorControl.pause(name))
        return { name, wanted: "paused" as const }
      }),
      resume: Effect.fn("Processors.resume")(function* ({ params: { name } }) {
        yield* commanded(ProcessorControl.resume(name))
        return { name, wanted: "running" as const }
      }),
      rebuild: Effect.fn("Processors.rebuild")(function* ({ params: { name } }) {
        const command = Effect.catchTag(ProcessorControl.rebuild(name), "NotRebuildable", notRebuildable)
        const { id, state } = yield* commanded(command)
        return { rebuild_id: id, state }
      }),
      parked: Effect.fn("Processors.parked")(function* ({ params: { name }, query: { cursor = "0", limit = parkedLimit } }) {
        const rows = yield* commanded(ProcessorControl.parked(name, { after: BigInt(cursor), limit }))
        return {
          parked: rows.map(parkedEvent),
          limit,
          next_cursor: rows.length < limit ? null : String(rows.at(-1)!.position)
        }
      }),
      replay: Effect.fn("Processors.replay")(function* ({ params: { name } }) {
        return { events: yield* commanded(ProcessorControl.replayParked(name)) }
      })
    })
  })
)
