/**
 * ChannelBook: a person's channels as they are kept. Runs within `withPerson`.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { Vault } from "../event-store/Vault.ts"
import * as Channel from "./Channel.ts"
import type { ChannelKind } from "./Preferences.ts"

interface ChannelRow {
  readonly id: string
  readonly kind: ChannelKind
  readonly name: string
  readonly target: Uint8Array
  readonly created_at: Date
  readonly verified_at: Date | null
  readonly disabled_at: Date | null
}

export interface OwnChannel extends Omit<ChannelRow, "target"> {
  readonly target: Channel.ChannelTarget
}

interface NewChannel {
  readonly id: string
  readonly name: string
  readonly target: Channel.ChannelTarget
  /** Whether it needs no test. */
  readonly isVerified?: boolean
}

/** The most channels of one person. */
export const maxChannels = 20

const columns = "id, kind, name, target, created_at, verified_at, disabled_at"

/** By which a channel is known to lead where another does. */
const placeOf = (target: Channel.ChannelTarget): string => {
  switch (target.kind) {
    case "email":
      return `email/${target.address.toLowerCase()}`
    case "ntfy":
    case "webhook":
      return `${target.kind}/${target.url}`
    case "push":
      return `push/${target.endpoint}`
  }
}

const opened = Effect.fnUntraced(function* (owner_id: string, rows: ReadonlyArray<ChannelRow>) {
  const vault = yield* Vault
  const key = yield* vault.keyOf(owner_id)
  return yield* Effect.forEach(rows, ({ target, ...row }) =>
    Effect.map(Channel.open(key, row.id, target), (target): OwnChannel => ({ ...row, target }))
  )
})

/** Oldest first. */
export const list = Effect.fn("ChannelBook.list")(function* (owner_id: string) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<ChannelRow>`SELECT ${sql.literal(columns)} FROM notification_channels ORDER BY created_at, id`
  return yield* opened(owner_id, rows)
})

export const find = Effect.fn("ChannelBook.find")(function* (owner_id: string, id: string) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<ChannelRow>`SELECT ${sql.literal(columns)} FROM notification_channels WHERE id = ${id}`
  const [channel] = yield* opened(owner_id, rows)
  return channel ?? null
})

/** Adds a channel under the id; null when there is one already that leads there, or as many as there may be. */
export const add = Effect.fn("ChannelBook.add")(function* (
  owner_id: string,
  { id, name, target, isVerified = false }: NewChannel
) {
  const sql = yield* SqlClient.SqlClient
  const vault = yield* Vault
  const key = yield* vault.keyOf(owner_id)
  const rows = yield* sql<ChannelRow>`
    INSERT INTO notification_channels (id, owner_id, kind, name, target, fingerprint, verified_at)
    SELECT ${id}::uuid, ${owner_id}::uuid, ${target.kind}, ${name}, ${Channel.seal(key, id, target)}::bytea,
           ${key.fingerprint(placeOf(target))}::bytea, CASE WHEN ${isVerified} THEN now() END
    WHERE (SELECT count(*) FROM notification_channels WHERE owner_id = ${owner_id}) < ${maxChannels}
    ON CONFLICT (owner_id, fingerprint) DO NOTHING
    RETURNING ${sql.literal(columns)}`
  const [channel] = yield* opened(owner_id, rows)
  return channel ?? null
})

/** Renames it, or lets it rest and takes it up again. */
export const change = Effect.fn("ChannelBook.change")(function* (
  id: string,
  { name, enabled }: { readonly name?: string | undefined; readonly enabled?: boolean | undefined }
) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql`
    UPDATE notification_channels SET name = coalesce(${name ?? null}, name),
      disabled_at = CASE ${enabled ?? null}::boolean WHEN true THEN NULL WHEN false THEN coalesce(disabled_at, now()) ELSE disabled_at END
    WHERE id = ${id} RETURNING 1`
  return rows.length > 0
})

/** With all that waits to go out on it. */
export const remove = Effect.fn("ChannelBook.remove")(function* (id: string) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql`DELETE FROM notification_channels WHERE id = ${id} RETURNING 1`
  return rows.length > 0
})

/**
 * A browser's subscription, which may have new keys now. What asked for it is the browser itself, so that it needs no test: a message that
 * cannot be read there is not shown, and a subscription that is no more says so.
 */
export const replacePush = Effect.fn("ChannelBook.replacePush")(function* (
  owner_id: string,
  channel: { readonly id: string; readonly name: string; readonly target: Channel.TargetOf<"push"> }
) {
  yield* removePush(owner_id, channel.target.endpoint)
  return yield* add(owner_id, { ...channel, isVerified: true })
})

/** The browser's subscription at the endpoint. */
export const removePush = Effect.fn("ChannelBook.removePush")(function* (owner_id: string, endpoint: string) {
  const sql = yield* SqlClient.SqlClient
  const vault = yield* Vault
  const key = yield* vault.keyOf(owner_id)
  const place = placeOf({ kind: "push", endpoint, p256dh: "", auth: "" })
  const rows = yield* sql`DELETE FROM notification_channels WHERE fingerprint = ${key.fingerprint(place)} RETURNING 1`
  return rows.length > 0
})
