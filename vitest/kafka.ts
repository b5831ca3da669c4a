import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { TestProject } from "vitest/node"
import * as Compose from "../deploy/brokers/Compose.ts"
import * as KafkaServer from "../deploy/brokers/KafkaServer.ts"

declare module "vitest" {
  interface ProvidedContext {
    kafkaBootstrapServers: string
  }
}

/** KAFKA_VERSION asks for a version, which is then always a local server of the artifacts. */
const boot = Effect.gen(function* () {
  const version = process.env["KAFKA_VERSION"]
  if (version === undefined && (yield* Compose.answers)) return yield* Compose.start("kafka")
  const { bootstrapServers } = yield* KafkaServer.start(version === undefined ? {} : { version })
  return bootstrapServers
})

/** One throwaway Kafka for a run of the tests, or the one of KAFKA_BOOTSTRAP_SERVERS. */
export default async function setup(project: TestProject) {
  const outside = process.env["KAFKA_BOOTSTRAP_SERVERS"]
  const scope = Scope.makeUnsafe()
  project.provide("kafkaBootstrapServers", outside ?? (await Effect.runPromise(Scope.provide(boot, scope))))
  return () => Effect.runPromise(Scope.close(scope, Exit.void))
}
