/**
 * Messenger: carries one message out of the tracker, on whichever channel, and says what is known of its arrival. It tries once: what follows
 * from a failure is the courier's to decide.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { ChannelTarget } from "@finance/core/notifications/Channel"
import type { TrustedHosts } from "@finance/core/notifications/WebAddress"
import { VapidKeys } from "@finance/core/notifications/VapidKeys"
import * as Mail from "./Mail.ts"
import type { Message } from "./Message.ts"
import * as OutboundSettings from "@finance/core/notifications/OutboundSettings"
import * as Ntfy from "./Ntfy.ts"
import type { Outcome } from "./Outcome.ts"
import * as PublicHttp from "./PublicHttp.ts"
import * as WebPush from "./WebPush.ts"
import * as Webhook from "./Webhook.ts"

export class Messenger extends Context.Service<
  Messenger,
  {
    /** Bounded in time. */
    send(target: ChannelTarget, message: Message): Effect.Effect<Outcome>
  }
>()("finance/notifications/Messenger") {}

export const layerWith = (settings: OutboundSettings.OutboundSettings, lookup?: PublicHttp.Lookup) =>
  Layer.effect(
    Messenger,
    Effect.map(VapidKeys, (vapid) => {
      const trusted: TrustedHosts = settings.trusted
      const http = PublicHttp.make({ trusted, ...(lookup !== undefined && { lookup }) })
      const mail = Mail.make(settings.smtp)
      return Messenger.of({
        send(target, message) {
          switch (target.kind) {
            case "email":
              return mail(target, message)
            case "ntfy":
              return Ntfy.send(http, target, message)
            case "webhook":
              return Webhook.send(http, target, message)
            case "push":
              return WebPush.send(http, { vapid, contact: settings.contact }, target, message)
          }
        }
      })
    })
  )

export const layer = Layer.unwrap(Effect.map(OutboundSettings.settings, (settings) => layerWith(settings)))
