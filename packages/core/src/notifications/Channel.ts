/**
 * Channel: a way out of the tracker to one person: where to, and what proves who we are there. All of it is kept under the person's key, and
 * is gone with it.
 */
import { randomBytes } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type PersonKey, VaultUnusable } from "../event-store/Vault.ts"
import type { ChannelKind } from "./Preferences.ts"

export const EmailTarget = Schema.Struct({ kind: Schema.Literal("email"), address: Schema.String })
/** A topic of an ntfy server (ntfy.sh or one's own), with an access token where it asks for one. */
export const NtfyTarget = Schema.Struct({ kind: Schema.Literal("ntfy"), url: Schema.String, token: Schema.NullOr(Schema.String) })
export const WebhookTarget = Schema.Struct({ kind: Schema.Literal("webhook"), url: Schema.String, secret: Schema.String })
/** A browser's subscription (Push API): `p256dh` and `auth` are what a message to it is encrypted with (RFC 8291). */
export const PushTarget = Schema.Struct({
  kind: Schema.Literal("push"),
  endpoint: Schema.String,
  p256dh: Schema.String,
  auth: Schema.String
})

export const ChannelTarget = Schema.Union([EmailTarget, NtfyTarget, WebhookTarget, PushTarget])
export type ChannelTarget = typeof ChannelTarget.Type

export type TargetOf<Kind extends ChannelKind> = Extract<ChannelTarget, { readonly kind: Kind }>

const decode = Schema.decodeUnknownSync(ChannelTarget)
const binding = (channel_id: string) => `notification-channel/${channel_id}`

export const seal = (key: PersonKey, channel_id: string, target: ChannelTarget): Uint8Array =>
  key.seal(Buffer.from(JSON.stringify(target)), binding(channel_id))

export const open = (key: PersonKey, channel_id: string, sealed: Uint8Array): Effect.Effect<ChannelTarget, VaultUnusable> =>
  Effect.try({
    try: () => decode(JSON.parse(Buffer.from(key.open(sealed, binding(channel_id))).toString())),
    catch: (cause) =>
      cause instanceof VaultUnusable ? cause : new VaultUnusable({ owner_id: key.owner_id, detail: "a channel is damaged" })
  })

/** What a webhook's messages are signed with (Standard Webhooks 1.0: 24 to 64 bytes, `whsec_` and base64). */
export const newWebhookSecret = (): string => `whsec_${randomBytes(32).toString("base64")}`

/** Where it leads, as far as it may be shown: of a URL the host alone, for a topic's name is its password. */
export const shownAs = (target: ChannelTarget): string => {
  switch (target.kind) {
    case "email":
      return target.address
    case "ntfy":
    case "webhook":
      return new URL(target.url).host
    case "push":
      return new URL(target.endpoint).host
  }
}
