/** NatsSettings: where NATS is and how to get in, as the environment says. A value that makes no sense is refused by its name. */
import * as Config from "effect/Config"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { unescape } from "node:querystring"

export interface NatsSettings {
  /** `host:port` of some servers; one that answers is enough. */
  readonly servers: ReadonlyArray<string>
  readonly login: Login | undefined
  readonly tls: TlsSettings | undefined
  /** How many servers of a cluster keep each stream. */
  readonly replicas: 1 | 3 | 5
  /** The operator says that the server syncs always; no client can ask. */
  readonly syncsAlways: boolean
}

export type Login =
  | { readonly user: string; readonly password: Redacted.Redacted }
  | { readonly token: Redacted.Redacted }
  /** A file with a user's JWT and its key, as `nsc` writes it. */
  | { readonly credentials: string }

/** A server that speaks no TLS is refused then. Files in PEM form. */
export interface TlsSettings {
  /** Who signs the server's certificate, where that is nobody whom Node trusts already. */
  readonly ca: string | undefined
  /** Our own certificate and its key, where the server asks for one. */
  readonly certificate: string | undefined
  readonly key: string | undefined
}

const isServer = (text: string): boolean => {
  const url = URL.parse(text)
  return url !== null && ["nats:", "tls:"].includes(url.protocol) && url.hostname !== ""
}

const Urls = Schema.String.check(
  Schema.makeFilter((text) =>
    text.split(",").every((url) => isServer(url.trim()))
      ? undefined
      : // Not the value itself: it may hold a password.
        "Expected nats://host:port or tls://host:port, with user:password@ before the host if need be, or several with commas between them"
  )
)

const urls = Config.map(Config.schema(Urls, "NATS_URL"), (text) => text.split(",").map((url) => new URL(url.trim())))

const optional = (name: string) => Config.map(Config.option(Config.NonEmptyString(name)), Option.getOrUndefined)
const secret = (name: string) => Config.map(Config.option(Config.Redacted(name)), Option.getOrUndefined)

const loginIn = ({ username, password }: URL): Login | undefined => {
  if (username === "") return undefined
  // A name alone is a token, as in every client of NATS.
  if (password === "") return { token: Redacted.make(unescape(username)) }
  return { user: unescape(username), password: Redacted.make(unescape(password)) }
}

/** A user without a password would be let in as nobody, or not at all. */
const userAndPassword = Config.flatMap(optional("NATS_USER"), (user) =>
  user === undefined
    ? Config.succeed(undefined)
    : Config.map(Config.Redacted("NATS_PASSWORD"), (password) => ({ user, password }))
)

const login = Config.all({ userAndPassword, token: secret("NATS_TOKEN"), credentials: optional("NATS_CREDS") })

const files = Config.all({ ca: optional("NATS_CA"), certificate: optional("NATS_CERT"), key: optional("NATS_KEY") })

export const settings: Config.Config<NatsSettings> = Config.map(
  Config.all({
    urls,
    login,
    files,
    replicas: Config.map(Config.Literals(["1", "3", "5"], "NATS_REPLICAS").pipe(Config.withDefault("1")), Number),
    syncsAlways: Config.Boolean("NATS_SYNC_ALWAYS").pipe(Config.withDefault(false))
  }),
  ({ urls, login: { userAndPassword, token, credentials }, files, replicas, syncsAlways }) => ({
    servers: urls.map(({ hostname, port }) => `${hostname}:${port === "" ? defaultPort : port}`),
    login:
      credentials !== undefined
        ? { credentials }
        : token !== undefined
          ? { token }
          : (userAndPassword ?? urls.map(loginIn).find((login) => login !== undefined)),
    tls:
      urls.some(({ protocol }) => protocol === "tls:") || Object.values(files).some((file) => file !== undefined)
        ? files
        : undefined,
    replicas: replicas as 1 | 3 | 5,
    syncsAlways
  })
)

const defaultPort = "4222"
