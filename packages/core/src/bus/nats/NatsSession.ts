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
import { readFileSync } from "node:fs"
import type { EventBusMisconfigured, EventBusUnavailable } from "../EventBus.ts"
import { ask, unavailable } from "./NatsFailure.ts"
import { leaseBucket, leaseMillis } from "./NatsLease.ts"
import type { Login, NatsSettings, TlsSettings } from "./NatsSettings.ts"

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
export const make = Effect.fnUntraced(function* (settings: NatsSettings) {
  let current: Promise<Session> | undefined
  const open = async (): Promise<Session> => {
    try {
      const session = await openSession(settings)
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

const openSession = async (settings: NatsSettings): Promise<Session> => {
  const connection = await connect(connectionOptions(settings))
  try {
    const manager = await jetstreamManager(connection)
    const { api } = await manager.getAccountInfo()
    const js = jetstream(connection)
    const leases = await new Kvm(js).create(leaseBucket, {
      ttl: leaseMillis,
      storage: StorageType.Memory,
      replicas: settings.replicas
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

const connectionOptions = ({ servers, login, tls }: NatsSettings): ConnectionOptions => ({
  servers: [...servers],
  name: "finance tracker",
  reconnect: false,
  timeout: 5_000,
  // A server that hangs is noticed within half a minute.
  pingInterval: 10_000,
  maxPingOut: 2,
  // Else each request keeps a stack trace, the most costly part of it.
  noAsyncTraces: true,
  ...(tls !== undefined && { tls: filesOf(tls) }),
  ...(login !== undefined && credentialsOf(login))
})

const credentialsOf = (login: Login): Partial<ConnectionOptions> => {
  if ("token" in login) return { token: Redacted.value(login.token) }
  if ("user" in login) return { user: login.user, pass: Redacted.value(login.password) }
  return { authenticator: credsAuthenticator(readFileSync(login.credentials)) }
}

const filesOf = ({ ca, certificate, key }: TlsSettings) => ({
  ...(ca !== undefined && { caFile: ca }),
  ...(certificate !== undefined && { certFile: certificate }),
  ...(key !== undefined && { keyFile: key })
})
