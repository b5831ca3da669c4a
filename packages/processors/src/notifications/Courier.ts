/**
 * Courier: takes what is to go out to where it is to go, on a person's terms.
 *
 *   waiting ──claim──▶ sending ──┬─ Sent ─────────────────▶ sent        a channel that was tried is verified
 *      ▲    (committed)          ├─ Refused, may pass ────▶ waiting     later, and later still: `backoff`
 *      │                         ├─ Refused ──────────────▶ failed
 *      │                         ├─ Uncertain ────────────▶ unknown     a webhook: waiting, under the same id
 *      │                         └─ Gone ─────────────────▶ failed      the channel rests; a browser's is removed
 *      └── quiet hours, pacing: due later
 *
 * Terms. *claim*: the commit that says a message is on its way, before any of it is. *lease*: how long a claim holds; what is still `sending`
 * after it belonged to a process that died.
 *
 * Invariants
 *  1. At most once: a notice is claimed by one courier, for one channel, and after a claim it goes out again only if it certainly did not
 *     arrive. Where its receiver knows a repeat by its id (webhooks), it goes out until it arrives.
 *  2. Nothing waits for a receiver with a transaction open. One message of a channel is on its way at a time, so that a slow receiver holds up
 *     nobody but its own.
 *  3. In quiet hours nothing goes out but a test, which somebody has just asked for.
 *  4. What is more than an hour's share goes out as one digest (`Pacing`), but for webhooks, which are read by programs.
 *  5. What could not go out in three days is no news any more.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Semaphore from "effect/Semaphore"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as Columns from "@finance/core/database/Columns"
import { Signals } from "@finance/core/database/Signals"
import { Vault } from "@finance/core/event-store/Vault"
import * as Channel from "@finance/core/notifications/Channel"
import { fromJson } from "@finance/core/notifications/Notice"
import { paceOf, type SentMessage } from "@finance/core/notifications/Pacing"
import { preferencesOf } from "@finance/core/notifications/PreferenceBook"
import type { ChannelKind, Preferences } from "@finance/core/notifications/Preferences"
import { quietUntil } from "@finance/core/notifications/QuietHours"
import type { Message } from "./Message.ts"
import { Messenger } from "./Messenger.ts"
import { type Outcome, refused } from "./Outcome.ts"

const lease = "3 minutes"
const expiry = "3 days"
/** Messages on their way at once. */
const parallel = 64
/** How soon it looks by itself: for what has become due, and should a signal be lost. */
const net = "5 seconds"
/** The most notices in one digest. */
const maxNotices = 500

/** Seconds until the next try, after so many; then it has failed. */
const backoff = [5, 60, 300, 1_800, 7_200, 18_000, 36_000] as const

const now = Effect.map(Clock.currentTimeMillis, (millis) => new Date(millis))

interface ChannelRow {
  readonly id: string
  readonly owner_id: string
  readonly kind: ChannelKind
  readonly target: Uint8Array
}

interface Due {
  readonly id: string
  readonly notification_id: string | null
  readonly notice: unknown
  readonly notified_at: Date | null
  readonly attempts: number
}

/** A message that is claimed, and has to be sent now or never. */
export interface Claimed {
  readonly channel: ChannelRow
  readonly message: Message
  readonly deliveries: ReadonlyArray<string>
  readonly claimed_at: Date
}

