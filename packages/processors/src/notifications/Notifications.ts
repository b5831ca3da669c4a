/**
 * Notifications: what happened that a person is told of, and on which of their channels it is to go out. Sending is the courier's.
 *
 *   BudgetExceeded, AnomalyDetected, ImportCompleted ─▶ notifications ─▶ in the app, at once
 *                                                          └─ one delivery for each channel that takes this kind ─▶ Courier
 *
 * Invariants
 *  1. An event is told once, under its own id, whatever comes again.
 *  2. A channel hears nothing of what was before it: a log that is read anew rings nobody's bell.
 *  3. What is withdrawn or dismissed while it waits does not go out.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as Changes from "@finance/core/changes/Changes"
import * as Columns from "@finance/core/database/Columns"
import { Signals } from "@finance/core/database/Signals"
import type { RecordedEvent } from "@finance/core/event-store/EventStore"
import { newId } from "@finance/core/ledger/Id"
import { settledBy, type Telling, tellingOf, toJson } from "@finance/core/notifications/Notice"
import { chosenBy } from "@finance/core/notifications/PreferenceBook"
import { type ChannelKind, defaultPreferences, wants } from "@finance/core/notifications/Preferences"
import type { Program } from "../Processor.ts"

interface Told extends Telling {
  readonly id: string
  readonly owner_id: string
  readonly recorded_at: Date
}

interface Notification extends Told {
  readonly in_app: boolean
}

interface Channel {
  readonly id: string
  readonly owner_id: string
  readonly kind: ChannelKind
  readonly verified_at: Date
}

const channelsOf = Effect.fnUntraced(function* (owners: ReadonlyArray<string>) {
  const sql = yield* SqlClient.SqlClient
  const channels = yield* sql<Channel>`
    SELECT id, owner_id, kind, verified_at FROM notification_channels
    WHERE owner_id = ANY(${Columns.uuids(owners)}) AND verified_at IS NOT NULL AND disabled_at IS NULL`
  return Map.groupBy(channels, ({ owner_id }) => owner_id)
})

/** Stores them; answers with the ids of those that were not there. */
const store = Effect.fnUntraced(function* (notifications: ReadonlyArray<Notification>) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ id: string }>`
    INSERT INTO notifications (id, owner_id, kind, notice, in_app, created_at)
    SELECT id, owner_id, kind, notice::jsonb, in_app, created_at FROM unnest(
      ${Columns.uuids(notifications.map(({ id }) => id))}, ${Columns.uuids(notifications.map(({ owner_id }) => owner_id))},
      ${Columns.texts(notifications.map(({ notice }) => notice.kind))}, ${Columns.jsons(notifications.map(({ notice }) => toJson(notice)))},
      ${Columns.booleans(notifications.map(({ in_app }) => in_app))}, ${Columns.instants(notifications.map(({ recorded_at }) => recorded_at))}
    ) AS n (id, owner_id, kind, notice, in_app, created_at)
    ON CONFLICT (id) DO NOTHING RETURNING id`
  return new Set(rows.map(({ id }) => id))
})

const entrust = Effect.fnUntraced(function* (deliveries: ReadonlyArray<readonly [Notification, Channel]>) {
  if (deliveries.length === 0) return
  const sql = yield* SqlClient.SqlClient
  const signals = yield* Signals
  const notifications = deliveries.map(([notification]) => notification)
  const instants = Columns.instants(notifications.map(({ recorded_at }) => recorded_at))
  yield* sql`
    INSERT INTO notification_deliveries (id, owner_id, channel_id, notification_id, due_at, created_at)
    SELECT id, owner_id, channel_id, notification_id, recorded_at, recorded_at FROM unnest(
      ${Columns.uuids(notifications.map(() => newId()))}, ${Columns.uuids(notifications.map(({ owner_id }) => owner_id))},
      ${Columns.uuids(deliveries.map(([, { id }]) => id))}, ${Columns.uuids(notifications.map(({ id }) => id))}, ${instants}
    ) AS d (id, owner_id, channel_id, notification_id, recorded_at)
    ON CONFLICT (notification_id, channel_id) DO NOTHING`
  yield* sql.afterCommit(Effect.sync(() => signals.raise("deliveries")))
})

/** The person has looked at it, or there is nothing to look at any more. */
const layAside = Effect.fnUntraced(function* (ids: ReadonlyArray<string>) {
  const sql = yield* SqlClient.SqlClient
  const laid = Columns.uuids(ids)
  yield* sql`DELETE FROM notification_deliveries WHERE notification_id = ANY(${laid}) AND status = 'waiting'`
  yield* sql`UPDATE notifications SET read_at = now() WHERE id = ANY(${laid}) AND read_at IS NULL`
})

const handle = Effect.fnUntraced(function* (events: ReadonlyArray<RecordedEvent>) {
  const told = events.flatMap(({ event_id, owner_id, recorded_at, event }) => {
    const telling = tellingOf(event, recorded_at)
    return telling === null ? [] : [{ id: event_id, ...telling, owner_id, recorded_at }]
  })
  if (told.length > 0) yield* tell(told)
  const settled = events.flatMap(({ event }) => settledBy(event) ?? [])
  if (settled.length > 0) yield* layAside(settled)
})

const tell = Effect.fnUntraced(function* (told: ReadonlyArray<Told>) {
  const owners = [...new Set(told.map(({ owner_id }) => owner_id))]
  const chosen = yield* chosenBy(owners)
  const preferencesOf = (owner_id: string) => chosen.get(owner_id) ?? defaultPreferences
  const notifications = told.map((notification): Notification => ({
    ...notification,
    in_app: wants(preferencesOf(notification.owner_id), notification.notice.kind, "in_app")
  }))
  const fresh = yield* store(notifications)
  const channels = yield* channelsOf(owners)
  yield* entrust(
    notifications.flatMap((notification) => {
      const { id, owner_id, notice, recorded_at, isUrgent } = notification
      if (!isUrgent || !fresh.has(id)) return []
      return (channels.get(owner_id) ?? [])
        .filter(({ kind, verified_at }) => verified_at <= recorded_at && wants(preferencesOf(owner_id), notice.kind, kind))
        .map((channel) => [notification, channel] as const)
    })
  )
  yield* Changes.record(
    notifications.flatMap(({ id, owner_id, in_app }): ReadonlyArray<Changes.Change> =>
      in_app && fresh.has(id) ? [{ owner_id, kind: "notification", subject: { id } }] : []
    )
  )
})

export const notifications: Program<SqlError, SqlClient.SqlClient | Signals> = {
  name: "notifications",
  version: 1,
  appends: false,
  types: new Set(["BudgetExceeded", "AnomalyDetected", "AnomalyDismissed", "AnomalyWithdrawn", "ImportCompleted"]),
  handle
}
