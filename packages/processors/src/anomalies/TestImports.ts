/**
 * TestImports: a bank file as the log has it, without anybody at work: its lines in the order of the file, and that it is complete.
 */
import * as Effect from "effect/Effect"
import { EventStore } from "@finance/core/event-store/EventStore"
import { noonOf } from "@finance/core/ledger/Day"
import { newId } from "@finance/core/ledger/Id"
import { categorization } from "../categorization/Categorization.ts"
import { atOnce, handOver, type Line, type Person } from "../TestLedger.ts"

const metadata = { actor: "imports" }

/** The lines arrive and are categorised; the import goes on. */
export const arrive = Effect.fnUntraced(function* (person: Person, import_id: string, lines: ReadonlyArray<Line>) {
  const store = yield* EventStore
  const { owner_id, account } = person
  const ids = lines.map(() => newId())
  yield* store.append(
    lines.map(({ day, amount, description }, index) => ({
      stream_id: ids[index]!,
      stream_type: "transaction",
      owner_id,
      expected: "none",
      metadata,
      events: [
        {
          type: "TransactionCreated",
          transaction_id: ids[index]!,
          account_id: account.id,
          amount,
          currency: account.currency,
          description,
          occurred_at: noonOf(day).toISOString(),
          booking_date: day,
          value_date: null,
          external_id: null,
          source: "import",
          import_id,
          raw_data: null
        }
      ]
    }))
  )
  return ids
})

export const complete = Effect.fnUntraced(function* ({ owner_id, account }: Person, import_id: string) {
  const store = yield* EventStore
  yield* store.append([
    {
      stream_id: import_id,
      stream_type: "import",
      owner_id,
      expected: "any",
      metadata,
      events: [
        {
          type: "ImportCompleted",
          import_id,
          account_id: account.id,
          rows_new: 0,
          rows_duplicate: 0,
          rows_rejected: 0,
          rows_skipped: 0
        }
      ]
    }
  ])
})

/** A whole file, in the order given. Answers with the ids of its transactions. */
export const brings = Effect.fnUntraced(function* (person: Person, lines: ReadonlyArray<Line>, after = 0n) {
  const import_id = newId()
  const ids = yield* arrive(person, import_id, lines)
  yield* handOver(categorization, atOnce, after)
  yield* complete(person, import_id)
  return ids
})
