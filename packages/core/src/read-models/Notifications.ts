/**
 * Notifications: what a person has been told of in the app, the latest first.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { fromJson, type Notice } from "../notifications/Notice.ts"

export interface NotificationRow {
  readonly id: string
  readonly notice: Notice
  readonly created_at: Date
  readonly read_at: Date | null
}

type Stored = Omit<NotificationRow, "notice"> & { readonly notice: unknown }

const rowOf = (stored: Stored): NotificationRow => ({ ...stored, notice: fromJson(stored.notice) })

/** Runs within `withPerson`. */
export const page = Effect.fn("Notifications.page")(function* (unread: boolean, page: number, limit: number) {
  const sql = yield* SqlClient.SqlClient
  const [counts] = yield* sql<{ total: number; unread: number }>`
    SELECT count(*)::int AS total, count(*) FILTER (WHERE read_at IS NULL)::int AS unread FROM notifications WHERE in_app`
  const rows = yield* sql<Stored>`
    SELECT id, notice, created_at, read_at FROM notifications WHERE in_app AND (read_at IS NULL OR NOT ${unread})
    ORDER BY created_at DESC, id DESC LIMIT ${limit} OFFSET ${(page - 1) * limit}`
  return { notifications: rows.map(rowOf), total: unread ? counts!.unread : counts!.total, unread: counts!.unread }
})

/** Runs within `withPerson`. */
export const findAll = Effect.fn("Notifications.findAll")(function* (ids: ReadonlyArray<string>) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<Stored>`
    SELECT id, notice, created_at, read_at FROM notifications WHERE in_app AND id = ANY(${ids}::uuid[])`
  return rows.map(rowOf)
})

/** False when there is none. Runs within `withPerson`. */
export const markRead = Effect.fn("Notifications.markRead")(function* (id: string) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql`UPDATE notifications SET read_at = coalesce(read_at, now()) WHERE in_app AND id = ${id} RETURNING 1`
  return rows.length > 0
})

/** Runs within `withPerson`. */
export const markAllRead = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`UPDATE notifications SET read_at = now() WHERE in_app AND read_at IS NULL`
})
