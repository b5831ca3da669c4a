import { assert, describe, it } from "@effect/vitest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { CloudEvent } from "./CloudEvent.ts"
import { fromHeaders, NotACloudEvent, type Spelling, toHeaders } from "./CloudEventHeaders.ts"

const Text = Schema.NonEmptyString
const Drawn = Schema.Struct({
  id: Text,
  subject: Text,
  partitionkey: Text,
  actor: Schema.String,
  bytes: Schema.NullOr(Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))))
})

const eventOf = ({ id, subject, partitionkey, actor, bytes }: typeof Drawn.Type): CloudEvent => ({
  id: id.toWellFormed(),
  source: "/ledger",
  type: "AccountRenamed",
  time: "2025-01-15T12:00:00.000Z",
  subject: subject.toWellFormed(),
  partitionkey: partitionkey.toWellFormed(),
  sequence: "7",
  extensions: { actor: actor.toWellFormed() },
  data: bytes === null ? null : Uint8Array.from(bytes)
})

const kari = eventOf({ id: "e1", subject: "a1", partitionkey: "kari", actor: "Kåre “the” 100 %", bytes: [1] })

/** What NATS delivers of a body that is absent. */
const delivered = (data: Uint8Array | null, by: Spelling) => (by === "nats" ? (data ?? new Uint8Array()) : data)

const wrongWith = (headers: Record<string, string>) => {
  const result = fromHeaders(Object.entries(headers), null)
  return Result.isFailure(result) && result.failure instanceof NotACloudEvent ? result.failure.detail : "nothing"
}

describe("CloudEventHeaders", () => {
  for (const spelling of ["kafka", "nats"] as const) {
    it.prop(`${spelling}: what is written is read back, with data, with none and with no bytes of it`, [Drawn], ([drawn]) => {
      const event = eventOf(drawn)
      const headers = Object.entries(toHeaders(event, spelling))
      assert.deepStrictEqual(Result.getOrThrow(fromHeaders(headers, delivered(event.data, spelling))), event)
    })
  }

  it.prop("nats: headers are printable ASCII, whatever a person is called", [Drawn], ([drawn]) => {
    for (const [name, value] of Object.entries(toHeaders(eventOf(drawn), "nats"))) assert.match(`${name}${value}`, /^[!-~]*$/)
  })

  it("reads either spelling, whichever transport a bridge delivers it by", () => {
    for (const spelling of ["kafka", "nats"] as const) {
      const headers = Object.entries(toHeaders(kari, spelling))
      assert.deepStrictEqual(Result.getOrThrow(fromHeaders(headers, kari.data)), kari)
    }
  })

  it("reads names in any case, and passes by headers that are not the event's", () => {
    const headers = Object.entries(toHeaders(kari, "kafka")).map(([name, value]) => [name.toUpperCase(), value] as const)
    assert.deepStrictEqual(Result.getOrThrow(fromHeaders([...headers, ["Nats-Msg-Id", "x"]], kari.data)), kari)
  })

  it("names the headers as the bindings of CloudEvents 1.0 do", () => {
    assert.includeMembers(Object.keys(toHeaders(kari, "kafka")), ["ce_specversion", "ce_id", "ce_partitionkey", "content-type"])
    assert.includeMembers(Object.keys(toHeaders(kari, "nats")), [
      "ce-specversion",
      "ce-id",
      "ce-partitionkey",
      "ce-datacontenttype"
    ])
    assert.strictEqual(toHeaders(kari, "nats")["ce-actor"], "K%C3%A5re%20%E2%80%9Cthe%E2%80%9D%20100%20%25")
  })

  it("says of poison what is wrong with it, and does not throw", () => {
    const headers = toHeaders(kari, "kafka")
    assert.strictEqual(wrongWith({}), "its specversion is missing, not 1.0")
    assert.strictEqual(wrongWith({ ...headers, ce_specversion: "2.0" }), "its specversion is 2.0, not 1.0")
    assert.strictEqual(
      wrongWith({ ce_specversion: "1.0", ce_id: "e1", ce_source: "/x" }),
      "it lacks type, time, subject, partitionkey, sequence"
    )
    assert.strictEqual(wrongWith({ ...headers, ce_partitionkey: "" }), "it lacks partitionkey")
    const broken = Object.entries({ ...toHeaders(kari, "nats"), "ce-actor": "100 %" })
    assert.strictEqual(Result.getOrThrow(fromHeaders(broken, kari.data)).extensions["actor"], "100 %")
  })
})
