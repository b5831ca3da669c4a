import { assert, describe, it } from "vitest"
import { newId } from "../ledger/Id.ts"
import { causeOf, traceparentOf } from "./Correlation.ts"

const kari = newId()
const ola = newId()

const event = (owner_id: string, correlation_id: string | undefined, stream_id = newId()) => ({
  stream_id,
  owner_id,
  event_id: newId(),
  metadata: { actor: owner_id, ...(correlation_id !== undefined && { correlation_id }) }
})

describe("What a program appends follows", () => {
  it("from the last event of the same stream, whatever else is in the batch", () => {
    const coffee = newId()
    const [first, other, last] = [event(kari, "r1", coffee), event(kari, "r2"), event(kari, "r3", coffee)]
    assert.deepStrictEqual(causeOf([first, other, last])({ stream_id: coffee, owner_id: kari }), {
      causation_id: last.event_id,
      correlation_id: "r3"
    })
  })

  it("from a person's only event, where it is in another stream", () => {
    const bought = event(kari, "r1")
    const about = { stream_id: newId(), owner_id: kari }
    assert.deepStrictEqual(causeOf([bought, event(ola, "r2")])(about), { causation_id: bought.event_id, correlation_id: "r1" })
  })

  it("from a person's request, and no one event of it, where that made several", () => {
    const about = { stream_id: newId(), owner_id: kari }
    assert.deepStrictEqual(causeOf([event(kari, "r1"), event(kari, "r1")])(about), { correlation_id: "r1" })
  })

  it("from nothing that is said, where it may be one of several requests, or somebody else's", () => {
    const events = [event(kari, "r1"), event(kari, "r2"), event(kari, undefined)]
    assert.deepStrictEqual(causeOf(events)({ stream_id: newId(), owner_id: kari }), {})
    assert.deepStrictEqual(causeOf(events)({ stream_id: newId(), owner_id: ola }), {})
  })
})

describe("A trace goes on", () => {
  const of = (trace: string, span: string) => `00-${trace.repeat(32)}-${span.repeat(16)}-01`

  it("with the span that the work is done in, while that is of the same trace", () => {
    assert.strictEqual(traceparentOf({ traceparent: of("a", "1") }, of("a", "2")), of("a", "2"))
    assert.strictEqual(traceparentOf({}, of("a", "2")), of("a", "2"))
  })

  it("where it was, when it is handled together with others", () => {
    assert.strictEqual(traceparentOf({ traceparent: of("a", "1") }, of("b", "2")), of("a", "1"))
    assert.strictEqual(traceparentOf({ traceparent: of("a", "1") }, undefined), of("a", "1"))
    assert.strictEqual(traceparentOf({}, undefined), undefined)
  })
})
