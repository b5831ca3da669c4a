/**
 * `npm run verify`: whether the log is as it was sealed, and every read model what the log makes of it, to the øre. Exit status 1, and the
 * first bad position or the first difference, where it is not. In the database of DATABASE_URL the tracker may go on running meanwhile.
 *
 *   npm run verify -- --head HASH     and whether it still holds the head that an earlier run told of
 */
import { parseArgs } from "node:util"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { Database } from "@finance/core/database/Database"
import { Signals } from "@finance/core/database/Signals"
import { EventCodec } from "@finance/core/event-store/EventCodec"
import { MasterKey } from "@finance/core/event-store/MasterKey"
import { proveMasterKey, Vault } from "@finance/core/event-store/Vault"
import { verify } from "@finance/core/event-store/Verification"
import { reconcile } from "@finance/processors/reconciliation/Reconciliation"
import * as Installation from "./Installation.ts"

const Head = Schema.UndefinedOr(
  Schema.String.check(
    Schema.isPattern(/^[0-9a-f]{64}$/u, { message: "--head takes the 64 hexadecimal digits that an earlier run told of" })
  )
)

const { values } = parseArgs({ options: { head: { type: "string" } } })

/** The log is verified without any key; what it says is read with everybody's. */
const keys = EventCodec.layer.pipe(
  Layer.provideMerge(Layer.effectDiscard(proveMasterKey)),
  Layer.provideMerge(Vault.layer),
  Layer.provide([MasterKey.layer, Signals.layer])
)

const program = Effect.gen(function* () {
  const asked = yield* Schema.decodeUnknownEffect(Head)(values.head)
  yield* Installation.checkSchema
  const { events, seals, upTo, unsealed, head } = yield* verify(asked)
  yield* Console.log(
    `The log is as it was sealed, up to position ${upTo} (events: ${events}, seals: ${seals}). Not sealed yet: ${unsealed}. Head: ${head}`
  )
  const { people, events: read, rows } = yield* Effect.provide(reconcile(), keys)
  yield* Console.log(`The read models are what the log makes of them (people: ${people}, events: ${read}, rows: ${rows})`)
}).pipe(Effect.provide(Database.projector.pipe(Layer.provideMerge(Installation.layer))))

Installation.run(program)
