/**
 * CloudEvent: the envelope that travels on every bus, CloudEvents 1.0 in binary mode. Attribute values are strings; the data of a
 * ledger event is its ciphertext, and all that routing and ordering need is in the attributes.
 *
 * Source: CloudEvents specification 1.0.2, with the partitioning, sequence and distributed tracing extensions.
 */
import type { EventHeader, Metadata, SealedEvent } from "../event-store/EventStore.ts"

/** The `source` of every ledger event. */
export const ledgerSource = "/ledger"

export interface CloudEvent {
  readonly id: string
  readonly source: string
  readonly type: string
  readonly time: string
  readonly subject: string
  /** The key: events of one key stay in order. */
  readonly partitionkey: string
  /** The aggregate's version. */
  readonly sequence: string
  readonly extensions: Readonly<Record<string, string>>
  readonly data: Uint8Array | null
}

/** A ledger event with the position of the event before it in its partition, from which a reader sees that nothing is missing. */
export interface LedgerMessage {
  readonly sealed: SealedEvent
  /** 0 where there is none, or where the topic does not tell. */
  readonly previous: bigint
}

export const toCloudEvent = (message: LedgerMessage): CloudEvent => new LedgerCloudEvent(message)

export const fromCloudEvent = (event: CloudEvent): LedgerMessage =>
  event instanceof LedgerCloudEvent ? event.message : messageIn(event)

/** Reads as the envelope of a message, and becomes one only where it leaves the process. */
class LedgerCloudEvent implements CloudEvent {
  readonly message: LedgerMessage
  readonly source = ledgerSource
  constructor(message: LedgerMessage) {
    this.message = message
  }
  get id() {
    return this.message.sealed.event_id
  }
  get type() {
    return this.message.sealed.type
  }
  get time() {
    return this.message.sealed.occurred_at.toISOString()
  }
  get subject() {
    return this.message.sealed.stream_id
  }
  get partitionkey() {
    return this.message.sealed.owner_id
  }
  get sequence() {
    return String(this.message.sealed.version)
  }
  get data() {
    return this.message.sealed.payload
  }
  get extensions() {
    const { sealed, previous } = this.message
    return {
      position: String(sealed.position),
      ...(previous !== 0n && { previousposition: String(previous) }),
      streamtype: sealed.stream_type,
      schemaversion: String(sealed.schema_version),
      payloadhash: Buffer.from(sealed.payload_hash).toString("base64"),
      recordedtime: sealed.recorded_at.toISOString(),
      actor: sealed.metadata.actor,
      ...(sealed.metadata.command_id !== undefined && { commandid: sealed.metadata.command_id }),
      ...(sealed.metadata.correlation_id !== undefined && { correlationid: sealed.metadata.correlation_id }),
      ...(sealed.metadata.causation_id !== undefined && { causationid: sealed.metadata.causation_id }),
      ...(sealed.metadata.traceparent !== undefined && { traceparent: sealed.metadata.traceparent })
    }
  }
}

const messageIn = (event: CloudEvent): LedgerMessage => {
  const { position, previousposition, streamtype, schemaversion, payloadhash, recordedtime } = event.extensions
  const { actor, commandid, correlationid, causationid, traceparent } = event.extensions
  const metadata: Metadata = {
    actor: actor ?? "unknown",
    ...(commandid !== undefined && { command_id: commandid }),
    ...(correlationid !== undefined && { correlation_id: correlationid }),
    ...(causationid !== undefined && { causation_id: causationid }),
    ...(traceparent !== undefined && { traceparent })
  }
  return {
    previous: BigInt(previousposition ?? "0"),
    sealed: {
      position: BigInt(position ?? "0"),
      stream_id: event.subject,
      stream_type: streamtype as EventHeader["stream_type"],
      version: Number(event.sequence),
      event_id: event.id,
      type: event.type,
      schema_version: Number(schemaversion),
      owner_id: event.partitionkey,
      metadata,
      occurred_at: new Date(event.time),
      recorded_at: new Date(recordedtime ?? event.time),
      payload: event.data,
      payload_hash: Buffer.from(payloadhash ?? "", "base64")
    }
  }
}
