/**
 * The `transactions` read model: each transaction as it stands, and `transaction_events`: what each event did to the books.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { reviewBelow } from "@finance/core/categorizer/Categorizer"
import * as Columns from "@finance/core/database/Columns"
import type { RecordedEvent } from "@finance/core/event-store/EventStore"
import type { Explanation } from "@finance/core/ledger/Explanation"
import type { Alternative, TransactionCreated, TransactionEvent } from "@finance/core/ledger/Transaction"

/** What a batch makes of one transaction: a row when it began in the batch, and the last word on each group of its columns. */
interface Outcome {
  readonly owner_id: string
  version: number
  created: { readonly event: TransactionCreated; readonly at: Date } | null
  opinion: Opinion | null
  details: Details | null
  deleted: boolean | null
  /** Undefined leaves it as it is. */
  transfer_id: string | null | undefined
}

interface Opinion {
  readonly category: string
  readonly confidence: number
  readonly source: string
  /** Undefined leaves it as it is. */
  readonly merchant_name: string | null | undefined
  readonly explanation: Explanation
  /** Undefined leaves them as they are. */
  readonly alternatives: ReadonlyArray<Alternative> | undefined
}

interface Details {
  description?: string
  merchant_name?: string | null
  occurred_at?: { readonly at: string; readonly day: string }
  notes?: string | null
  tags?: ReadonlyArray<string>
}

const pendingOpinion: Opinion = {
  category: "uncategorized",
  confidence: 0,
  source: "rule",
  merchant_name: null,
  explanation: { code: "category.pending", params: {} },
  alternatives: []
}

const take = (outcome: Outcome, recorded: RecordedEvent, event: TransactionEvent): void => {
  outcome.version = recorded.version
  switch (event.type) {
    case "TransactionCreated":
      outcome.created = { event, at: recorded.recorded_at }
      return
    case "TransactionCategorized":
      outcome.opinion = {
        category: event.category,
        confidence: event.confidence,
        source: event.categorization_source,
        merchant_name: event.merchant_name,
        explanation: event.explanation,
        alternatives: event.alternatives
      }
      // It names the merchant anew, over what was written before it in this batch.
      delete outcome.details?.merchant_name
      return
    case "TransactionCategoryOverridden":
      outcome.opinion = {
        category: event.new_category,
        confidence: 1,
        source: "user",
        merchant_name: outcome.opinion?.merchant_name,
        explanation: { code: "category.user", params: {} },
        alternatives: outcome.opinion?.alternatives
      }
      return
    case "TransactionUpdated":
      outcome.details = { ...outcome.details, ...detailsOf(event) }
      return
    case "TransferLinked":
    case "TransferUnlinked":
      outcome.transfer_id = event.type === "TransferLinked" ? event.transfer_id : null
      outcome.opinion = {
        category: event.category,
        confidence: event.confidence,
        source: event.category_source,
        merchant_name: outcome.opinion?.merchant_name,
        explanation: event.explanation,
        alternatives: outcome.opinion?.alternatives
      }
      return
    case "TransactionDeleted":
      outcome.deleted = true
      return
    case "TransactionRestored":
      outcome.deleted = false
  }
}

const detailsOf = ({ changes }: Extract<TransactionEvent, { type: "TransactionUpdated" }>): Details => ({
  ...(changes.description !== undefined && { description: changes.description.to }),
  ...(changes.merchant_name !== undefined && { merchant_name: changes.merchant_name.to }),
  ...(changes.occurred_at !== undefined && { occurred_at: { at: changes.occurred_at.to, day: changes.occurred_at.to_day } }),
  ...(changes.notes !== undefined && { notes: changes.notes.to }),
  ...(changes.tags !== undefined && { tags: changes.tags.to })
})

const needsReview = (opinion: Opinion) => opinion.source !== "user" && opinion.confidence < reviewBelow

