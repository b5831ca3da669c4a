/**
 * Categorisation: says of every transaction that came without a category what it is, and remembers what a person corrects.
 *
 * A person's own choice wins over what is said here, also when it comes while this program is thinking: the opinion is appended at the
 * version it was formed on, and formed again where that has moved on.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as SqlClient from "effect/sql/SqlClient"
import { type Categorization, Categorizer } from "@finance/core/categorizer/Categorizer"
import { correctionKey } from "@finance/core/categorizer/MerchantName"
import { knowledgeOf } from "@finance/core/categorizer/PersonKnowledge"
import * as Columns from "@finance/core/database/Columns"
import { carryOut } from "@finance/core/event-store/Decider"
import { type Append, EventStore, type RecordedEvent } from "@finance/core/event-store/EventStore"
import * as Transaction from "@finance/core/ledger/Transaction"
import type { Program } from "../Processor.ts"

const name = "categorization"
const metadata = { actor: name }

interface Arrived {
  readonly recorded: RecordedEvent
  readonly created: Transaction.TransactionCreated
}

const learn = Effect.fnUntraced(function* (
  events: ReadonlyArray<{ recorded: RecordedEvent; overridden: Transaction.TransactionCategoryOverridden }>
) {
  if (events.length === 0) return
  const sql = yield* SqlClient.SqlClient
  // The last word on each line counts; a statement may not touch one row twice.
  const latest = new Map(
    events.map(({ recorded, overridden }) => {
      const key = correctionKey(overridden.description)
      return [`${recorded.owner_id}/${key}`, { recorded, overridden, key }] as const
    })
  )
  const rows = [...latest.values()].filter(({ key }) => key !== "")
  yield* sql`
    INSERT INTO corrections (owner_id, correction_key, category, merchant_name, corrected_at)
    SELECT * FROM unnest(
      ${Columns.uuids(rows.map(({ recorded }) => recorded.owner_id))}, ${Columns.texts(rows.map(({ key }) => key))},
      ${Columns.texts(rows.map(({ overridden }) => overridden.new_category))},
      ${Columns.texts(rows.map(({ overridden }) => overridden.merchant_name))},
      ${Columns.instants(rows.map(({ recorded }) => recorded.recorded_at))})
    ON CONFLICT (owner_id, correction_key) DO UPDATE
      SET category = excluded.category, merchant_name = excluded.merchant_name, corrected_at = excluded.corrected_at
      WHERE corrections.corrected_at <= excluded.corrected_at`
})

const opinionOf = (arrived: Arrived, said: Categorization): Append => ({
  stream_id: arrived.recorded.stream_id,
  stream_type: "transaction",
  owner_id: arrived.recorded.owner_id,
  expected: arrived.recorded.version,
  metadata,
  events: Result.getOrElse(Transaction.decide(Transaction.evolve(null, arrived.created), commandOf(said)), () => [])
})

const commandOf = (said: Categorization): Transaction.Categorize => ({
  command: "Categorize",
  category: said.category,
  confidence: said.confidence,
  source: said.source,
  merchant_name: said.merchant_name,
  explanation: said.explanation,
  alternatives: said.alternatives
})

const categorize = Effect.fnUntraced(function* (arrivals: ReadonlyArray<Arrived>) {
  if (arrivals.length === 0) return
  const categorizer = yield* Categorizer
  const store = yield* EventStore
  const opinions: Array<{ arrived: Arrived; said: Categorization }> = []
  for (const [owner_id, own] of Map.groupBy(arrivals, ({ recorded }) => recorded.owner_id)) {
    const knowledge = yield* knowledgeOf(owner_id)
    const said = yield* categorizer.categorize(
      own.map(({ created }) => created),
      knowledge
    )
    own.forEach((arrived, index) => opinions.push({ arrived, said: said[index]! }))
  }
  const answers = yield* store.append(opinions.map(({ arrived, said }) => opinionOf(arrived, said)))
  for (const [index, answer] of answers.entries()) {
    if (Result.isSuccess(answer)) continue
    const { arrived, said } = opinions[index]!
    const { stream_id, owner_id } = arrived.recorded
    // Deleted meanwhile: there is nothing left to have an opinion on.
    yield* carryOut(Transaction.decider, { stream_id, owner_id, metadata }, commandOf(said)).pipe(
      Effect.catchTag("TransactionRefused", () => Effect.void)
    )
  }
})

export const categorization: Program<
  Effect.Error<ReturnType<typeof categorize>> | Effect.Error<ReturnType<typeof learn>>,
  Categorizer | EventStore | SqlClient.SqlClient
> = {
  name,
  version: 1,
  appends: true,
  // A transaction stands by itself, and of two corrections the later one counts, in whatever order they are learned.
  per: "stream",
  types: new Set(["TransactionCreated", "TransactionCategoryOverridden"]),
  handle: Effect.fnUntraced(function* (events) {
    const settled = new Set<string>()
    const arrivals: Array<Arrived> = []
    const corrections: Array<{ recorded: RecordedEvent; overridden: Transaction.TransactionCategoryOverridden }> = []
    for (const recorded of events) {
      const { event } = recorded
      if (event.type === "TransactionCreated") arrivals.push({ recorded, created: event })
      if (event.type === "TransactionCategoryOverridden") {
        settled.add(recorded.stream_id)
        corrections.push({ recorded, overridden: event })
      }
    }
    yield* learn(corrections)
    // What is written by hand is categorised in the commit that creates it.
    yield* categorize(arrivals.filter(({ recorded, created }) => created.source !== "manual" && !settled.has(recorded.stream_id)))
  })
}
