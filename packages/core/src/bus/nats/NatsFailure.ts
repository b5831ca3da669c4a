/**
 * NatsFailure: what a failure of the NATS client means for the bus. What somebody has to mend is told apart from what passes by itself.
 */
import { JetStreamApiCodes, JetStreamApiError } from "@nats-io/jetstream"
import { errors } from "@nats-io/transport-node"
import * as Effect from "effect/Effect"
import { EventBusMisconfigured, EventBusUnavailable } from "../EventBus.ts"

const transport = "nats"

/** Asks the server; a failure is told as the bus tells it. */
export const ask = <A>(request: () => Promise<A>): Effect.Effect<A, EventBusUnavailable | EventBusMisconfigured> =>
  Effect.tryPromise({ try: request, catch: failureOf })

export const unavailable = (detail: string) => new EventBusUnavailable({ transport, detail })

export const misconfigured = (problem: string, advice: string) => new EventBusMisconfigured({ transport, problem, advice })

/** Whether nobody listens to the subject: JetStream is not enabled, or no stream takes what was published. */
export const isUnanswered = (error: unknown): boolean => error instanceof Error && error.name === "JetStreamNotEnabled"

/** Whether a compare-and-swap came too late. */
export const isConflict = (error: unknown): boolean => error instanceof JetStreamApiError && conflictCodes.has(error.code)

export const failureOf = (error: unknown): EventBusUnavailable | EventBusMisconfigured => {
  const advice = adviceFor(error)
  const detail = messageOf(error)
  return advice === undefined ? unavailable(detail) : misconfigured(detail, advice)
}

const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  // What Node.js says of several addresses tried has no message of its own.
  return error.message === "" ? String((error as NodeJS.ErrnoException).code ?? error.name) : error.message
}

const adviceFor = (error: unknown): string | undefined => {
  if (error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError) {
    return "Check the credentials: those in NATS_URL, or NATS_USER and NATS_PASSWORD, NATS_TOKEN or NATS_CREDS"
  }
  if (error instanceof errors.PermissionViolationError) {
    return "Allow this user $JS.API.>, $JS.ACK.>, $KV.finance_leases.>, _INBOX.> and the tracker's topics"
  }
  if (isUnanswered(error)) return enableJetStream
  if (error instanceof JetStreamApiError) return adviceForCode.get(error.code)
  const code = (error as NodeJS.ErrnoException).code
  if (code !== undefined && certificateCodes.has(code)) return "Set NATS_CA to the certificate of who signed the server's"
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return "Call the server in NATS_URL by the name in its certificate; an address will not do"
  if (error instanceof errors.ConnectionError && error.message.includes("'tls'")) {
    return "The server does not speak TLS: write nats:// in NATS_URL, or let it speak TLS"
  }
  return undefined
}

const enableJetStream = "Enable JetStream: nats-server --jetstream, or jetstream { store_dir: … } in its configuration"

const conflictCodes: ReadonlySet<number> = new Set([
  JetStreamApiCodes.StreamWrongLastSequence,
  JetStreamApiCodes.StreamWrongLastSequenceUnknown
])

/** Source: nats-server, server/errors.json. */
const adviceForCode: ReadonlyMap<number, string> = new Map([
  [JetStreamApiCodes.JetStreamNotEnabledForAccount, "Enable JetStream for this account"],
  [10076, enableJetStream],
  [10074, "A single server keeps one replica: unset NATS_REPLICAS, or name a cluster in NATS_URL"],
  [10065, "Another stream takes some of these subjects: delete it, or change its subjects"]
])

/** Source: Node.js manual, tls, X509 certificate error codes. */
const certificateCodes: ReadonlySet<string> = new Set([
  "CERT_HAS_EXPIRED",
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
])
