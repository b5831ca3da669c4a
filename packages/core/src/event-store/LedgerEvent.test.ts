import { assert, describe, it } from "@effect/vitest"
import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import {
  decode,
  encode,
  type EventType,
  eventTypes,
  isKnown,
  LedgerEvent,
  schemaVersionOf,
  UnreadableEvent
} from "./LedgerEvent.ts"

/**
 * One file per type and version, written once: what an event of that version looks like in the logs of those who have one. SHA256SUMS
 * holds them to the letter; a new version adds a line, and no line ever changes or goes.
 */
const golden = new URL("golden/", import.meta.url)
const sums = readFileSync(new URL("SHA256SUMS", golden), "utf8").trimEnd().split("\n")
const fixtures = sums.map((line) => {
  const [, sum, file, type, version] = /^([0-9a-f]{64})  ((\w+)\.v(\d+)\.json)$/.exec(line)!
  const content = readFileSync(new URL(file!, golden))
  const stored: unknown = JSON.parse(content.toString())
  return { file: file!, sum: sum!, content, type: type!, schema_version: Number(version), stored }
})

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const text = (encoded: Uint8Array) => new TextDecoder().decode(encoded)
const header = (type: string, schema_version = schemaVersionOf(type as EventType)) => ({ event_id: "e1", type, schema_version })

const unreadable = (decoding: () => unknown): UnreadableEvent => {
  try {
    decoding()
  } catch (error) {
    assert.instanceOf(error, UnreadableEvent)
    return error
  }
  return assert.fail("the event was read")
}

describe("LedgerEvent", () => {
  it("has a golden fixture of every version of every type that was ever written", () => {
    const written = eventTypes.flatMap((type) =>
      Array.from({ length: schemaVersionOf(type) }, (_, index) => `${type}.v${index + 1}.json`)
    )
    assert.includeMembers(
      fixtures.map(({ file }) => file),
      written
    )
    const types = LedgerEvent.members.flatMap((union) => union.members.map((member) => member.fields.type.literal))
    assert.sameMembers([...eventTypes], types)
  })

  it("has every fixture that it ever had, unchanged", () => {
    const files = readdirSync(golden).filter((file) => file !== "SHA256SUMS")
    assert.sameMembers(
      files,
      fixtures.map(({ file }) => file)
    )
    for (const { file, sum, content } of fixtures) {
      assert.strictEqual(createHash("sha256").update(content).digest("hex"), sum, `${file} must stay as it was first written`)
    }
  })

  for (const { file, type, schema_version, stored } of fixtures) {
    it(`reads ${file} as what such an event is today`, () => {
      const event = decode(header(type, schema_version), bytes(stored))
      const written = encode(event)
      assert.deepStrictEqual(decode(header(event.type), written), event)
      if (schema_version === schemaVersionOf(event.type)) assert.strictEqual(text(written), JSON.stringify(stored))
    })
  }

  it("reads amounts as whole øre, never as floats", () => {
    const event = decode(header("TransactionDeleted"), bytes(fixtures.find(({ type }) => type === "TransactionDeleted")!.stored))
    assert.strictEqual(event.type === "TransactionDeleted" && event.amount, -34_856n)
  })

  it.prop(
    "whatever can be written of a person's money can be read again, unchanged",
    [LedgerEvent],
    ([event]) => {
      const written = encode(event)
      const again = decode(header(event.type), written)
      assert.strictEqual(text(encode(again)), text(written))
      assert.strictEqual(again.type, event.type)
    },
    { arbitrary: { runs: 600 } }
  )

  it("refuses to write a confidence that is no number, for it could never be read again", () => {
    const fixture = fixtures.find(({ type }) => type === "TransactionCategorized")!
    const event = decode(header(fixture.type), bytes(fixture.stored))
    for (const confidence of [Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => encode({ ...event, confidence } as LedgerEvent))
    }
  })

  it("says of an event of a newer release which one it is, and to start that release, rather than guessing", () => {
    const { stored, type, schema_version } = fixtures[0]!
    for (const later of [header(type, schema_version + 1), header("TransactionSplit", 1)]) {
      assert.isFalse(isKnown(later))
      const error = unreadable(() => decode(later, bytes(stored)))
      assert.deepStrictEqual([error.event_id, error.type, error.schema_version], ["e1", later.type, later.schema_version])
      assert.strictEqual(error.reason, "newer")
      assert.include(error.message, "Start that one")
    }
  })

  it("refuses a plaintext that does not fit, in every way it can fail to", () => {
    const { stored } = fixtures.find(({ type }) => type === "AccountClosed")!
    const damaged = [
      new Uint8Array(),
      bytes(null),
      bytes({}),
      bytes([stored]),
      bytes({ ...(stored as object), account_id: 7 }),
      bytes({ ...(stored as object), type: "AccountOpened" }),
      new Uint8Array([0xff, 0xfe, 0x7b]),
      new TextEncoder().encode('{"type":"AccountClosed"')
    ]
    for (const plaintext of damaged) {
      assert.strictEqual(unreadable(() => decode(header("AccountClosed"), plaintext)).reason, "damaged")
    }
  })

  it("says nothing of what a damaged event holds, for that is told in logs", () => {
    const plaintext = new TextEncoder().encode('{"type":"AccountClosed","account_id":"Karis sparekonto')
    assert.notInclude(unreadable(() => decode(header("AccountClosed"), plaintext)).message, "Kari")
    const wrong = bytes({ type: "AccountClosed", account_id: ["Karis sparekonto"] })
    assert.notInclude(unreadable(() => decode(header("AccountClosed"), wrong)).message, "Kari")
  })
})
