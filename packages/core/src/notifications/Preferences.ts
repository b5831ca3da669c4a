/**
 * Preferences: which kinds of notice reach a person on which channels, in which language, and how much is said where others may read it.
 */
import * as Schema from "effect/Schema"
import { languages } from "../ledger/Explanation.ts"
import { NoticeKind } from "./Notice.ts"
import { QuietHours } from "./QuietHours.ts"

/** The ways out of the tracker. */
export const channelKinds = ["email", "ntfy", "webhook", "push"] as const
export const ChannelKind = Schema.Literals(channelKinds)
export type ChannelKind = typeof ChannelKind.Type

const Way = Schema.Literals(["in_app", ...channelKinds])
export type Way = typeof Way.Type

export const Preferences = Schema.Struct({
  language: Schema.Literals(languages),
  /** Neither amounts nor names of categories and shops in what a locked screen or a mailbox shows. */
  discreet: Schema.Boolean,
  quiet_hours: Schema.NullOr(QuietHours),
  kinds: Schema.Record(NoticeKind, Schema.Array(Way).check(Schema.isUnique()))
})
export type Preferences = typeof Preferences.Type

export const defaultPreferences: Preferences = {
  language: "nb",
  discreet: true,
  quiet_hours: null,
  kinds: {
    budget: ["in_app", ...channelKinds],
    anomaly: ["in_app", ...channelKinds],
    import: ["in_app", ...channelKinds]
  }
}

export const wants = ({ kinds }: Preferences, kind: NoticeKind, way: Way): boolean => kinds[kind].includes(way)
