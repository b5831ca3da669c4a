/**
 * TestNotifications: people with channels that lead to the test's own receivers, and what happens to them that they are told of.
 */
import { createECDH, randomBytes } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import httpEce from "http_ece"
import type { AnomalyEvent } from "@finance/core/anomalies/Anomaly"
import { EventStore } from "@finance/core/event-store/EventStore"
import type { Category } from "@finance/core/ledger/Category"
import { dayIn, monthOf } from "@finance/core/ledger/Day"
import { newId } from "@finance/core/ledger/Id"
import { type ChannelTarget, newWebhookSecret } from "@finance/core/notifications/Channel"
import * as ChannelBook from "@finance/core/notifications/ChannelBook"
import * as PreferenceBook from "@finance/core/notifications/PreferenceBook"
import { defaultPreferences, type Preferences } from "@finance/core/notifications/Preferences"
import { handOver, kr, still } from "../TestLedger.ts"
import { notifications } from "./Notifications.ts"
import * as TestReceivers from "./TestReceivers.ts"

/** The ledger with nobody at work on it, and receivers for what it sends. */
export const withReceivers = Layer.provideMerge(TestReceivers.layer, still)

export const second = 1_000
export const minute = 60 * second
export const hour = 60 * minute

const thisMonth = () => monthOf(dayIn(new Date()))

/** A moment so long from now: everything that has happened is before it. */
export const later = (millis = 0) => new Date(Date.now() + 50 + millis)

// ---- A person and their channels ----

export const joins = (owner_id: string, target: ChannelTarget, isVerified = true) =>
  Effect.map(ChannelBook.add(owner_id, { id: newId(), name: target.kind, target, isVerified }), (channel) => channel!.id)

export const prefers = (owner_id: string, changes: Partial<Preferences>) =>
  PreferenceBook.write(owner_id, { ...defaultPreferences, ...changes })

export const mailbox = (): ChannelTarget & { readonly kind: "email" } => ({ kind: "email", address: `${newId()}@example.no` })

export const hook = Effect.map(TestReceivers.TestReceivers, ({ url }) => {
  const path = `/hook/${newId()}`
  return { path, target: { kind: "webhook" as const, url: `${url}${path}`, secret: newWebhookSecret() } }
})

export const topic = Effect.map(TestReceivers.TestReceivers, ({ url }) => {
  const path = `/${newId()}`
  return { path, target: { kind: "ntfy" as const, url: `${url}${path}`, token: "tk_kari" } }
})

export const browser = Effect.map(TestReceivers.TestReceivers, ({ url }) => {
  const path = `/push/${newId()}`
  const keys = createECDH("prime256v1")
  const p256dh = keys.generateKeys("base64url", "uncompressed")
  const auth = randomBytes(16).toString("base64url")
  return {
    path,
    target: { kind: "push" as const, endpoint: `${url}${path}`, p256dh, auth },
    read: (body: Buffer) =>
      JSON.parse(httpEce.decrypt(body, { version: "aes128gcm", privateKey: keys, authSecret: auth }).toString())
  }
})

/** The person's budgets are reached, one after the other, and they are told so. */
export const exceeds = Effect.fnUntraced(function* (owner_id: string, count = 1, period: string = thisMonth()) {
  const store = yield* EventStore
  const category: Category = "groceries"
  for (let index = 0; index < count; index++) {
    yield* store.appendOne({
      stream_id: newId(),
      stream_type: "budget",
      owner_id,
      expected: "none",
      metadata: { actor: "budgets" },
      events: [
        {
          type: "BudgetExceeded",
          alert_id: newId(),
          category,
          budget_amount: kr(3_000),
          carried_amount: 0n,
          current_spent: kr(2_700),
          currency: "NOK",
          threshold_percentage: 90,
          period
        }
      ]
    })
  }
  yield* handOver(notifications)
})

/** Something unusual about one of the person's purchases, and what becomes of it. */
export const anomalyOf = (owner_id: string) => {
  const subject = { anomaly_id: newId(), transaction_id: newId(), anomaly_type: "duplicate" as const }
  const happens = Effect.fnUntraced(function* (event: AnomalyEvent) {
    const store = yield* EventStore
    yield* store.appendOne({
      stream_id: subject.anomaly_id,
      stream_type: "anomaly",
      owner_id,
      expected: "any",
      metadata: { actor: "anomalies" },
      events: [event]
    })
    yield* handOver(notifications)
  })
  const explanation = { code: "anomaly.duplicate", params: { merchant: "KIWI", amount: "100 kr", date: "2026-11-20" } }
  return {
    detected: (late: boolean) =>
      happens({ type: "AnomalyDetected", ...subject, anomaly_score: 0.9, explanation, evidence: [], late }),
    withdrawn: happens({ type: "AnomalyWithdrawn", ...subject, reason: "reconsidered" }),
    dismissed: happens({ type: "AnomalyDismissed", ...subject })
  }
}

export const deliveriesOf = Effect.fnUntraced(function* (owner_id: string) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<{ id: string; status: string; detail: string | null; attempts: number; due_at: Date }>`
    SELECT id, status, detail, attempts, due_at FROM notification_deliveries WHERE owner_id = ${owner_id} ORDER BY created_at, id`
})

export const statusesOf = (owner_id: string) => Effect.map(deliveriesOf(owner_id), (rows) => rows.map(({ status }) => status))

export const inAppOf = Effect.fnUntraced(function* (owner_id: string) {
  const sql = yield* SqlClient.SqlClient
  return (yield* sql`SELECT FROM notifications WHERE owner_id = ${owner_id} AND in_app`).length
})
