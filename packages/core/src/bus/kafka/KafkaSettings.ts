/** KafkaSettings: where Kafka is and how to get in, as the environment says. A value that makes no sense is refused by its name. */
import * as Config from "effect/Config"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

export interface KafkaSettings {
  /** `host:port` of some brokers; the others are learned from them. */
  readonly brokers: ReadonlyArray<string>
  readonly sasl: SaslSettings | undefined
  readonly tls: TlsSettings | undefined
}

export interface SaslSettings {
  readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512"
  readonly username: string
  readonly password: Redacted.Redacted
}

/** Files in PEM form. */
export interface TlsSettings {
  /** Who signs the brokers' certificates, where that is nobody whom Node trusts already. */
  readonly ca: string | undefined
  /** Our own certificate and its key, where the brokers ask for one. */
  readonly certificate: string | undefined
  readonly key: string | undefined
}

const Brokers = Schema.String.check(
  Schema.isPattern(/^\s*[^\s,:]+:\d{1,5}(\s*,\s*[^\s,:]+:\d{1,5})*\s*$/u, {
    message: "Expected host:port, or several with commas between them"
  })
)

const brokers = Config.map(Config.schema(Brokers, "KAFKA_BOOTSTRAP_SERVERS"), (text) =>
  text.split(",").map((broker) => broker.trim())
)

const optional = (name: string) => Config.map(Config.option(Config.NonEmptyString(name)), Option.getOrUndefined)

const credentials = Config.all({
  username: Config.NonEmptyString("KAFKA_SASL_USERNAME"),
  password: Config.Redacted("KAFKA_SASL_PASSWORD")
})

const mechanism = Config.Literals(["plain", "scram-sha-256", "scram-sha-512"], "KAFKA_SASL_MECHANISM")

/** All of it or nothing: a user without a mechanism would be let in as nobody, or not at all. */
const sasl: Config.Config<SaslSettings | undefined> = Config.flatMap(
  Config.all([optional("KAFKA_SASL_MECHANISM"), optional("KAFKA_SASL_USERNAME")]),
  ([wanted, user]) =>
    wanted === undefined && user === undefined
      ? Config.succeed(undefined)
      : Config.map(Config.all({ mechanism, credentials }), ({ mechanism, credentials }) => ({ mechanism, ...credentials }))
)

const files = Config.all({
  ca: optional("KAFKA_SSL_CA"),
  certificate: optional("KAFKA_SSL_CERT"),
  key: optional("KAFKA_SSL_KEY")
})

const tls: Config.Config<TlsSettings | undefined> = Config.map(
  Config.all({ wanted: Config.Boolean("KAFKA_SSL").pipe(Config.withDefault(false)), files }),
  ({ wanted, files }) => (wanted || Object.values(files).some((file) => file !== undefined) ? files : undefined)
)

export const settings: Config.Config<KafkaSettings> = Config.all({ brokers, sasl, tls })
