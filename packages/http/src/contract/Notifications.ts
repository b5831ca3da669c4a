import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import { NoticeKind } from "@finance/core/notifications/Notice"
import { ChannelKind, Preferences } from "@finance/core/notifications/Preferences"
import { Id, Limit, Moment, Name, Page, Text } from "./Field.ts"
import { Email } from "./Identity.ts"
import { Authorization, Idempotency, Problems, Strictness } from "./Middleware.ts"
import { Conflict, NotFound, TooManyRequests, ValidationFailed } from "./Problem.ts"

/** What it is about, for programs; `title` and `text` say it in the language of `Accept-Language`. */
export const Subject = Schema.Union([
  Schema.Struct({
    category: Schema.String,
    /** The budget, and what was carried over into it. */
    available_amount: Schema.Number,
    current_spent: Schema.Number,
    currency: Schema.String,
    threshold_percentage: Schema.Int,
    month: Schema.String
  }),
  Schema.Struct({ anomaly_id: Schema.String, transaction_id: Schema.String, anomaly_type: Schema.String }),
  Schema.Struct({ import_id: Schema.String, account_id: Schema.String, rows_new: Schema.Int, rows_rejected: Schema.Int })
])
export type Subject = typeof Subject.Type

export const Notification = Schema.Struct({
  id: Schema.String,
  kind: NoticeKind,
  title: Schema.String,
  text: Schema.String,
  subject: Subject,
  created_at: Moment,
  read_at: Schema.NullOr(Moment)
})
export type Notification = typeof Notification.Type

const flag = Schema.Literals(["true", "false"])
const page = { page: Schema.optionalKey(Page), limit: Schema.optionalKey(Limit(100)) }

/** A channel says where it leads, but for what would let others use it: tokens, topics, paths. */
export const Channel = Schema.Struct({
  id: Schema.String,
  kind: ChannelKind,
  name: Schema.String,
  /** The address of a mailbox, the host of a URL. */
  destination: Schema.String,
  /** Null until a test has arrived; nothing else is sent before. */
  verified_at: Schema.NullOr(Moment),
  enabled: Schema.Boolean,
  created_at: Moment
})
export type Channel = typeof Channel.Type

/** What the webhook's messages are signed with (Standard Webhooks). It is shown this once. */
export const AddedChannel = Schema.Struct({ ...Channel.fields, secret: Schema.optionalKey(Schema.String) })

const named = { name: Name(100) }
const Url = Text(2_000)

export const NewChannel = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("email"), ...named, address: Email }),
  Schema.Struct({ kind: Schema.Literal("ntfy"), ...named, url: Url, token: Schema.optionalKey(Name(200)) }),
  Schema.Struct({ kind: Schema.Literal("webhook"), ...named, url: Url })
])
export type NewChannel = typeof NewChannel.Type

export const ChangedChannel = Schema.Struct({ name: Schema.optionalKey(Name(100)), enabled: Schema.optionalKey(Schema.Boolean) })

/** As a browser's `PushSubscription.toJSON()` has it. */
export const PushSubscription = Schema.Struct({
  endpoint: Url,
  expirationTime: Schema.optionalKey(Schema.NullOr(Schema.Number)),
  keys: Schema.Struct({
    p256dh: Schema.String.check(Schema.isPattern(/^[\w-]{87}=?$/u, { message: "Expected a public key on P-256, as base64url" })),
    auth: Schema.String.check(Schema.isPattern(/^[\w-]{22}(==)?$/u, { message: "Expected 16 bytes as base64url" }))
  }),
  name: Schema.optionalKey(Name(100))
})

/**
 * waiting, sending, sent · failed: it did not arrive, and is not tried any more · unknown: it may have arrived · expired: nothing to send as
 * news any more
 */
export const Delivery = Schema.Struct({
  id: Schema.String,
  channel_id: Schema.String,
  channel_kind: ChannelKind,
  channel_name: Schema.String,
  /** Null for a test. */
  notification_id: Schema.NullOr(Schema.String),
  status: Schema.Literals(["waiting", "sending", "sent", "failed", "unknown", "expired"]),
  attempts: Schema.Int,
  /** When it is sent, or sent again, at the earliest. */
  due_at: Moment,
  settled_at: Schema.NullOr(Moment),
  detail: Schema.NullOr(Schema.String),
  created_at: Moment
})
export type Delivery = typeof Delivery.Type

export class Notifications extends HttpApiGroup.make("notifications")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: { ...page, unread: Schema.optionalKey(flag) },
      success: Schema.Struct({
        notifications: Schema.Array(Notification),
        page: Schema.Int,
        limit: Schema.Int,
        total: Schema.Int,
        unread: Schema.Int
      })
    }),
    HttpApiEndpoint.post("read", "/:id/read", { params: { id: Id }, error: NotFound }),
    HttpApiEndpoint.post("readAll", "/read-all", {}),
    HttpApiEndpoint.get("preferences", "/preferences", { success: Preferences }),
    HttpApiEndpoint.put("setPreferences", "/preferences", { payload: Preferences, success: Preferences }),
    HttpApiEndpoint.get("channels", "/channels", { success: Schema.Array(Channel) }),
    HttpApiEndpoint.post("addChannel", "/channels", {
      payload: NewChannel,
      success: AddedChannel.pipe(HttpApiSchema.status(201)),
      error: [Conflict, ValidationFailed]
    }),
    HttpApiEndpoint.patch("changeChannel", "/channels/:id", {
      params: { id: Id },
      payload: ChangedChannel,
      success: Channel,
      error: NotFound
    }),
    HttpApiEndpoint.delete("removeChannel", "/channels/:id", { params: { id: Id }, error: NotFound }),
    HttpApiEndpoint.post("testChannel", "/channels/:id/test", {
      params: { id: Id },
      success: Schema.Struct({ delivery_id: Schema.String }).pipe(HttpApiSchema.status(202)),
      error: [NotFound, TooManyRequests]
    }),
    HttpApiEndpoint.get("deliveries", "/deliveries", { query: page, success: Schema.Array(Delivery) }),
    HttpApiEndpoint.post("replay", "/deliveries/:id/replay", {
      params: { id: Id },
      success: Delivery.pipe(HttpApiSchema.status(202)),
      error: [NotFound, Conflict]
    }),
    HttpApiEndpoint.get("pushKey", "/push/key", { success: Schema.Struct({ public_key: Schema.String }) }),
    HttpApiEndpoint.post("subscribe", "/push", {
      payload: PushSubscription,
      success: Channel.pipe(HttpApiSchema.status(201)),
      error: [Conflict, ValidationFailed]
    }),
    HttpApiEndpoint.delete("unsubscribe", "/push", { query: { endpoint: Url }, error: NotFound })
  )
  .middleware(Strictness)
  .middleware(Idempotency)
  .middleware(Authorization)
  .middleware(Problems)
  .prefix("/notifications") {}
