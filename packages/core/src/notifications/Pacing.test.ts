import { assert, describe, it } from "@effect/vitest"
import { hourly, paceOf, type SentMessage } from "./Pacing.ts"

const minutes = (count: number) => count * 60_000
const noon = Date.UTC(2026, 10, 25, 12)
const ago = (count: number, notices = 1): SentMessage => ({ at: new Date(noon - minutes(count)), notices })
const pace = (due: number, sent: ReadonlyArray<SentMessage>) => paceOf(due, sent, new Date(noon))

describe("a person who is told of something", () => {
  it("hears of a few things one by one", () => {
    assert.deepStrictEqual(pace(1, []), { _tag: "OneByOne" })
    assert.deepStrictEqual(pace(hourly, []), { _tag: "OneByOne" })
    assert.deepStrictEqual(pace(2, [ago(5), ago(20), ago(59)]), { _tag: "OneByOne" })
  })

  it("hears of many at once, in one message", () => {
    assert.deepStrictEqual(pace(500, []), { _tag: "Digest" })
    assert.deepStrictEqual(pace(3, [ago(5), ago(20), ago(59)]), { _tag: "Digest" })
  })

  it("hears nothing more for an hour after that", () => {
    assert.deepStrictEqual(pace(1, [ago(10, 500)]), { _tag: "Later", at: new Date(noon + minutes(50)) })
    assert.deepStrictEqual(pace(1, [ago(61, 500)]), { _tag: "OneByOne" })
  })

  it("hears the next when the first of an hour's share is an hour ago", () => {
    const share = [ago(50), ago(40), ago(30), ago(20), ago(10)]
    assert.deepStrictEqual(pace(1, share), { _tag: "Later", at: new Date(noon + minutes(10)) })
  })

  it("gets no more than an hour's share and one digest in any hour, however fast things happen", () => {
    const sent: Array<SentMessage> = []
    let waiting = 0
    for (let minute = 0; minute < 600; minute++) {
      const now = new Date(noon + minutes(minute))
      waiting += (minute * 7) % 4
      while (waiting > 0) {
        const { _tag } = paceOf(waiting, sent, now)
        if (_tag === "Later") break
        const notices = _tag === "Digest" ? waiting : 1
        sent.push({ at: now, notices })
        waiting -= notices
      }
      const lastHour = sent.filter(({ at }) => at.getTime() > now.getTime() - minutes(60))
      assert.isAtMost(lastHour.length, hourly + 1)
    }
    assert.isAtLeast(sent.length, 5)
  })
})
