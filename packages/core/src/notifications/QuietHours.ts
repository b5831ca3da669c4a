/**
 * QuietHours: when a person wants to be left alone: from one time of the day to another, by the clock on their wall. In-app notices do not
 * wait for them to end; everything else does.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { homeZone } from "../ledger/Day.ts"

const Time = Schema.String.check(Schema.isPattern(/^([01]\d|2[0-3]):[0-5]\d$/u, { message: "Expected a time such as 22:00" }))

/** Whether there is a time zone of that name (IANA). */
const isZone = (name: string): boolean => {
  try {
    Intl.DateTimeFormat("en", { timeZone: name })
    return true
  } catch {
    return false
  }
}

export const TimeZone = Schema.String.check(
  Schema.isMaxLength(64),
  Schema.makeFilter((name: string) => isZone(name) || "Expected a time zone such as Europe/Oslo")
)

export const QuietHours = Schema.Struct({
  from: Time,
  to: Time,
  time_zone: TimeZone.pipe(Schema.withDecodingDefaultKey(Effect.succeed(homeZone)))
}).check(Schema.makeFilter(({ from, to }) => from !== to || "Expected quiet hours that end at another time than they begin"))
export type QuietHours = typeof QuietHours.Type

const minute = 60_000

const clocks = new Map<string, Intl.DateTimeFormat>()

/** What the clock on the wall shows: `22:05`. */
const clockIn = (zone: string, instant: number): string => {
  let clock = clocks.get(zone)
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
    clocks.set(zone, clock)
  }
  return clock.format(instant)
}

const isQuiet = ({ from, to, time_zone }: QuietHours, instant: number): boolean => {
  const time = clockIn(time_zone, instant)
  return from < to ? from <= time && time < to : time >= from || time < to
}

/**
 * When the quiet that reigns now ends; null when none does. It looks at the clock minute by minute, so that a night in which the clocks are
 * put forward or back ends when the wall says so.
 */
export const quietUntil = (hours: QuietHours | null, now: Date): Date | null => {
  if (hours === null || !isQuiet(hours, now.getTime())) return null
  let instant = Math.floor(now.getTime() / minute) * minute
  do instant += minute
  while (isQuiet(hours, instant))
  return new Date(instant)
}
