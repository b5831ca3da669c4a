/**
 * Mail: a message as a mail, through the operator's SMTP server. The subject says no more than a list of mails may show.
 *
 * A server that has not asked for the text yet has nothing; one that has taken it and breaks off before it answers may deliver it.
 */
import { Readable } from "node:stream"
import { createTransport, type Transporter } from "nodemailer"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { TargetOf } from "@finance/core/notifications/Channel"
import type { SmtpSettings } from "@finance/core/notifications/OutboundSettings"
import { fullWords, type Message, shownWords } from "./Message.ts"
import { type Outcome, refused, sent, uncertain } from "./Outcome.ts"

/** Milliseconds for each step, and for all of them. */
const within = 15_000
const atMost = 45_000

/** What nodemailer says of a failure: the server's answer where there was one. */
interface MailError extends Error {
  readonly responseCode?: number
  readonly code?: string
}

/** A login that is refused is for the operator to mend, and the mail good once they have. */
const mayPass = ({ responseCode, code }: MailError): boolean =>
  responseCode === undefined || responseCode < 500 || code === "EAUTH"

export const make = (settings: SmtpSettings | undefined) => {
  const transport: Transporter | undefined =
    settings &&
    createTransport({
      url: Redacted.value(settings.url),
      connectionTimeout: within,
      greetingTimeout: within,
      socketTimeout: within,
      disableFileAccess: true,
      disableUrlAccess: true
    })

  return (target: TargetOf<"email">, message: Message): Effect.Effect<Outcome> => {
    if (transport === undefined) return Effect.succeed(refused("this installation has no mail server (SMTP_URL)", false))
    let isAskedFor = false
    const text = function* () {
      isAskedFor = true
      yield `${fullWords(message).text}\n`
    }
    return Effect.tryPromise({
      try: () =>
        transport.sendMail({
          from: settings!.from,
          to: { name: "", address: target.address },
          subject: shownWords(message).title,
          text: Readable.from(text()),
          textEncoding: "quoted-printable",
          headers: { "Auto-Submitted": "auto-generated", "X-Notification-Id": message.id }
        }),
      catch: (error) => error as MailError
    }).pipe(
      Effect.as(sent),
      Effect.timeoutOrElse({ duration: atMost, orElse: () => Effect.fail<MailError>(new Error("nothing was heard in time")) }),
      Effect.catch((error) =>
        Effect.succeed(
          isAskedFor && error.responseCode === undefined ? uncertain(error.message) : refused(error.message, mayPass(error))
        )
      )
    )
  }
}
