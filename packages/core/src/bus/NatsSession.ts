/**
 * NatsSession: one connection to NATS for as long as it lasts, and all that hangs on it.
 *
 * The client does not reconnect: it would send on the new connection what it had not sent on the old one, so that the end of a batch came
 * before its middle. A broken connection ends everything that was asked of it, and the next who asks gets a new one.
 */
import { type JetStreamClient, jetstream, type JetStreamManager, jetstreamManager, StorageType } from "@nats-io/jetstream"
import { type KV, Kvm } from "@nats-io/kv"
import { connect, type ConnectionOptions, credsAuthenticator, type NatsConnection } from "@nats-io/transport-node"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { EventBusMisconfigured, EventBusUnavailable } from "./EventBus.ts"
import { ask, unavailable } from "./NatsFailure.ts"
import { leaseBucket, leaseMillis } from "./NatsLease.ts"

export type Login =
  | { readonly user: string; readonly password: Redacted.Redacted }
  | { readonly token: Redacted.Redacted }
  /** What a `.creds` file holds. */
  | { readonly credentials: Redacted.Redacted }

export interface Options {
  /** `host:port`; one of them is enough to find a cluster. */
  readonly servers: ReadonlyArray<string>
  readonly login?: Login
  /** Speaks TLS, and refuses a server that does not; with files in PEM form where the system's own authorities are not enough. */
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string }
  /** How many servers of a cluster keep each stream: 1, 3 or 5. */
  readonly replicas: number
  /** The operator says that the server syncs always; no client can ask. */
  readonly syncsAlways: boolean
}

export interface Session {
  readonly connection: NatsConnection
  readonly js: JetStreamClient
  readonly manager: JetStreamManager
  readonly leases: KV
  /** Whether the server takes atomic batches: from 2.12 on. */
  readonly takesBatches: boolean
  /** Fails when the connection is gone, and never returns. */
  readonly lost: Effect.Effect<never, EventBusUnavailable>
}

export type Sessions = Effect.Effect<Session, EventBusUnavailable | EventBusMisconfigured>

/** The session of now: the one that is open, or a new one. Closed with the scope. */
export const make = Effect.fnUntraced(function* (options: Options) {
  let current: Promise<Session> | undefined
  const open = async (): Promise<Session> => {
    try {
      const session = await openSession(options)
      void session.connection.closed().then(() => (current = undefined))
      return session
    } catch (error) {
      current = undefined
      throw error
    }
  }
  yield* Effect.addFinalizer(() =>
    Effect.promise(() => current?.then(({ connection }) => connection.close()).catch(() => {}) ?? Promise.resolve())
  )
  const session: Sessions = ask(() => (current ??= open()))
  return session
})

const openSession = async (options: Options): Promise<Session> => {
  const connection = await connect(connectionOptions(options))
  try {
    const manager = await jetstreamManager(connection)
    const { api } = await manager.getAccountInfo()
    const js = jetstream(connection)
    const leases = await new Kvm(js).create(leaseBucket, {
      ttl: leaseMillis,
      storage: StorageType.Memory,
      replicas: options.replicas
    })
    const lost = Effect.andThen(
      Effect.promise(() => connection.closed()),
      (cause) => Effect.fail(unavailable(`the connection is gone${cause instanceof Error ? `: ${cause.message}` : ""}`))
    )
    return { connection, js, manager, leases, lost, takesBatches: ((api as { level?: number }).level ?? 0) >= 2 }
  } catch (error) {
    await connection.close()
    throw error
  }
}

const connectionOptions = ({ servers, login, tls }: Options): ConnectionOptions => ({
  servers: [...servers],
  name: "finance tracker",
  reconnect: false,
  timeout: 5_000,
  // A server that hangs is noticed within half a minute.
  pingInterval: 10_000,
  maxPingOut: 2,
  // Else each request keeps a stack trace, the most costly part of it.
  noAsyncTraces: true,
  ...(tls !== undefined && { tls }),
  ...(login !== undefined && credentialsOf(login))
})

const credentialsOf = (login: Login): Partial<ConnectionOptions> => {
  if ("token" in login) return { token: Redacted.value(login.token) }
  if ("user" in login) return { user: login.user, pass: Redacted.value(login.password) }
  return { authenticator: credsAuthenticator(new TextEncoder().encode(Redacted.value(login.credentials))) }
}
