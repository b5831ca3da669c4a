import { assert, describe, it } from "@effect/vitest"
import type { EventHeader } from "@finance/core/event-store/EventStore"
import { areArriving, arePending } from "./Pending.ts"

const kari = "kari"

const event = (stream_id: string, type: string, actor: string): EventHeader => ({
  position: 1n,
  stream_id,
  stream_type: "transaction",
  version: 1,
  event_id: `${stream_id}/${type}`,
  type,
  schema_version: 1,
  owner_id: kari,
  metadata: { actor },
  occurred_at: new Date(0),
  recorded_at: new Date(0)
})

const brought = (id: string) => event(id, "TransactionCreated", "imports")
const categorized = (id: string) => event(id, "TransactionCategorized", "categorization")

describe("a category is awaited", () => {
  it("by each line of an import, until it has its own", () => {
    assert.isTrue(arePending([brought("milk"), brought("bus")]))
    assert.isTrue(arePending([brought("milk"), brought("bus"), categorized("milk")]))
    assert.isFalse(arePending([brought("milk"), brought("bus"), categorized("bus"), categorized("milk")]))
    assert.isTrue(arePending([categorized("milk"), brought("bus")]))
  })

  it("by nobody where a person did something themselves, be it their own line or a category for one that came in", () => {
    assert.isFalse(arePending([brought("milk"), event("coffee", "TransactionCreated", kari)]))
    assert.isFalse(arePending([event("milk", "TransactionCategoryOverridden", kari), brought("bus")]))
  })

  it("by nobody where there is something to tell a person at once", () => {
    assert.isFalse(arePending([brought("milk"), event("budget", "BudgetExceeded", "budgets")]))
    assert.isFalse(arePending([event("twice", "AnomalyDetected", "anomalies"), brought("milk")]))
  })

  it("by nothing else", () => {
    assert.isFalse(arePending([]))
    assert.isFalse(arePending([event("account", "AccountSynced", "imports"), event("budget", "BudgetExceeded", "budgets")]))
  })
})

describe("an import is waited for", () => {
  it("while it brings its lines, categorised or not, until it is complete", () => {
    assert.isTrue(areArriving([brought("milk"), categorized("milk")]))
    assert.isFalse(areArriving([brought("milk"), categorized("milk"), event("file", "ImportCompleted", "imports")]))
  })

  it("by nobody who has something of a person's own, or an alert, in hand", () => {
    assert.isFalse(areArriving([brought("milk"), event("coffee", "TransactionCreated", kari)]))
    assert.isFalse(areArriving([brought("milk"), event("budget", "BudgetExceeded", "budgets")]))
    assert.isFalse(areArriving([]))
  })
})
