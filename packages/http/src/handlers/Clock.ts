/**
 * Clock: which day it is, in the calendar that budgets and periods follow.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { dayIn, noonOf } from "@finance/core/ledger/Day"

export const now = Effect.map(Clock.currentTimeMillis, (millis) => new Date(millis))
export const today = Effect.map(now, (instant) => dayIn(instant))

/** A time, or a date alone, as the instant and the day of the books it stands for. */
export const whenOf = (text: string): { readonly at: string; readonly day: string } => {
  if (text.length === 10) return { at: noonOf(text).toISOString(), day: text }
  const instant = new Date(text)
  return { at: instant.toISOString(), day: dayIn(instant) }
}
