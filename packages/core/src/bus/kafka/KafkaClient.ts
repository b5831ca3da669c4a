/**
 * KafkaClient: kafkajs, set up so that a failure comes back within seconds and is dealt with here, and so that its log is ours.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Semaphore from "effect/Semaphore"
import { Kafka, type LogEntry, type RetryOptions, type SASLOptions } from "kafkajs"
import { readFileSync } from "node:fs"
import type { ConnectionOptions } from "node:tls"
import { EventBusMisconfigured } from "../EventBus.ts"
import * as KafkaTimers from "./KafkaTimers.ts"
import type { KafkaSettings, SaslSettings, TlsSettings } from "./KafkaSettings.ts"

/** Few and quick, with pauses that differ from process to process: whoever asked tries again in its own time. */
export const retry: RetryOptions = { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000, multiplier: 2, factor: 0.5 }

/** How long an answer may take. A server that is cut off is noticed after this time. */
export const requestTimeout = 5_000

/**
 * A maker of clients. A client of its own for each consumer: kafkajs keeps the places of a group by the group's name only, and two
 * members in one client would overwrite each other's.
 */
export const make = Effect.fnUntraced(function* (settings: KafkaSettings) {
  KafkaTimers.install()
  const fork = Effect.runForkWith(yield* Effect.context<never>())
  // All that matters of it comes back as a failure and is told once, by whoever deals with it.
  const log = ({ namespace, log: { message, timestamp: _, logger: __, ...details } }: LogEntry) =>
    void fork(Effect.logDebug(`kafkajs ${namespace}: ${message}`, details))
  const ssl = settings.tls && (yield* secrets(settings.tls))
  return () =>
    new Kafka({
      clientId: "finance",
      brokers: [...settings.brokers],
      connectionTimeout: 3_000,
      authenticationTimeout: requestTimeout,
      requestTimeout,
      retry,
      logCreator: () => log,
      ...(ssl !== undefined && { ssl }),
      ...(settings.sasl !== undefined && { sasl: saslOf(settings.sasl) })
    })
})

const saslOf = ({ mechanism, username, password }: SaslSettings): SASLOptions => ({
  mechanism,
  username,
  password: Redacted.value(password)
})

const secrets = (tls: TlsSettings) => {
  const read = (name: string, path: string | undefined) =>
    Effect.try({
      try: () => (path === undefined ? undefined : readFileSync(path)),
      catch: (error) =>
        new EventBusMisconfigured({
          transport: "kafka",
          problem: `${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
          advice: "Give it the path of a file in PEM form that this user may read"
        })
    })
  return Effect.map(
    Effect.all({
      ca: read("KAFKA_SSL_CA", tls.ca),
      cert: read("KAFKA_SSL_CERT", tls.certificate),
      key: read("KAFKA_SSL_KEY", tls.key)
    }),
    (files) => Object.fromEntries(Object.entries(files).filter(([, file]) => file !== undefined)) as ConnectionOptions
  )
}

/** What producers, consumers and administrators have in common. */
interface Client {
  connect(): Promise<void>
  disconnect(): Promise<void>
}

/** Asks kafkajs for something. Fails with what it fails with. */
export const ask = <A>(request: () => Promise<A>): Effect.Effect<A, unknown> =>
  Effect.tryPromise({ try: request, catch: (error) => error })

/** Lets go of a client; one whose broker is gone cannot be let go in order. */
export const disconnect = (client: Client): Effect.Effect<void> =>
  ask(() => client.disconnect()).pipe(Effect.timeoutOption("5 seconds"), Effect.ignore)

/**
 * A client that is connected when first needed, used by one at a time, and given up for a new one when anything fails on it. An idempotent
 * producer must be: after a failure kafkajs numbers the next records as it did the last ones, and the broker would take them for repeats.
 */
export const kept = Effect.fnUntraced(function* <A extends Client>(make: () => A) {
  const turn = yield* Semaphore.make(1)
  let current: A | undefined
  const giveUp = Effect.suspend(() => {
    const left = current
    current = undefined
    return left === undefined ? Effect.void : disconnect(left)
  })
  yield* Effect.addFinalizer(() => giveUp)
  const connected = Effect.suspend(() => {
    if (current !== undefined) return Effect.succeed(current)
    const client = (current = make())
    return Effect.as(
      ask(() => client.connect()),
      client
    )
  })
  // What has been sent cannot be called back, so nobody else may send before it is known what became of it.
  return <B>(use: (client: A) => Promise<B>): Effect.Effect<B, unknown> =>
    Effect.flatMap(connected, (client) => ask(() => use(client))).pipe(
      Effect.onError(() => giveUp),
      Effect.uninterruptible,
      turn.withPermits(1)
    )
})
