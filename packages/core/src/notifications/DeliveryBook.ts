/**
 * DeliveryBook: what became of the messages to a person, as they may look at it and have it sent again. Runs within `withPerson`; the courier
 * (processors/notifications) is woken by the signal "deliveries".
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { Signals } from "../database/Signals.ts"
import type { ChannelKind } from "./Preferences.ts"

/**
 * waiting → sending → sent
 *    ▲         ├────▶ waiting   it certainly did not arrive, and may the next time
 *    │         ├────▶ failed    it certainly did not arrive, and will not
 *    replay    └────▶ unknown   it may have arrived: nothing sends it again unasked
 *             expired: too old to be worth a message
 */
export type DeliveryStatus = "waiting" | "sending" | "sent" | "failed" | "unknown" | "expired"

export interface DeliveryRow {
  readonly id: string
  readonly channel_id: string
  readonly channel_kind: ChannelKind
  readonly channel_name: string
  /** Null for a test. */
  readonly notification_id: string | null
  readonly status: DeliveryStatus
  readonly due_at: Date
  readonly attempts: number
  readonly settled_at: Date | null
  readonly detail: string | null
  readonly created_at: Date
}

const columns = `d.id, d.channel_id, c.kind AS channel_kind, c.name AS channel_name, d.notification_id, d.status, d.due_at, d.attempts,
  d.settled_at, d.detail, d.created_at`

/** The latest first. */
export const page = Effect.fn("DeliveryBook.page")(function* (page: number, limit: number) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<DeliveryRow>`
    SELECT ${sql.literal(columns)} FROM notification_deliveries d JOIN notification_channels c ON c.id = d.channel_id
    ORDER BY d.created_at DESC, d.id DESC LIMIT ${limit} OFFSET ${(page - 1) * limit}`
})

export const find = Effect.fn("DeliveryBook.find")(function* (id: string) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<DeliveryRow>`
    SELECT ${sql.literal(columns)} FROM notification_deliveries d JOIN notification_channels c ON c.id = d.channel_id WHERE d.id = ${id}`
  return row ?? null
})

/** Tests of all the person's channels in an hour. */
export const hourlyTests = 10

/** Has a test sent; false when there were enough of them in the hour before. */
export const test = Effect.fn("DeliveryBook.test")(function* (owner_id: string, channel_id: string, delivery_id: string) {
  const sql = yield* SqlClient.SqlClient
  const made = yield* sql`
    INSERT INTO notification_deliveries (id, owner_id, channel_id, due_at)
    SELECT ${delivery_id}::uuid, ${owner_id}::uuid, ${channel_id}::uuid, now()
    WHERE (SELECT count(*) FROM notification_deliveries
           WHERE owner_id = ${owner_id} AND notification_id IS NULL AND created_at > now() - interval '1 hour') < ${hourlyTests}
    RETURNING 1`
  yield* wakeCourier
  return made.length > 0
})

/** Has it sent again, under the same id; false while it is on its way anyway. */
export const replay = Effect.fn("DeliveryBook.replay")(function* (id: string) {
  const sql = yield* SqlClient.SqlClient
  const again = yield* sql`
    UPDATE notification_deliveries SET status = 'waiting', due_at = now(), attempts = 0, created_at = now(), settled_at = NULL, detail = NULL
    WHERE id = ${id} AND status IN ('sent', 'failed', 'unknown', 'expired') RETURNING 1`
  yield* wakeCourier
  return again.length > 0
})

const wakeCourier = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const signals = yield* Signals
  yield* sql.afterCommit(Effect.sync(() => signals.raise("deliveries")))
})
