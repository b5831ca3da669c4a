import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpApiBuilder from "effect/http-api/HttpApiBuilder"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import { languageOf } from "@finance/core/ledger/Explanation"
import { newId } from "@finance/core/ledger/Id"
import * as ChannelOf from "@finance/core/notifications/Channel"
import * as ChannelBook from "@finance/core/notifications/ChannelBook"
import * as DeliveryBook from "@finance/core/notifications/DeliveryBook"
import type { OutboundSettings } from "@finance/core/notifications/OutboundSettings"
import * as PreferenceBook from "@finance/core/notifications/PreferenceBook"
import { VapidKeys } from "@finance/core/notifications/VapidKeys"
import { objectionTo } from "@finance/core/notifications/WebAddress"
import { withPerson } from "@finance/core/read-models/Person"
import * as Rows from "@finance/core/read-models/Notifications"
import * as Answers from "../Answers.ts"
import { unbroken } from "../Breakdown.ts"
import { Api } from "../contract/Api.ts"
import { CurrentPerson } from "../contract/Middleware.ts"
import type { Channel, Delivery, NewChannel } from "../contract/Notifications.ts"
import { TooManyRequests } from "../contract/Problem.ts"
import * as Refusal from "./Refusal.ts"

/** Where messages may go from here, and whether there is e-mail at all. */
export class Outbound extends Context.Service<Outbound, OutboundSettings>()("finance/http/Outbound") {}

const channelAnswer = (channel: ChannelBook.OwnChannel): Channel => ({
  id: channel.id,
  kind: channel.kind,
  name: channel.name,
  destination: ChannelOf.shownAs(channel.target),
  verified_at: channel.verified_at?.toISOString() ?? null,
  enabled: channel.disabled_at === null,
  created_at: channel.created_at.toISOString()
})

const deliveryAnswer = (row: DeliveryBook.DeliveryRow): Delivery => ({
  ...row,
  due_at: row.due_at.toISOString(),
  settled_at: row.settled_at?.toISOString() ?? null,
  created_at: row.created_at.toISOString()
})

/** A topic is the last part of its URL, and all of it a name (ntfy documentation). */
const isTopic = (url: string): boolean => /\/[-_A-Za-z0-9]{1,64}$/.test(new URL(url).pathname)

const targetOf = (channel: NewChannel, { smtp, trusted }: OutboundSettings) => {
  if (channel.kind === "email") {
    return smtp === undefined
      ? Effect.fail(Refusal.field("kind", "This installation sends no e-mail: its operator has to set SMTP_URL"))
      : Effect.succeed({ kind: "email" as const, address: channel.address.trim() })
  }
  const objection = objectionTo(channel.url, trusted)
  if (objection !== null) return Effect.fail(Refusal.field("url", objection))
  if (channel.kind === "webhook") {
    return Effect.succeed({ kind: "webhook" as const, url: channel.url, secret: ChannelOf.newWebhookSecret() })
  }
  if (!isTopic(channel.url)) return Effect.fail(Refusal.field("url", "Expected a topic such as https://ntfy.sh/my-topic"))
  return Effect.succeed({ kind: "ntfy" as const, url: channel.url, token: channel.token ?? null })
}

const notAdded = Refusal.conflict(
  "channel-exists",
  `There is a channel that leads there already, or there are ${ChannelBook.maxChannels} of them`
)

const language = Effect.map(HttpServerRequest.HttpServerRequest, ({ headers }) => languageOf(headers["accept-language"]))

