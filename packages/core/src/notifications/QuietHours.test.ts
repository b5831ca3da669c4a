import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { QuietHours, quietUntil } from "./QuietHours.ts"

const oslo = (from: string, to: string) => Schema.decodeUnknownSync(QuietHours)({ from, to })
const at = (text: string) => new Date(text)
const until = (hours: QuietHours, now: string) => quietUntil(hours, at(now))?.toISOString() ?? null

describe("a person who wants to be left alone at night", () => {
  const night = oslo("22:00", "07:00")

  it("is told at once during the day, and at seven of what came at night", () => {
    assert.isNull(quietUntil(null, at("2026-01-15T02:00:00Z")))
    assert.isNull(until(night, "2026-01-15T20:59:59Z"))
    assert.strictEqual(until(night, "2026-01-15T21:00:00Z"), "2026-01-16T06:00:00.000Z")
    assert.strictEqual(until(night, "2026-01-16T02:13:20Z"), "2026-01-16T06:00:00.000Z")
    assert.strictEqual(until(night, "2026-01-16T05:59:59.999Z"), "2026-01-16T06:00:00.000Z")
    assert.isNull(until(night, "2026-01-16T06:00:00Z"))
  })

  it("sleeps until seven by the wall also in the night that is an hour shorter, and in the one that is longer", () => {
    assert.strictEqual(until(night, "2026-03-28T22:30:00Z"), "2026-03-29T05:00:00.000Z")
    assert.strictEqual(until(night, "2026-10-24T21:30:00Z"), "2026-10-25T06:00:00.000Z")
  })

  it("is left alone until a time that the clock jumps over, no longer", () => {
    // 02:30 does not exist on 29 March: the wall goes from 01:59 to 03:00
    assert.strictEqual(until(oslo("22:00", "02:30"), "2026-03-29T00:15:00Z"), "2026-03-29T01:00:00.000Z")
  })

  it("is woken once where the clock shows the time twice, and the hour that comes again is quiet again", () => {
    const hours = oslo("22:00", "02:30")
    assert.strictEqual(until(hours, "2026-10-25T00:10:00Z"), "2026-10-25T00:30:00.000Z")
    assert.isNull(until(hours, "2026-10-25T00:45:00Z"))
    assert.strictEqual(until(hours, "2026-10-25T01:10:00Z"), "2026-10-25T01:30:00.000Z")
  })

  it("sleeps by the clock of where they are", () => {
    const hours = { ...night, time_zone: "America/New_York" }
    assert.isNull(until(hours, "2026-01-15T23:00:00Z"))
    assert.strictEqual(until(hours, "2026-01-16T03:00:00Z"), "2026-01-16T12:00:00.000Z")
  })

  it("may take a nap by day, too", () => {
    const nap = oslo("12:30", "13:15")
    assert.isNull(until(nap, "2026-07-01T10:29:00Z"))
    assert.strictEqual(until(nap, "2026-07-01T10:30:00Z"), "2026-07-01T11:15:00.000Z")
  })

  it("is always woken at a time that is not quiet, and within a day unless their only hour awake is one that the clock jumps over", () => {
    for (const hours of [night, oslo("00:00", "23:59"), oslo("07:01", "07:00"), oslo("03:00", "02:00")]) {
      const longest = hours.from === "03:00" ? 48 : 25
      for (let hour = 0; hour < 24 * 366; hour += 43) {
        const now = new Date(Date.UTC(2026, 0, 1, hour, (hour * 13) % 60))
        const end = quietUntil(hours, now)
        if (end === null) continue
        assert.isAbove(end.getTime(), now.getTime())
        assert.isAtMost(end.getTime() - now.getTime(), longest * 3_600_000)
        assert.isNull(quietUntil(hours, end))
      }
    }
  })

  it("cannot be left alone for ever, nor at a time or in a place that does not exist", () => {
    const decode = Schema.decodeUnknownSync(QuietHours)
    assert.throws(() => decode({ from: "07:00", to: "07:00" }))
    assert.throws(() => decode({ from: "24:00", to: "07:00" }))
    assert.throws(() => decode({ from: "7:00", to: "08:00" }))
    assert.throws(() => decode({ from: "22:00", to: "07:00", time_zone: "Europe/Hamar" }))
    assert.strictEqual(decode({ from: "22:00", to: "07:00" }).time_zone, "Europe/Oslo")
  })
})