const insert = Effect.fnUntraced(function* (outcomes: ReadonlyArray<Outcome>) {
  const begun = outcomes.flatMap((outcome) => (outcome.created === null ? [] : [{ ...outcome, created: outcome.created }]))
  if (begun.length === 0) return
  const sql = yield* SqlClient.SqlClient
  const rows = begun.map(({ created, opinion, ...outcome }) => ({ ...outcome, ...created, opinion: opinion ?? pendingOpinion }))
  yield* sql`
    INSERT INTO transactions (id, owner_id, account_id, amount, currency, description, merchant_name, category, category_confidence,
      category_source, category_explanation, alternatives, needs_review, occurred_at, booking_date, created_at, source, import_id, version)
    SELECT id, owner_id, account_id, amount, currency, description, merchant_name, category, confidence,
      category_source, explanation::jsonb, alternatives::jsonb, needs_review, occurred_at, booking_date, created_at, source, import_id, version
    FROM unnest(
      ${Columns.uuids(rows.map(({ event }) => event.transaction_id))}, ${Columns.uuids(rows.map(({ owner_id }) => owner_id))},
      ${Columns.uuids(rows.map(({ event }) => event.account_id))}, ${Columns.bigints(rows.map(({ event }) => event.amount))},
      ${Columns.texts(rows.map(({ event }) => event.currency))}, ${Columns.texts(rows.map(({ event }) => event.description))},
      ${Columns.texts(rows.map(({ opinion }) => opinion.merchant_name ?? null))},
      ${Columns.texts(rows.map(({ opinion }) => opinion.category))}, ${Columns.reals(rows.map(({ opinion }) => opinion.confidence))},
      ${Columns.texts(rows.map(({ opinion }) => opinion.source))}, ${Columns.jsons(rows.map(({ opinion }) => opinion.explanation))},
      ${Columns.jsons(rows.map(({ opinion }) => opinion.alternatives ?? []))},
      ${Columns.booleans(rows.map(({ opinion }) => needsReview(opinion)))},
      ${Columns.instants(rows.map(({ event }) => new Date(event.occurred_at)))},
      ${Columns.dates(rows.map(({ event }) => event.booking_date))}, ${Columns.instants(rows.map(({ at }) => at))},
      ${Columns.texts(rows.map(({ event }) => event.source))}, ${Columns.uuids(rows.map(({ event }) => event.import_id))},
      ${Columns.bigints(rows.map(({ version }) => BigInt(version)))}
    ) AS r (id, owner_id, account_id, amount, currency, description, merchant_name, category, confidence, category_source, explanation,
            alternatives, needs_review, occurred_at, booking_date, created_at, source, import_id, version)`
})

/** New opinions on transactions that began before this batch. */
const recategorize = Effect.fnUntraced(function* (outcomes: ReadonlyArray<[string, Outcome]>) {
  const rows = outcomes.flatMap(([id, { created, opinion, version }]) =>
    created === null && opinion !== null ? [{ id, opinion, version }] : []
  )
  if (rows.length === 0) return
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    UPDATE transactions t SET category = r.category, category_confidence = r.confidence, category_source = r.category_source,
      merchant_name = CASE WHEN r.keeps_merchant THEN t.merchant_name ELSE r.merchant_name END,
      category_explanation = r.explanation::jsonb, needs_review = r.needs_review, version = r.version,
      alternatives = coalesce(r.alternatives::jsonb, t.alternatives)
    FROM unnest(
      ${Columns.uuids(rows.map(({ id }) => id))}, ${Columns.texts(rows.map(({ opinion }) => opinion.category))},
      ${Columns.reals(rows.map(({ opinion }) => opinion.confidence))}, ${Columns.texts(rows.map(({ opinion }) => opinion.source))},
      ${Columns.booleans(rows.map(({ opinion }) => opinion.merchant_name === undefined))},
      ${Columns.texts(rows.map(({ opinion }) => opinion.merchant_name ?? null))},
      ${Columns.jsons(rows.map(({ opinion }) => opinion.explanation))},
      ${Columns.texts(rows.map(({ opinion: { alternatives } }) => (alternatives === undefined ? null : JSON.stringify(alternatives))))},
      ${Columns.booleans(rows.map(({ opinion }) => needsReview(opinion)))}, ${Columns.bigints(rows.map(({ version }) => BigInt(version)))}
    ) AS r (id, category, confidence, category_source, keeps_merchant, merchant_name, explanation, alternatives, needs_review, version)
    WHERE t.id = r.id`
})

const link = Effect.fnUntraced(function* (outcomes: ReadonlyArray<[string, Outcome]>) {
  const rows = outcomes.flatMap(([id, { transfer_id }]) => (transfer_id === undefined ? [] : [{ id, transfer_id }]))
  if (rows.length === 0) return
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    UPDATE transactions t SET transfer_id = r.transfer_id
    FROM unnest(${Columns.uuids(rows.map(({ id }) => id))}, ${Columns.uuids(rows.map(({ transfer_id }) => transfer_id))}) AS r (id, transfer_id)
    WHERE t.id = r.id`
})

