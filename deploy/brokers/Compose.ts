/**
 * Compose: the brokers of `compose.yml`, where a Docker engine answers. Each service started is a project of its own, removed with all its
 * data when the scope closes.
 */
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import * as ServerProcess from "./ServerProcess.ts"

/** Whether there is an engine to ask, and a `docker compose` to ask it with. */
export const answers = Effect.gen(function* () {
  yield* docker(["compose", "version"], {})
  yield* docker(["info"], {})
  return true
}).pipe(
  Effect.timeout("10 seconds"),
  Effect.orElseSucceed(() => false)
)

const ports = { kafka: "KAFKA_PORT", nats: "NATS_PORT" } as const

/** Starts a broker, healthy when this returns, and answers with its address. */
export const start = Effect.fn("Compose.start")(function* (service: keyof typeof ports) {
  const port = yield* ServerProcess.freePort
  const file = fileURLToPath(new URL("compose.yml", import.meta.url))
  const project = ["compose", "--file", file, "--project-name", `finance-${service}-${port}`]
  const environment = { [ports[service]]: String(port) }
  yield* Effect.acquireRelease(docker([...project, "up", "--detach", "--wait", service], environment), () =>
    Effect.orDie(docker([...project, "down", "--volumes"], environment))
  )
  return `127.0.0.1:${port}`
})

const docker = (args: ReadonlyArray<string>, environment: Readonly<Record<string, string>>) =>
  Effect.callback<void, ServerProcess.ServerFailed>((resume) => {
    const child = execFile("docker", args, { env: { ...process.env, ...environment } }, (error, stdout, stderr) =>
      resume(
        error === null
          ? Effect.void
          : Effect.fail(
              new ServerProcess.ServerFailed({
                server: "Docker",
                problem: `docker ${args.join(" ")} failed: ${`${stdout}${stderr}`.trim() || error.message}`,
                advice: "Stop the engine, and a local server is used instead"
              })
            )
      )
    )
    return Effect.sync(() => child.kill())
  })
