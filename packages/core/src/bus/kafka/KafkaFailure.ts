/**
 * KafkaFailure: what a failure of kafkajs means for the bus. What somebody has to mend is told apart from what passes by itself.
 */
import { EventBusMisconfigured, EventBusUnavailable } from "../EventBus.ts"

const transport = "kafka"

export const failureOf = (error: unknown): EventBusUnavailable | EventBusMisconfigured => {
  const causes = [...causesOf(error)]
  const advice = causes.map(adviceFor).find((advice) => advice !== undefined)
  const detail = messageOf(causes.at(-1))
  return advice === undefined
    ? new EventBusUnavailable({ transport, detail })
    : new EventBusMisconfigured({ transport, problem: detail, advice })
}

/** Whether the broker refuses a record, or several together, for its size. */
export const isTooLarge = (error: unknown): boolean =>
  causesOf(error).some((cause) => {
    const { type } = cause as Partial<Failure>
    return type === "MESSAGE_TOO_LARGE" || type === "RECORD_LIST_TOO_LARGE"
  })

/** What kafkajs' errors say beyond their message. */
interface Failure {
  readonly name: string
  /** An error code of Kafka's protocol, by name. */
  readonly type: string
  /** Of the socket, or of TLS. */
  readonly code: string
  readonly cause: unknown
  readonly errors: ReadonlyArray<unknown>
}

/** The failure and what lies beneath it: kafkajs wraps what it tried several times, or for several topics. */
function* causesOf(error: unknown): Generator<unknown> {
  for (let current = error; current !== undefined && current !== null;) {
    yield current
    const { cause, errors } = current as Partial<Failure>
    current = cause ?? errors?.[0]
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const adviceFor = (error: unknown): string | undefined => {
  const { name, type, code } = error as Partial<Failure>
  if (name === "KafkaJSSASLAuthenticationError" || type === "SASL_AUTHENTICATION_FAILED") {
    return "Check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD"
  }
  if (type === "UNSUPPORTED_SASL_MECHANISM" || type === "ILLEGAL_SASL_STATE")
    return "Set KAFKA_SASL_MECHANISM to one the broker offers"
  if (type?.endsWith("_AUTHORIZATION_FAILED") === true) {
    return "Allow this user to describe, create, read and write the tracker's topics, to use its groups, and to write idempotently"
  }
  if (type === "POLICY_VIOLATION" || type === "INVALID_REPLICATION_FACTOR" || type === "INVALID_CONFIG") {
    return "Create the topic by hand, with the partitions that docs/adr/0009-kafkajs.md names"
  }
  if (code !== undefined && certificateCodes.has(code)) return "Set KAFKA_SSL_CA to the certificate of who signed the broker's"
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return "Call the brokers in KAFKA_BOOTSTRAP_SERVERS as their certificates do"
  return undefined
}

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
