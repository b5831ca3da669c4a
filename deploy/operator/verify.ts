/**
 * `npm run verify`: whether the log is as it was sealed. Exit status 1, and the first bad position, where it is not.
 *
 *   npm run verify -- --head HASH     and whether it still holds the head that an earlier run told of
 */
import { parseArgs } from "node:util"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { Database } from "@finance/core/database/Database"
import { verify } from "@finance/core/event-store/Verification"
import * as Installation from "./Installation.ts"

const Head = Schema.UndefinedOr(
  Schema.String.check(
    Schema.isPattern(/^[0-9a-f]{64}$/u, { message: "--head takes the 64 hexadecimal digits that an earlier run told of" })
  )
)

const { values } = parseArgs({ options: { head: { type: "string" } } })

const program = Effect.gen(function* () {
  const asked = yield* Schema.decodeUnknownEffect(Head)(values.head)
  yield* Installation.checkSchema
  const { events, seals, upTo, unsealed, head } = yield* verify(asked)
  yield* Console.log(
    `The log is as it was sealed, up to position ${upTo} (events: ${events}, seals: ${seals}). Not sealed yet: ${unsealed}. Head: ${head}`
  )
}).pipe(Effect.provide(Database.projector.pipe(Layer.provide(Installation.layer))))

Installation.run(program)
