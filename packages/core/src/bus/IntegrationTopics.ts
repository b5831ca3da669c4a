/**
 * IntegrationTopics: what other systems follow, each what it needs, rather than `ledger.events`, the whole log. The integration program
 * publishes them from there.
 *
 * An event keeps its id, its key (the owner) and its payload, which stays sealed: see docs/integration-topics.md.
 */
import { ledgerEvents, type Topic } from "./EventBus.ts"

/** As many partitions as the backbone, so that what stands in one partition there stands in one here. */
const topic = (name: string): Topic => ({ name, partitions: ledgerEvents.partitions })

export const transactionsCreated = topic("transactions.created")
/** By the program, by a rule, or by the person themselves. */
export const transactionsCategorized = topic("transactions.categorized")
export const budgetsExceeded = topic("budgets.exceeded")
export const anomaliesDetected = topic("anomalies.detected")
/** Every event that none of the others carries. */
export const eventsDefault = topic("events.default")

export const integrationTopics: ReadonlyArray<Topic> = [
  transactionsCreated,
  transactionsCategorized,
  budgetsExceeded,
  anomaliesDetected,
  eventsDefault
]

const topics: ReadonlyMap<string, Topic> = new Map([
  ["TransactionCreated", transactionsCreated],
  ["TransactionCategorized", transactionsCategorized],
  ["TransactionCategoryOverridden", transactionsCategorized],
  ["BudgetExceeded", budgetsExceeded],
  ["AnomalyDetected", anomaliesDetected]
])

/** The topic that carries events of this type. */
export const topicOf = (type: string): Topic => topics.get(type) ?? eventsDefault
