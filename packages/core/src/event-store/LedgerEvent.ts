/**
 * LedgerEvent: every event of every aggregate, and how each is written. A payload is the event's JSON under the schema of its
 * (type, schema_version). A changed shape is one more version of its type, with an upcaster from the one before; the old ones stay
 * readable for ever, and `golden/` holds one of each.
 */
import * as Schema from "effect/Schema"
import * as Anomaly from "../anomalies/Anomaly.ts"
import * as Budget from "../budgets/Budget.ts"
import * as BudgetV1 from "../budgets/BudgetV1.ts"
import * as Periods from "../budgets/Periods.ts"
import * as Account from "../ledger/Account.ts"
import * as Import from "../ledger/Import.ts"
import * as Transaction from "../ledger/Transaction.ts"
import * as Transfer from "../ledger/Transfer.ts"
import * as User from "../privacy/User.ts"
import { EventVersions } from "./EventVersions.ts"

export const StreamType = Schema.Literals(["user", "account", "transaction", "budget", "anomaly", "import"])
export type StreamType = typeof StreamType.Type

export const LedgerEvent = Schema.Union([
  Transaction.TransactionEvent,
  Account.AccountEvent,
  Budget.BudgetEvent,
  Anomaly.AnomalyEvent,
  Periods.BudgetPeriodsEvent,
  Import.ImportEvent,
  User.UserEvent
])
export type LedgerEvent = typeof LedgerEvent.Type
export type EventType = LedgerEvent["type"]

const { first } = EventVersions

const versions: { readonly [Type in EventType]: EventVersions<Extract<LedgerEvent, { readonly type: Type }>> } = {
  TransactionCreated: first(Transaction.TransactionCreated),
  TransactionCategorized: first(Transaction.TransactionCategorized),
  TransactionCategoryOverridden: first(Transaction.TransactionCategoryOverridden),
  TransactionUpdated: first(Transaction.TransactionUpdated),
  TransactionDeleted: first(Transaction.TransactionDeleted),
  TransactionRestored: first(Transaction.TransactionRestored),
  TransferLinked: first(Transfer.TransferLinked),
  TransferUnlinked: first(Transfer.TransferUnlinked),
  AccountOpened: first(Account.AccountOpened),
  AccountRenamed: first(Account.AccountRenamed),
  AccountSynced: first(Account.AccountSynced),
  AccountClosed: first(Account.AccountClosed),
  BudgetSet: first(BudgetV1.BudgetSetV1).next(Budget.BudgetSet, BudgetV1.upcastSet),
  BudgetRemoved: first(BudgetV1.BudgetRemovedV1).next(Budget.BudgetRemoved, BudgetV1.upcastRemoved),
  BudgetExceeded: first(BudgetV1.BudgetExceededV1).next(Budget.BudgetExceeded, BudgetV1.upcastExceeded),
  BudgetPeriodsSet: first(Periods.BudgetPeriodsSet),
  AnomalyDetected: first(Anomaly.AnomalyDetected),
  AnomalyDismissed: first(Anomaly.AnomalyDismissed),
  AnomalyWithdrawn: first(Anomaly.AnomalyWithdrawn),
  ImportStarted: first(Import.ImportStarted),
  ImportCompleted: first(Import.ImportCompleted),
  UserRegistered: first(User.UserRegistered),
  ConsentGranted: first(User.ConsentGranted),
  ConsentWithdrawn: first(User.ConsentWithdrawn)
}

const byType: ReadonlyMap<string, EventVersions<LedgerEvent>> = new Map(
  Object.entries(versions) as unknown as ReadonlyArray<[EventType, EventVersions<LedgerEvent>]>
)

export const eventTypes = Object.keys(versions) as ReadonlyArray<EventType>

/** The version that new events of the type are written in. */
export const schemaVersionOf = (type: EventType): number => versions[type].current

export interface TypeAndVersion {
  readonly type: string
  readonly schema_version: number
}

/** Whether this release can read such an event. One that it cannot was written by a newer release. */
export const isKnown = ({ type, schema_version }: TypeAndVersion): boolean => byType.get(type)?.reads(schema_version) === true

/**
 * A stored event that cannot be read: of a type or version that only a newer release knows, or with a plaintext that does not fit its
 * schema. Nothing of the plaintext is in the message.
 */
export class UnreadableEvent extends Schema.TaggedError<UnreadableEvent>()("UnreadableEvent", {
  event_id: Schema.String,
  type: Schema.String,
  schema_version: Schema.Int,
  reason: Schema.Literals(["newer", "damaged"]),
  detail: Schema.String
}) {
  override get message() {
    return `Event ${this.event_id} (${this.type} v${this.schema_version}) cannot be read: ${this.detail}`
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true })

/** Throws for an event that could never be read again. */
export const encode = (event: LedgerEvent): Uint8Array => Buffer.from(JSON.stringify(byType.get(event.type)!.encode(event)))

/** Throws `UnreadableEvent`. */
export const decode = (header: TypeAndVersion & { readonly event_id: string }, plaintext: Uint8Array): LedgerEvent => {
  const { event_id, type, schema_version } = header
  const known = byType.get(type)
  if (known === undefined || !known.reads(schema_version)) {
    const detail = "it was written by a newer release of the tracker. Start that one"
    throw new UnreadableEvent({ event_id, type, schema_version, reason: "newer", detail })
  }
  try {
    return known.decode(schema_version, JSON.parse(decoder.decode(plaintext)))
  } catch (cause) {
    // What JSON.parse says quotes the text.
    const detail = cause instanceof SyntaxError ? "its payload is not JSON" : String(cause)
    throw new UnreadableEvent({ event_id, type, schema_version, reason: "damaged", detail })
  }
}
