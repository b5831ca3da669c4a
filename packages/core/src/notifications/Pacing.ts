/**
 * Pacing: how many messages a person gets on a channel. A few come one by one. What would be more comes as one digest, and after a digest,
 * or when the hour's share is used up, it is quiet until that is an hour ago, whatever gathers meanwhile.
 */

/** Messages in an hour, on one channel. */
export const hourly = 5
const hour = 3_600_000

export interface SentMessage {
  readonly at: Date
  /** Notices that went with it. */
  readonly notices: number
}

export type Pace = { readonly _tag: "OneByOne" } | { readonly _tag: "Digest" } | { readonly _tag: "Later"; readonly at: Date }

/** How so many notices that are due go out, after these messages of the hour before. */
export const paceOf = (due: number, sent: ReadonlyArray<SentMessage>, now: Date): Pace => {
  const recent = sent.filter(({ at }) => at.getTime() > now.getTime() - hour)
  const digest = recent.filter(({ notices }) => notices > 1)
  const holding = digest.length > 0 ? digest : recent.length >= hourly ? recent : []
  if (holding.length > 0) {
    const latest = Math.max(...holding.map(({ at }) => at.getTime()))
    const earliest = Math.min(...holding.map(({ at }) => at.getTime()))
    return { _tag: "Later", at: new Date((digest.length > 0 ? latest : earliest) + hour) }
  }
  return { _tag: recent.length + due <= hourly ? "OneByOne" : "Digest" }
}
