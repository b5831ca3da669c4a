/** OutboundSettings: by what messages leave this installation, as the environment says. A value that makes no sense is refused by its name. */
import * as Config from "effect/Config"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { trustedHosts, type TrustedHosts } from "./WebAddress.ts"

export interface SmtpSettings {
  /** `smtp://user:password@host:587` or `smtps://…`. */
  readonly url: Redacted.Redacted
  /** Whom mails are from. */
  readonly from: string
}

export interface OutboundSettings {
  /** Undefined where there is no e-mail. */
  readonly smtp: SmtpSettings | undefined
  /** Hosts that may be spoken to over http, and on private networks. */
  readonly trusted: TrustedHosts
  /** Whom a push service may turn to: a `mailto:` or `https:` address (RFC 8292, 2.1). */
  readonly contact: string
}

const SmtpUrl = Schema.String.check(
  Schema.makeFilter(
    (text: string) =>
      (URL.canParse(text) && /^smtps?:$/.test(new URL(text).protocol) && new URL(text).hostname !== "") ||
      "Expected smtp://user:password@host:587 or smtps://user:password@host"
  )
)

const Contact = Schema.String.check(
  Schema.isPattern(/^(mailto:\S+@\S+|https:\/\/\S+)$/u, { message: "Expected a mailto: or https: address" })
)

const optional = <A>(config: Config.Config<A>) => Config.map(Config.option(config), Option.getOrUndefined)

const smtp: Config.Config<SmtpSettings | undefined> = Config.flatMap(
  optional(Config.schema(Schema.Redacted(SmtpUrl), "SMTP_URL")),
  (url) =>
    url === undefined ? Config.succeed(undefined) : Config.map(Config.NonEmptyString("SMTP_FROM"), (from) => ({ url, from }))
)

const trusted = Config.map(Config.String("NOTIFY_TRUSTED_HOSTS").pipe(Config.withDefault("")), trustedHosts)

/** The address in `Finance <tracker@example.org>`. */
const addressIn = (from: string): string => /<([^<>]+)>\s*$/.exec(from)?.[1] ?? from.trim()

export const settings: Config.Config<OutboundSettings> = Config.map(
  Config.all({ smtp, trusted, contact: optional(Config.schema(Contact, "PUSH_CONTACT")) }),
  ({ smtp, trusted, contact }) => ({
    smtp,
    trusted,
    contact: contact ?? `mailto:${smtp === undefined ? "finance-tracker@example.org" : addressIn(smtp.from)}`
  })
)