export const layer = HttpApiBuilder.group(
  Api,
  "notifications",
  Effect.fn(function* (handlers) {
    const { publicKey } = yield* VapidKeys
    const outbound = yield* Outbound

    const channelOf = Effect.fnUntraced(function* (user_id: string, id: string) {
      const channel = yield* unbroken(withPerson(user_id, ChannelBook.find(user_id, id)))
      return channel ?? (yield* Refusal.missing("channel"))
    })

    return handlers.handleAll({
      list: Effect.fn("Notifications.list")(function* ({ query }) {
        const { user_id } = yield* CurrentPerson
        const spoken = yield* language
        const { page = 1, limit = 50, unread = "false" } = query
        const found = yield* unbroken(withPerson(user_id, Rows.page(unread === "true", page, limit)))
        return { ...found, notifications: found.notifications.map((row) => Answers.notification(row, spoken)), page, limit }
      }),
      read: Effect.fn("Notifications.read")(function* ({ params }) {
        const { user_id } = yield* CurrentPerson
        if (!(yield* unbroken(withPerson(user_id, Rows.markRead(params.id))))) return yield* Refusal.missing("notification")
      }),
      readAll: Effect.fn("Notifications.readAll")(function* () {
        const { user_id } = yield* CurrentPerson
        yield* unbroken(withPerson(user_id, Rows.markAllRead))
      }),
      preferences: Effect.fn("Notifications.preferences")(function* () {
        const { user_id } = yield* CurrentPerson
        return yield* unbroken(withPerson(user_id, PreferenceBook.preferencesOf(user_id)))
      }),
      setPreferences: Effect.fn("Notifications.setPreferences")(function* ({ payload }) {
        const { user_id } = yield* CurrentPerson
        yield* unbroken(withPerson(user_id, PreferenceBook.write(user_id, payload)))
        return payload
      }),
      channels: Effect.fn("Notifications.channels")(function* () {
        const { user_id } = yield* CurrentPerson
        return (yield* unbroken(withPerson(user_id, ChannelBook.list(user_id)))).map(channelAnswer)
      }),
      addChannel: Effect.fn("Notifications.addChannel")(function* ({ payload }) {
        const { user_id } = yield* CurrentPerson
        const target = yield* targetOf(payload, outbound)
        const channel = { id: newId(), name: payload.name, target }
        const added = yield* unbroken(withPerson(user_id, ChannelBook.add(user_id, channel)))
        if (added === null) return yield* notAdded
        return { ...channelAnswer(added), ...(target.kind === "webhook" && { secret: target.secret }) }
      }),
      changeChannel: Effect.fn("Notifications.changeChannel")(function* ({ params, payload }) {
        const { user_id } = yield* CurrentPerson
        yield* unbroken(withPerson(user_id, ChannelBook.change(params.id, payload)))
        return channelAnswer(yield* channelOf(user_id, params.id))
      }),
      removeChannel: Effect.fn("Notifications.removeChannel")(function* ({ params }) {
        const { user_id } = yield* CurrentPerson
        if (!(yield* unbroken(withPerson(user_id, ChannelBook.remove(params.id))))) return yield* Refusal.missing("channel")
      }),
      testChannel: Effect.fn("Notifications.testChannel")(function* ({ params }) {
        const { user_id } = yield* CurrentPerson
        yield* channelOf(user_id, params.id)
        const delivery_id = newId()
        const made = yield* unbroken(withPerson(user_id, DeliveryBook.test(user_id, params.id, delivery_id)))
        if (!made) return yield* new TooManyRequests({ retry_after: 3_600 })
        return { delivery_id }
      }),
      deliveries: Effect.fn("Notifications.deliveries")(function* ({ query: { page = 1, limit = 50 } }) {
        const { user_id } = yield* CurrentPerson
        return (yield* unbroken(withPerson(user_id, DeliveryBook.page(page, limit)))).map(deliveryAnswer)
      }),
      replay: Effect.fn("Notifications.replay")(function* ({ params }) {
        const { user_id } = yield* CurrentPerson
        const isAgain = yield* unbroken(withPerson(user_id, DeliveryBook.replay(params.id)))
        const row = yield* unbroken(withPerson(user_id, DeliveryBook.find(params.id)))
        if (row === null) return yield* Refusal.missing("delivery")
        return isAgain ? deliveryAnswer(row) : yield* Refusal.conflict("delivery-under-way", "It is on its way already")
      }),
      pushKey: () => Effect.succeed({ public_key: publicKey }),
      subscribe: Effect.fn("Notifications.subscribe")(function* ({ payload }) {
        const { user_id } = yield* CurrentPerson
        const { endpoint, keys, name = "Web Push" } = payload
        const objection = objectionTo(endpoint, outbound.trusted)
        if (objection !== null) return yield* Refusal.field("endpoint", objection)
        const target = { kind: "push" as const, endpoint, ...keys }
        const added = yield* unbroken(withPerson(user_id, ChannelBook.replacePush(user_id, { id: newId(), name, target })))
        return channelAnswer(added ?? (yield* notAdded))
      }),
      unsubscribe: Effect.fn("Notifications.unsubscribe")(function* ({ query }) {
        const { user_id } = yield* CurrentPerson
        const isGone = yield* unbroken(withPerson(user_id, ChannelBook.removePush(user_id, query.endpoint)))
        if (!isGone) return yield* Refusal.missing("subscription")
      })
    })
  })
)
