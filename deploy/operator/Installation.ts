/**
 * Installation: the database and the data directory of a tracker, for what its operator does beside it.
 *
 *   DATABASE_URL set   that database; the tracker may be running
 *   else               the one in DATA_DIR/postgres, started for this alone: the tracker has to be stopped
 */
import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { DataDirectory } from "@finance/core/database/DataDirectory"
import { Database } from "@finance/core/database/Database"
import { DatabaseUnusable } from "@finance/core/database/DatabaseUnusable"
import * as EmbeddedPostgres from "@finance/core/database/EmbeddedPostgres"
import * as Migrations from "@finance/core/database/Migrations"

const path = Config.String("DATA_DIR").pipe(Config.withDefault(".data"))

const embedded = (directory: string) =>
  existsSync(join(directory, "postgres"))
    ? EmbeddedPostgres.layer.pipe(Layer.provideMerge(DataDirectory.layer(directory)))
    : Layer.effect(
        Database,
        new DatabaseUnusable({
          reason: "not-permitted",
          problem: `There is no tracker's database in ${resolve(directory)}`,
          advice: "Set DATA_DIR to where the tracker keeps its data, or DATABASE_URL to its database"
        })
      ).pipe(Layer.provideMerge(DataDirectory.layerShared(directory)))

/** The database and the data directory. Makes neither where there is none. */
export const layer = Layer.unwrap(
  Effect.gen(function* () {
    const directory = yield* path
    const url = yield* Config.option(Config.Redacted("DATABASE_URL"))
    return url._tag === "Some"
      ? Layer.merge(Database.layerUrl(url.value), DataDirectory.layerShared(directory))
      : embedded(directory)
  })
)

/** Fails where an older version wrote the database. */
export const checkSchema = Effect.gen(function* () {
  if (yield* Migrations.isCurrent) return
  return yield* new DatabaseUnusable({
    reason: "other-version",
    problem: "An older version of the tracker wrote this database",
    advice: "Start this version of the tracker once: it brings the database up to date, and seals what is not sealed yet"
  })
})

/** What the operator can do something about says what; of anything else, the whole cause is told. */
const wordsFor = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  if (error instanceof DatabaseUnusable && error.reason === "in-use") {
    return `${error.problem}. Stop it, run this again, and start it afterwards`
  }
  return error instanceof Error && "_tag" in error ? error.message : Cause.pretty(cause)
}

/** Runs it to its end; what it fails with is told in words, and the exit status is 1. */
export const run = <E>(program: Effect.Effect<void, E>) =>
  program.pipe(
    Effect.tapCause((cause) => Console.error(wordsFor(cause))),
    Effect.provide(Logger.layer([Logger.consoleJson])),
    NodeRuntime.runMain({ disableErrorReporting: true })
  )