/** Lets go of what died on its way, and of what is no news any more. */
const tidy = Effect.fnUntraced(function* (now: Date) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    UPDATE notification_deliveries d
    SET status = CASE WHEN c.kind = 'webhook' THEN 'waiting' ELSE 'unknown' END, due_at = ${now}, claimed_until = NULL,
        settled_at = CASE WHEN c.kind = 'webhook' THEN NULL ELSE ${now}::timestamptz END, detail = 'it was cut off while it was sent'
    FROM notification_channels c WHERE c.id = d.channel_id AND d.status = 'sending' AND d.claimed_until < ${now}`
  yield* sql`
    UPDATE notification_deliveries SET status = 'expired', settled_at = ${now}
    WHERE status = 'waiting' AND due_at <= ${now} AND created_at < ${now}::timestamptz - ${expiry}::interval`
})

/** A channel that something is due on and nothing on its way, held until the transaction ends. */
const nextChannel = (sql: SqlClient.SqlClient, now: Date) =>
  Effect.map(
    sql<ChannelRow>`
      SELECT id, owner_id, kind, target FROM notification_channels c
      WHERE id IN (SELECT channel_id FROM notification_deliveries WHERE status = 'waiting' AND due_at <= ${now})
        AND NOT EXISTS (SELECT FROM notification_deliveries s WHERE s.channel_id = c.id AND s.status = 'sending')
      LIMIT 1 FOR UPDATE SKIP LOCKED`,
    ([channel]) => channel
  )

const dueOn = (sql: SqlClient.SqlClient, channel_id: string, now: Date) =>
  sql<Due>`
    SELECT d.id, d.notification_id, n.notice, n.created_at AS notified_at, d.attempts
    FROM notification_deliveries d LEFT JOIN notifications n ON n.id = d.notification_id
    WHERE d.channel_id = ${channel_id} AND d.status = 'waiting' AND d.due_at <= ${now}
    ORDER BY (d.notification_id IS NULL) DESC, n.created_at, d.id LIMIT ${maxNotices}`

const sentLately = (sql: SqlClient.SqlClient, channel_id: string, now: Date) =>
  sql<SentMessage>`
    SELECT max(claimed_at) AS at, count(*)::int AS notices FROM notification_deliveries
    WHERE channel_id = ${channel_id} AND notification_id IS NOT NULL AND status IN ('sending', 'sent', 'unknown')
      AND claimed_at > ${now}::timestamptz - interval '1 hour'
    GROUP BY message_id`

const postpone = (sql: SqlClient.SqlClient, due: ReadonlyArray<Due>, until: Date) => sql`
  UPDATE notification_deliveries SET due_at = ${until} WHERE id = ANY(${Columns.uuids(due.map(({ id }) => id))})`

/** Which of what is due goes out now, in one message; the rest is put off, or is left for the next look. */
const choose = Effect.fnUntraced(function* (channel: ChannelRow, due: ReadonlyArray<Due>, preferences: Preferences, now: Date) {
  const sql = yield* SqlClient.SqlClient
  const [first] = due
  if (first === undefined || first.notification_id === null) return due.slice(0, 1)
  const quiet = quietUntil(preferences.quiet_hours, now)
  if (quiet !== null) {
    yield* postpone(sql, due, quiet)
    return []
  }
  if (channel.kind === "webhook") return [first]
  const pace = paceOf(due.length, yield* sentLately(sql, channel.id, now), now)
  if (pace._tag === "Later") {
    yield* postpone(sql, due, pace.at)
    return []
  }
  return pace._tag === "OneByOne" ? [first] : due
})

const messageOf = (chosen: ReadonlyArray<Due>, preferences: Preferences): Message => ({
  id: chosen[0]!.id,
  attempt: chosen[0]!.attempts + 1,
  preferences,
  notices: chosen.flatMap(({ notification_id, notice, notified_at }) =>
    notification_id === null ? [] : [{ id: notification_id, notice: fromJson(notice), created_at: notified_at! }]
  )
})

/** Claims one message that is due; null when none is, `false` when something was due and none of it goes out now. */
export const claim = Effect.fn("Courier.claim")(function* (now: Date) {
  const sql = yield* SqlClient.SqlClient
  const claiming: Effect.Effect<Claimed | false | null, SqlError, SqlClient.SqlClient> = Effect.gen(function* () {
    const channel = yield* nextChannel(sql, now)
    if (channel === undefined) return null
    const preferences = yield* preferencesOf(channel.owner_id)
    const chosen = yield* choose(channel, yield* dueOn(sql, channel.id, now), preferences, now)
    if (chosen.length === 0) return false
    const message = messageOf(chosen, preferences)
    const deliveries = chosen.map(({ id }) => id)
    yield* sql`
      UPDATE notification_deliveries
      SET status = 'sending', attempts = attempts + 1, message_id = ${message.id}, claimed_at = ${now},
          claimed_until = ${now}::timestamptz + ${lease}::interval
      WHERE id = ANY(${Columns.uuids(deliveries)})`
    return { channel, message, deliveries, claimed_at: now }
  })
  return yield* sql.withTransaction(claiming)
})

type Verdict =
  | { readonly status: "sent" | "failed" | "unknown"; readonly detail: string | null }
  | { readonly status: "waiting"; readonly detail: string; readonly afterMillis: number }

/** Jittered, so that not all who were refused come back at once. */
const pauseAfter = (attempt: number, chance: number): number | undefined => {
  const seconds = backoff[attempt - 1]
  return seconds === undefined ? undefined : seconds * 1_000 * (1 + chance / 5)
}

const verdictOn = (outcome: Outcome, kind: ChannelKind, attempt: number, chance: number): Verdict => {
  if (outcome._tag === "Sent") return { status: "sent", detail: null }
  const { detail } = outcome
  if (outcome._tag === "Uncertain" && kind !== "webhook") return { status: "unknown", detail }
  const mayPass = outcome._tag === "Uncertain" || (outcome._tag === "Refused" && outcome.mayPass)
  const pause = mayPass ? pauseAfter(attempt, chance) : undefined
  if (pause === undefined) return { status: "failed", detail }
  const asked = outcome._tag === "Refused" ? (outcome.afterMillis ?? 0) : 0
  return { status: "waiting", detail, afterMillis: Math.max(pause, asked) }
}

/** What has become of it; nothing is changed any more where the lease has ended and another has decided. */
const settle = Effect.fn("Courier.settle")(function* ({ channel, message, deliveries, claimed_at }: Claimed, outcome: Outcome) {
  const sql = yield* SqlClient.SqlClient
  const settled_at = yield* now
  const verdict = verdictOn(outcome, channel.kind, message.attempt, yield* Random.next)
  const due = verdict.status === "waiting" ? new Date(claimed_at.getTime() + verdict.afterMillis) : null
  yield* sql`
    UPDATE notification_deliveries
    SET status = ${verdict.status}, detail = ${verdict.detail?.slice(0, maxDetail) ?? null}, claimed_until = NULL,
        due_at = coalesce(${due}::timestamptz, due_at), settled_at = ${verdict.status === "waiting" ? null : settled_at}::timestamptz
    WHERE id = ANY(${Columns.uuids(deliveries)}) AND status = 'sending' AND claimed_at = ${claimed_at}`
  if (outcome._tag === "Sent" && message.notices.length === 0) {
    yield* sql`UPDATE notification_channels SET verified_at = ${settled_at} WHERE id = ${channel.id} AND verified_at IS NULL`
  }
  if (outcome._tag !== "Gone") return
  yield* channel.kind === "push"
    ? sql`DELETE FROM notification_channels WHERE id = ${channel.id}`
    : sql`UPDATE notification_channels SET disabled_at = ${settled_at} WHERE id = ${channel.id}`
})

const maxDetail = 300

/** Sends what was claimed and writes down what became of it. */
export const deliver = Effect.fn("Courier.deliver")(function* (claimed: Claimed) {
  const messenger = yield* Messenger
  const vault = yield* Vault
  const { id, owner_id, target } = claimed.channel
  const sending = Effect.gen(function* () {
    const key = yield* vault.keyOf(owner_id)
    return yield* messenger.send(yield* Channel.open(key, id, target), claimed.message)
  })
  const outcome = yield* Effect.catchTags(sending, {
    Erased: () => Effect.succeed(refused("the person has been erased", false)),
    VaultUnusable: ({ detail }) => Effect.succeed(refused(detail, true))
  })
  yield* settle(claimed, outcome)
})

/** Sends all that is due at that time, one after the other; answers with how many messages that were. */
export const round = Effect.fn("Courier.round")(function* (now: Date) {
  yield* tidy(now)
  let sent = 0
  while (true) {
    const claimed = yield* claim(now)
    if (claimed === null) return sent
    if (claimed === false) continue
    yield* deliver(claimed)
    sent++
  }
})

/** Works until it is interrupted; what is on its way then is waited for. */
export const courier = Effect.gen(function* () {
  const signals = yield* Signals
  const hands = yield* Semaphore.make(parallel)
  while (true) {
    const seen = signals.current("deliveries")
    yield* Effect.flatMap(now, tidy)
    while (true) {
      yield* hands.take(1)
      const claimed = yield* Effect.onError(Effect.flatMap(now, claim), () => hands.release(1))
      if (claimed === null || claimed === false) yield* hands.release(1)
      if (claimed === null) break
      if (claimed === false) continue
      yield* deliver(claimed).pipe(
        Effect.catchCause((cause) => Effect.logWarning("what became of a message could not be written down", cause)),
        Effect.ensuring(hands.release(1)),
        // More may be waiting for the same channel.
        Effect.andThen(Effect.sync(() => signals.raise("deliveries"))),
        Effect.uninterruptible,
        Effect.forkScoped
      )
    }
    yield* signals.changedSince("deliveries", seen, net)
  }
}).pipe(Effect.scoped)
