/**
 * Webhook: a notice as JSON, signed so that its receiver knows who sent it and that it is no older one sent again.
 *
 * Source: Standard Webhooks 1.0 (headers `webhook-id`, `webhook-timestamp`, `webhook-signature`; HMAC-SHA256 over `id.timestamp.body`).
 */
import { createHmac } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { TargetOf } from "@finance/core/notifications/Channel"
import { toJson } from "@finance/core/notifications/Notice"
import { fullWords, type Message } from "./Message.ts"
import { outcomeOf, type PublicHttp } from "./PublicHttp.ts"

const types = { budget: "budget.exceeded", anomaly: "anomaly.detected", import: "import.completed" } as const

const contentOf = (message: Message) => {
  const words = fullWords(message)
  const [told] = message.notices
  if (told === undefined) return { type: "test", timestamp: null, data: words }
  const { id, notice, created_at } = told
  return {
    type: types[notice.kind],
    timestamp: created_at.toISOString(),
    data: { notification_id: id, ...words, notice: toJson(notice) }
  }
}

export const signatureOf = (secret: string, id: string, timestamp: number, body: string): string => {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64")
  return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`
}

export const send = Effect.fn("Webhook.send")(function* (
  http: PublicHttp,
  { url, secret }: TargetOf<"webhook">,
  message: Message
) {
  const body = JSON.stringify(contentOf(message))
  const timestamp = Math.floor((yield* Clock.currentTimeMillis) / 1_000)
  const id = `msg_${message.id}`
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": signatureOf(secret, id, timestamp, body)
  }
  return outcomeOf(yield* http.post({ url, headers, body }), (status) => (status === 410 ? "gone" : "later"))
})
