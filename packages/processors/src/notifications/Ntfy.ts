/**
 * Ntfy: a message to a topic of an ntfy server. Whoever knows the topic's name can read along where the server asks for no token, so it says no
 * more than a locked screen may show.
 *
 * Source: ntfy documentation, Publishing (headers; non-ASCII text in them after RFC 2047).
 */
import * as Effect from "effect/Effect"
import type { TargetOf } from "@finance/core/notifications/Channel"
import { type Message, shownWords } from "./Message.ts"
import { outcomeOf, type PublicHttp } from "./PublicHttp.ts"

const headerText = (text: string): string =>
  /^[\x20-\x7e]*$/.test(text) ? text : `=?UTF-8?B?${Buffer.from(text).toString("base64")}?=`

export const send = Effect.fn("Ntfy.send")(function* (http: PublicHttp, { url, token }: TargetOf<"ntfy">, message: Message) {
  const { title, text } = shownWords(message)
  const headers = {
    "content-type": "text/plain; charset=utf-8",
    title: headerText(title),
    ...(token !== null && { authorization: `Bearer ${token}` })
  }
  const reply = yield* http.post({ url, headers, body: text === "" ? title : text })
  return outcomeOf(reply, (status) => (status === 429 || status >= 500 ? "later" : "never"))
})
