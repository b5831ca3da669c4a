/**
 * ServerProcess: a server that the tests start, kill and start again, on the same data and the same ports. What it prints goes to a file.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { type ChildProcess, spawn } from "node:child_process"
import { closeSync, openSync, readFileSync } from "node:fs"
import { createServer } from "node:net"

export class ServerFailed extends Schema.TaggedError<ServerFailed>()("ServerFailed", {
  server: Schema.String,
  problem: Schema.String,
  advice: Schema.String
}) {
  override get message() {
    return `${this.server}: ${this.problem}. ${this.advice}`
  }
}

export interface Recipe {
  readonly name: string
  readonly command: string
  readonly args: ReadonlyArray<string>
  /** Where its output goes; each start adds to it. */
  readonly log: string
  /** A real request, which succeeds once the server is ready: a port that is bound says nothing. */
  readonly probe: Effect.Effect<void, unknown>
}

export interface ServerProcess {
  /** Changes with every start. */
  readonly pid: Effect.Effect<number>
  /** Ends it as a power cut does. */
  readonly kill: Effect.Effect<void>
  readonly stop: Effect.Effect<void>
  /** Starts it again, and returns when it is ready. */
  readonly start: Effect.Effect<void, ServerFailed>
}

/** Starts the server, ready when this returns; stopped when the scope closes. */
export const start = Effect.fn("ServerProcess.start")(function* (recipe: Recipe) {
  let child: ChildProcess | undefined
  const isAlive = () => child?.pid !== undefined && child.exitCode === null && child.signalCode === null
  const gone = Effect.sync(() => !isAlive()).pipe(
    Effect.repeat({ until: (isGone) => isGone, schedule: Schedule.spaced("10 millis") })
  )
  // The net under a run that ends without closing its scopes.
  const killAtExit = () => void child?.kill("SIGKILL")
  yield* Effect.acquireRelease(
    Effect.sync(() => process.on("exit", killAtExit)),
    () => Effect.sync(() => process.off("exit", killAtExit))
  )

  const launch = Effect.sync(() => {
    const log = openSync(recipe.log, "a")
    child = spawn(recipe.command, recipe.args, { stdio: ["ignore", log, log] })
    child.on("error", () => {})
    closeSync(log)
  })
  const failed = (problem: string) =>
    new ServerFailed({
      server: recipe.name,
      problem,
      advice: `The end of its log, ${recipe.log}:\n${readFileSync(recipe.log, "utf8").split("\n").slice(-20).join("\n")}`
    })
  const ready = Effect.suspend(() =>
    isAlive()
      ? Effect.mapError(recipe.probe, () => "not ready" as const)
      : Effect.fail(child?.pid === undefined ? ("not there" as const) : ("ended" as const))
  ).pipe(
    Effect.retry({ schedule: Schedule.spaced("100 millis"), while: (reason) => reason === "not ready" }),
    Effect.mapError((reason) => failed(reason === "not there" ? `${recipe.command} cannot be run` : "it ended while starting")),
    Effect.timeoutOrElse({ duration: "60 seconds", orElse: () => Effect.fail(failed("it was not ready within a minute")) })
  )
  const kill = Effect.andThen(
    Effect.sync(() => void child?.kill("SIGKILL")),
    gone
  )
  const stop = Effect.gen(function* () {
    child?.kill("SIGTERM")
    if (Option.isNone(yield* Effect.timeoutOption(gone, "15 seconds"))) yield* kill
  })
  const again = Effect.andThen(launch, ready)

  yield* Effect.addFinalizer(() => stop)
  yield* again
  return {
    pid: Effect.sync(() => child!.pid!),
    kill: Effect.asVoid(kill),
    stop,
    start: again
  } satisfies ServerProcess
})

/** A port that nothing listens on now. */
export const freePort = Effect.callback<number>((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
  })
})
