/**
 * WebPush: a message to a browser, encrypted for it alone: the push service in between sees when and how much, and nothing else.
 *
 * Source: RFC 8030 (protocol), RFC 8291 (encryption), RFC 8292 (VAPID), by way of `web-push`, which makes the request; it is sent as every other
 * request to an address that somebody gave (PublicHttp).
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import webPush from "web-push"
import type { TargetOf } from "@finance/core/notifications/Channel"
import type { VapidKeys } from "@finance/core/notifications/VapidKeys"
import { type Message, shownWords } from "./Message.ts"
import { refused } from "./Outcome.ts"
import { outcomeOf, type PublicHttp } from "./PublicHttp.ts"

/** A day: what nobody has switched their telephone on for is in the app. */
const timeToLive = 86_400

/** A push service takes 4,096 bytes, encryption included. */
const maxText = 1_000

const requestFor = (
  { endpoint, p256dh, auth }: TargetOf<"push">,
  message: Message,
  { vapid, contact }: Sender
): webPush.RequestDetails => {
  const { title, text } = shownWords(message)
  const content = { id: message.id, title, text: text.slice(0, maxText), kind: message.notices[0]?.notice.kind ?? "test" }
  return webPush.generateRequestDetails({ endpoint, keys: { p256dh, auth } }, JSON.stringify(content), {
    vapidDetails: { subject: contact, publicKey: vapid.publicKey, privateKey: Redacted.value(vapid.privateKey) },
    TTL: timeToLive,
    urgency: "normal"
  })
}

interface Sender {
  readonly vapid: VapidKeys["Service"]
  readonly contact: string
}

export const send = Effect.fn("WebPush.send")(function* (
  http: PublicHttp,
  sender: Sender,
  target: TargetOf<"push">,
  message: Message
) {
  const made = yield* Effect.result(
    Effect.try({ try: () => requestFor(target, message, sender), catch: (cause) => String(cause) })
  )
  if (made._tag === "Failure") return refused(`the subscription is not usable: ${made.failure}`, false)
  const { endpoint: url, headers, body } = made.success
  const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]))
  const reply = yield* http.post({ url, headers: texts, body: body ?? "" })
  return outcomeOf(reply, (status) => {
    if (status === 404 || status === 410) return "gone"
    return status === 429 || status >= 500 ? "later" : "never"
  })
})
