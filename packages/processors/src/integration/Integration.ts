/**
 * Integration: tells other systems of what happened, on topics of their own, so that none of them has to follow the whole log.
 *
 *   ledger.events ─▶ integration ─┬─ TransactionCreated ───────────────────────▶ transactions.created
 *                                 ├─ TransactionCategorized, …Overridden ──────▶ transactions.categorized
 *                                 ├─ BudgetExceeded ───────────────────────────▶ budgets.exceeded
 *                                 ├─ AnomalyDetected ──────────────────────────▶ anomalies.detected
 *                                 └─ every other event ────────────────────────▶ events.default
 *
 * Invariants
 *  1. An event keeps its id, its key (the owner) and its payload, which leaves sealed as it is in the log. Only who has the person's key
 *     can read it, and nobody once they are erased.
 *  2. At least once, and in the order of the log for each person and topic. What a crash makes it tell again has the same id.
 *  3. The checkpoint is never ahead of what was told. A broker is told first, with no transaction open; a bus in the database is told in the
 *     transaction that moves the checkpoint, by position alone.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { type CloudEvent, toCloudEvent } from "@finance/core/bus/CloudEvent"
import { EventBus, type EventBusError, type Topic } from "@finance/core/bus/EventBus"
import { topicOf } from "@finance/core/bus/IntegrationTopics"
import * as Columns from "@finance/core/database/Columns"
import type { EventHeader, RecordedEvent, SealedEvent } from "@finance/core/event-store/EventStore"
import { eventTypes } from "@finance/core/event-store/LedgerEvent"
import { areArriving } from "../categorization/Pending.ts"
import type { Program } from "../Processor.ts"

const publish = Effect.fnUntraced(function* (events: ReadonlyArray<SealedEvent>) {
  for (const [topic, own] of Map.groupBy(events, ({ type }) => topicOf(type))) {
    let previous = 0n
    const told = own.map((sealed) => {
      const event = toCloudEvent({ sealed, previous })
      previous = sealed.position
      return event
    })
    yield* publishAll(topic, told)
  }
})

/** What is too large for the broker goes without its payload, and what is too large even so goes not at all. */
const publishAll = (topic: Topic, events: ReadonlyArray<CloudEvent>): Effect.Effect<void, EventBusError, EventBus> =>
  Effect.flatMap(EventBus, (bus) => bus.publish(topic, events)).pipe(
    Effect.catchTag("EventTooLarge", (error) =>
      Effect.andThen(
        Effect.logWarning(`an event is told on ${topic.name} without its payload`, error),
        publishAll(
          topic,
          events.flatMap((event) => {
            if (event.id !== error.event_id) return [event]
            return event.data === null ? [] : [withoutData(event)]
          })
        )
      )
    )
  )

const withoutData = ({ id, source, type, time, subject, partitionkey, sequence, extensions }: CloudEvent): CloudEvent => ({
  id,
  source,
  type,
  time,
  subject,
  partitionkey,
  sequence,
  extensions,
  data: null
})

const sealedOf = Effect.fnUntraced(function* (events: ReadonlyArray<EventHeader>) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<Omit<SealedEvent, "version"> & { readonly version: bigint }>`
    SELECT * FROM events WHERE position BETWEEN ${events[0]!.position} AND ${events.at(-1)!.position}
      AND position = ANY(${Columns.bigints(events.map(({ position }) => position))}) ORDER BY position`
  return rows.map((row): SealedEvent => ({ ...row, version: Number(row.version) }))
})

const nothing = new Uint8Array()

/** A bus in the database takes no more than the position. Written out: a spread took longer than all the rest. */
const byPosition = (event: RecordedEvent): SealedEvent => ({
  position: event.position,
  stream_id: event.stream_id,
  stream_type: event.stream_type,
  version: event.version,
  event_id: event.event_id,
  type: event.type,
  schema_version: event.schema_version,
  owner_id: event.owner_id,
  metadata: event.metadata,
  occurred_at: event.occurred_at,
  recorded_at: event.recorded_at,
  payload: null,
  payload_hash: nothing
})

export const integration: Program<EventBusError | SqlError, EventBus | SqlClient.SqlClient> = {
  name: "integration",
  version: 1,
  appends: false,
  expectsMore: areArriving,
  types: new Set(eventTypes),
  beforehand: Effect.fnUntraced(function* (events) {
    const { isTransactional } = yield* EventBus
    if (!isTransactional) yield* publish(yield* sealedOf(events))
  }),
  handle: Effect.fnUntraced(function* (events) {
    const { isTransactional } = yield* EventBus
    if (isTransactional) yield* publish(events.map(byPosition))
  })
}
