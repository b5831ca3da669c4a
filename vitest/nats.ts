import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { TestProject } from "vitest/node"
import * as Compose from "../deploy/brokers/Compose.ts"
import * as NatsServer from "../deploy/brokers/NatsServer.ts"

declare module "vitest" {
  interface ProvidedContext {
    natsUrl: string
  }
}

/** NATS_VERSION asks for a version, which is then always a local server. */
const boot = Effect.gen(function* () {
  const version = process.env["NATS_VERSION"]
  if (version === undefined && (yield* Compose.answers)) return `nats://${yield* Compose.start("nats")}`
  const { url } = yield* NatsServer.start(version === undefined ? {} : { version })
  return url
})

/** One throwaway nats-server for a run of the tests, or the one of NATS_URL. */
export default async function setup(project: TestProject) {
  const outside = process.env["NATS_URL"]
  const scope = Scope.makeUnsafe()
  project.provide("natsUrl", outside ?? (await Effect.runPromise(Scope.provide(boot, scope))))
  return () => Effect.runPromise(Scope.close(scope, Exit.void))
}