/** What a person edits by hand comes one at a time, and so is written one at a time. */
const revise = Effect.fnUntraced(function* (id: string, { details, deleted, version }: Outcome) {
  const sql = yield* SqlClient.SqlClient
  if (details !== null) {
    const { description, merchant_name, occurred_at, notes, tags } = details
    yield* sql`
      UPDATE transactions SET
        description = coalesce(${description ?? null}::text, description),
        merchant_name = CASE WHEN ${merchant_name !== undefined} THEN ${merchant_name ?? null}::text ELSE merchant_name END,
        occurred_at = coalesce(${occurred_at?.at ?? null}::timestamptz, occurred_at),
        booking_date = coalesce(${occurred_at?.day ?? null}::date, booking_date),
        notes = CASE WHEN ${notes !== undefined} THEN ${notes ?? null}::text ELSE notes END,
        tags = CASE WHEN ${tags !== undefined} THEN ${Columns.texts(tags ?? [])} ELSE tags END
      WHERE id = ${id}`
  }
  yield* sql`UPDATE transactions SET deleted = coalesce(${deleted}::boolean, deleted), version = ${version} WHERE id = ${id}`
})

/** What the event does to the balance of the account, on which day of the books. One that moves a transaction does two things. */
const entriesOf = (event: TransactionEvent): ReadonlyArray<readonly [day: string, change: bigint]> => {
  switch (event.type) {
    case "TransactionCreated":
      return [[event.booking_date, event.amount]]
    case "TransactionDeleted":
      return [[event.day, -event.amount]]
    case "TransactionRestored":
      return [[event.day, event.amount]]
    case "TransactionUpdated":
      return event.changes.occurred_at === undefined
        ? [[event.day, 0n]]
        : [
            [event.changes.occurred_at.from_day, -event.amount],
            [event.changes.occurred_at.to_day, event.amount]
          ]
    case "TransactionCategorized":
    case "TransactionCategoryOverridden":
    case "TransferLinked":
    case "TransferUnlinked":
      return [[event.day, 0n]]
  }
}

const enterInBooks = Effect.fnUntraced(function* (events: ReadonlyArray<TransactionRecord>) {
  const sql = yield* SqlClient.SqlClient
  const rows = events.flatMap(({ recorded, event }) =>
    entriesOf(event).map(([day, change], entry) => ({ recorded, event, day, change, entry }))
  )
  yield* sql`
    INSERT INTO transaction_events (owner_id, account_id, transaction_id, version, entry, position, type, booked_on, balance_change, recorded_at)
    SELECT * FROM unnest(
      ${Columns.uuids(rows.map(({ recorded }) => recorded.owner_id))}, ${Columns.uuids(rows.map(({ event }) => event.account_id))},
      ${Columns.uuids(rows.map(({ recorded }) => recorded.stream_id))},
      ${Columns.bigints(rows.map(({ recorded }) => BigInt(recorded.version)))}, ${Columns.integers(rows.map(({ entry }) => entry))},
      ${Columns.bigints(rows.map(({ recorded }) => recorded.position))}, ${Columns.texts(rows.map(({ event }) => event.type))},
      ${Columns.dates(rows.map(({ day }) => day))}, ${Columns.bigints(rows.map(({ change }) => change))},
      ${Columns.instants(rows.map(({ recorded }) => recorded.recorded_at))})`
})

export interface TransactionRecord {
  readonly recorded: RecordedEvent
  readonly event: TransactionEvent
}

export const project = Effect.fnUntraced(function* (events: ReadonlyArray<TransactionRecord>) {
  if (events.length === 0) return
  const outcomes = new Map<string, Outcome>()
  for (const { recorded, event } of events) {
    const outcome = outcomes.get(recorded.stream_id) ?? {
      owner_id: recorded.owner_id,
      version: 0,
      created: null,
      opinion: null,
      details: null,
      deleted: null,
      transfer_id: undefined
    }
    outcomes.set(recorded.stream_id, outcome)
    take(outcome, recorded, event)
  }
  yield* insert([...outcomes.values()])
  yield* recategorize([...outcomes])
  yield* link([...outcomes])
  for (const [id, outcome] of outcomes) {
    if (outcome.details !== null || outcome.deleted !== null) yield* revise(id, outcome)
  }
  yield* enterInBooks(events)
})
