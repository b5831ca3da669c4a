import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as ProcessorStatus from "@finance/core/read-models/ProcessorStatus"
import { unbroken } from "../Breakdown.ts"
import { Api } from "../contract/Api.ts"
import { CurrentPerson } from "../contract/Middleware.ts"
import { Forbidden } from "../contract/Problem.ts"

export const layer = HttpApiBuilder.group(
  Api,
  "processors",
  Effect.fn(function* (handlers) {
    return handlers.handleAll({
      list: Effect.fn("Processors.list")(function* () {
        const { roles } = yield* CurrentPerson
        if (!roles.includes("operator")) return yield* new Forbidden({ detail: "Only the operator may look at the programs" })
        const all = yield* unbroken(ProcessorStatus.list)
        return all.map(({ partitions, ...processor }) => ({
          ...processor,
          partitions: partitions.map(({ checkpoint, head, ...partition }) => ({
            ...partition,
            checkpoint: Number(checkpoint),
            head: Number(head)
          })),
          parked: 0
        }))
      })
    })
  })
)
