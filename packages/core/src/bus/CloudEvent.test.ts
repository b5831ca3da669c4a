import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { StreamType } from "../event-store/LedgerEvent.ts"
import { newId } from "../ledger/Id.ts"
import { type CloudEvent, fromCloudEvent, type LedgerMessage, toCloudEvent } from "./CloudEvent.ts"

const Position = Schema.BigInt.check(Schema.isBetweenBigInt({ minimum: 0n, maximum: 2n ** 63n - 1n }))
const Message = Schema.Struct({
  position: Position,
  previous: Position,
  stream_type: StreamType,
  version: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 })),
  actor: Schema.String,
  command_id: Schema.NullOr(Schema.String),
  correlation_id: Schema.NullOr(Schema.String),
  causation_id: Schema.NullOr(Schema.String),
  traceparent: Schema.NullOr(Schema.String),
  payload: Schema.NullOr(Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 })))),
  at: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4_000_000_000_000 }))
})

const messageOf = (drawn: typeof Message.Type): LedgerMessage => ({
  previous: drawn.previous,
  sealed: {
    position: drawn.position,
    stream_id: newId(),
    stream_type: drawn.stream_type,
    version: drawn.version,
    event_id: newId(),
    type: "TransactionCreated",
    schema_version: 1,
    owner_id: newId(),
    metadata: {
      actor: drawn.actor,
      ...(drawn.command_id !== null && { command_id: drawn.command_id }),
      ...(drawn.correlation_id !== null && { correlation_id: drawn.correlation_id }),
      ...(drawn.causation_id !== null && { causation_id: drawn.causation_id }),
      ...(drawn.traceparent !== null && { traceparent: drawn.traceparent })
    },
    occurred_at: new Date(drawn.at),
    recorded_at: new Date(drawn.at + 5),
    payload: drawn.payload === null ? null : Uint8Array.from(drawn.payload),
    payload_hash: Buffer.from(newId())
  }
})

/** The envelope as a broker gives it back: attributes of text, and bytes. */
const overTheWire = ({ id, source, type, time, subject, partitionkey, sequence, extensions, data }: CloudEvent): CloudEvent => ({
  ...(JSON.parse(JSON.stringify({ id, source, type, time, subject, partitionkey, sequence, extensions })) as Omit<
    CloudEvent,
    "data"
  >),
  data
})

describe("CloudEvent", () => {
  it.prop("a ledger event comes back from its envelope as it was, whether it left the process or not", [Message], ([drawn]) => {
    const message = messageOf(drawn)
    assert.deepStrictEqual(fromCloudEvent(toCloudEvent(message)), message)
    assert.deepStrictEqual(fromCloudEvent(overTheWire(toCloudEvent(message))), message)
  })

  it("names what CloudEvents 1.0 asks for, and only attributes that a header may be called", () => {
    const message = messageOf({
      position: 7n,
      previous: 3n,
      stream_type: "transaction",
      version: 2,
      actor: "kari",
      command_id: "c1",
      correlation_id: "r1",
      causation_id: "e0",
      traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      payload: [1, 2, 3],
      at: 0
    })
    const event = toCloudEvent(message)
    assert.deepStrictEqual(
      [event.id, event.subject, event.partitionkey, event.sequence, event.time],
      [message.sealed.event_id, message.sealed.stream_id, message.sealed.owner_id, "2", "1970-01-01T00:00:00.000Z"]
    )
    assert.strictEqual(event.extensions["previousposition"], "3")
    for (const name of Object.keys(event.extensions)) assert.match(name, /^[a-z0-9]{1,20}$/)
  })
})
