/**
 * `npm run rotate-master-key`: makes the next master key and wraps every person's key again under it. No event is rewritten. One that was
 * cut off is finished by running it again.
 *
 *   npm run rotate-master-key -- --remove-old     and removes the older master keys once nothing is wrapped by them
 */
import { rmSync } from "node:fs"
import { parseArgs } from "node:util"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Database } from "@finance/core/database/Database"
import { MasterKey } from "@finance/core/event-store/MasterKey"
import { rotate, type Rotation } from "@finance/core/event-store/MasterKeyRotation"
import * as Installation from "./Installation.ts"

const { values } = parseArgs({ options: { "remove-old": { type: "boolean", default: false } } })

const tellOfUnusable = ({ unusable }: Rotation) => {
  process.exitCode = 1
  return Console.error(
    `The keys of ${unusable.length} people do not open and stay under the older master key, which must stay too. ` +
      `Put their rows of data_keys back from a backup and run this again: ${unusable.slice(0, 20).join(" ")}`
  )
}

const tellOfObsolete = ({ obsolete }: Rotation) => {
  if (!values["remove-old"]) {
    return Console.log(
      `Nothing in this database is wrapped by the older ones any more. Backups from before this moment are: keep the older ones as long ` +
        `as those, elsewhere, then delete ${obsolete.join(" ")}`
    )
  }
  for (const file of obsolete) rmSync(file)
  return Console.log(`Removed, for nothing in this database is wrapped by them any more: ${obsolete.join(" ")}`)
}

const program = Effect.gen(function* () {
  yield* Installation.checkSchema
  const master = yield* MasterKey
  const rotation = yield* rotate
  const { version, rewrapped, unusable, obsolete } = rotation
  yield* Console.log(
    `Master key ${version} is the current one, and ${rewrapped} keys were wrapped again under it. Back it up now, elsewhere than the ` +
      `database: ${master.fileOf(version)}`
  )
  if (unusable.length > 0) yield* tellOfUnusable(rotation)
  else if (obsolete.length > 0) yield* tellOfObsolete(rotation)
}).pipe(Effect.provide(Layer.merge(MasterKey.layer, Database.migrator).pipe(Layer.provideMerge(Installation.layer))))

Installation.run(program)
