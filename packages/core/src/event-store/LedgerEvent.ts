/**
 * LedgerEvent: every event of every aggregate, and how each is written. A payload is the event's JSON under the schema of its
 * (type, schema_version); a changed shape gets a new version and an upcaster from the one before, and old versions stay readable for ever.
 */
import * as Schema from "effect/Schema"
import { BudgetEvent } from "../budgets/Budget.ts"
import { AccountEvent } from "../ledger/Account.ts"
import { ImportEvent } from "../ledger/Import.ts"
import { TransactionEvent } from "../ledger/Transaction.ts"
import { UserEvent } from "../privacy/User.ts"

export const StreamType = Schema.Literals(["user", "account", "transaction", "budget", "import"])
export type StreamType = typeof StreamType.Type

export const LedgerEvent = Schema.Union([TransactionEvent, AccountEvent, BudgetEvent, ImportEvent, UserEvent])
export type LedgerEvent = typeof LedgerEvent.Type
export type EventType = LedgerEvent["type"]

/** The version that new events of every type are written in. */
export const currentSchemaVersion = 1

type Codec = Schema.Codec<LedgerEvent, unknown>

const members = [
  ...TransactionEvent.members,
  ...AccountEvent.members,
  ...BudgetEvent.members,
  ...ImportEvent.members,
  ...UserEvent.members
] as ReadonlyArray<Codec & { readonly fields: { readonly type: { readonly literal: EventType } } }>

const codecs = new Map(
  members.map((member) => {
    const type = member.fields.type.literal
    return [type, { encode: Schema.encodeSync(member), decode: Schema.decodeUnknownSync(member) }] as const
  })
)

/** A stored event of a type or version that this release does not know, or whose plaintext does not fit its schema. */
export class UnreadableEvent extends Schema.TaggedError<UnreadableEvent>()("UnreadableEvent", {
  event_id: Schema.String,
  type: Schema.String,
  schema_version: Schema.Int,
  detail: Schema.String
}) {
  override get message() {
    return `Event ${this.event_id} (${this.type} v${this.schema_version}) cannot be read: ${this.detail}`
  }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { fatal: true })

export const encode = (event: LedgerEvent): Uint8Array => encoder.encode(JSON.stringify(codecs.get(event.type)!.encode(event)))

/** Throws `UnreadableEvent`. */
export const decode = (
  header: { event_id: string; type: string; schema_version: number },
  plaintext: Uint8Array
): LedgerEvent => {
  const { event_id, type, schema_version } = header
  const codec = codecs.get(type as EventType)
  if (codec === undefined || schema_version !== currentSchemaVersion) {
    throw new UnreadableEvent({ event_id, type, schema_version, detail: "this release does not know it" })
  }
  try {
    return codec.decode(JSON.parse(decoder.decode(plaintext)))
  } catch (cause) {
    throw new UnreadableEvent({ event_id, type, schema_version, detail: String(cause) })
  }
}
