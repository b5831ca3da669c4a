/**
 * Pending: whether transactions among these events are about to be categorised. A read model that takes a line of an import together
 * with its category writes it once.
 */
import type { EventHeader } from "@finance/core/event-store/EventStore"

/** What a person is to hear of at once. */
const alerts: ReadonlySet<string> = new Set(["AnomalyDetected", "BudgetExceeded"])

/** Never when a person did some of it themselves, or is to hear of some: they are not kept waiting for the rest. */
export const arePending = (events: ReadonlyArray<EventHeader>): boolean => {
  const pending = new Set<string>()
  for (const { type, stream_id, owner_id, metadata } of events) {
    if (metadata.actor === owner_id || alerts.has(type)) return false
    if (type === "TransactionCreated") pending.add(stream_id)
    else pending.delete(stream_id)
  }
  return pending.size > 0
}

const ofImport: ReadonlySet<string> = new Set(["imports", "categorization"])

/**
 * Whether all of these are lines of an import that goes on, or about to be categorised. A program that nobody waits for takes them by the
 * thousand, and leaves the processors to those that somebody waits for.
 */
export const areArriving = (events: ReadonlyArray<EventHeader>): boolean =>
  events.length > 0 && events.every(({ type, metadata }) => ofImport.has(metadata.actor) && type !== "ImportCompleted")
