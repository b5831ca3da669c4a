import { assert, describe, it } from "@effect/vitest"
import { readdirSync, readFileSync } from "node:fs"
import { currentSchemaVersion, decode, encode, LedgerEvent, UnreadableEvent } from "./LedgerEvent.ts"

/** One file per type and version, written once: what an event of that version looks like in the logs of those who have one. */
const golden = new URL("golden/", import.meta.url)
const fixtures = readdirSync(golden).map((file) => {
  const [, type, version] = /^(\w+)\.v(\d+)\.json$/.exec(file)!
  const stored: unknown = JSON.parse(readFileSync(new URL(file, golden), "utf8"))
  return { file, type: type!, schema_version: Number(version), stored }
})

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const text = (encoded: Uint8Array) => new TextDecoder().decode(encoded)
const header = (type: string, schema_version = currentSchemaVersion) => ({ event_id: "e1", type, schema_version })

const types = LedgerEvent.members.flatMap((union) => union.members.map((member) => member.fields.type.literal as string))

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
  it("has a golden fixture of every type in the version it is written in now", () => {
    const has = fixtures.filter(({ schema_version }) => schema_version === currentSchemaVersion).map(({ type }) => type)
    assert.sameMembers(has, types)
  })

  for (const { file, type, schema_version, stored } of fixtures) {
    it(`reads ${file} as it was stored, and writes it again to the letter`, () => {
      const event = decode(header(type, schema_version), bytes(stored))
      assert.strictEqual(event.type, type)
      assert.strictEqual(text(encode(event)), JSON.stringify(stored))
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

  it("says of an event of a later release which one it is, rather than guessing", () => {
    const { stored, type } = fixtures[0]!
    const later = unreadable(() => decode(header(type, currentSchemaVersion + 1), bytes(stored)))
    assert.deepStrictEqual([later.event_id, later.type, later.schema_version], ["e1", type, currentSchemaVersion + 1])
    assert.strictEqual(unreadable(() => decode(header("TransactionSplit"), bytes(stored))).type, "TransactionSplit")
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
    for (const plaintext of damaged) unreadable(() => decode(header("AccountClosed"), plaintext))
  })
})
