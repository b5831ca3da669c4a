/**
 * Recurring: keeps what comes back to each person, and to whom (`recurring`). The rules are `Series`.
 *
 *   line categorised by hand or feed, changed, deleted ─▶ its merchant is looked at again
 *   line of an import                                  ─▶ remembered; its merchant is looked at once, when the import is complete
 *
 * Invariants
 *  1. What is kept depends on the events so far alone, however they come in batches: a look sees the latest payments at a merchant, but
 *     for lines of an import that is not complete, and whatever makes it see others looks again.
 *  2. A series keeps its id while it goes on: it is the nth of its cadence at its merchant, counted by when each began.
 *  3. What depends on today, as whether a payment is missed, is worked out where it is asked for.
 */
import { hash } from "node:crypto"
import * as Effect from "effect/Effect"
import type * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as Changes from "@finance/core/changes/Changes"
import type { Signals } from "@finance/core/database/Signals"
import type { RecordedEvent } from "@finance/core/event-store/EventStore"
import { isTransactionEvent, type TransactionEvent } from "@finance/core/ledger/Transaction"
import { type Series, seriesOf } from "@finance/core/recurring/Series"
import { areArriving } from "../categorization/Pending.ts"
import type { Program } from "../Processor.ts"
import type { Rebuildable } from "../Rebuild.ts"
import { created, evolve, type Group, groupOf, keyOf, type RecurringLine } from "./RecurringLine.ts"
import * as Tables from "./RecurringTables.ts"

/** The first word on a line of an import: its merchant is looked at when the import is complete. */
const waits = (line: RecurringLine, event: TransactionEvent): boolean =>
  event.type === "TransactionCategorized" && event.old_category === "uncategorized" && line.import_id !== null

/** Takes the events in; answers with the groups to look at. */
const takeIn = Effect.fnUntraced(function* (events: ReadonlyArray<RecordedEvent>) {
  const begun = new Set<string>()
  const older = new Set<string>()
  const imports = new Map<string, string>()
  for (const { stream_id, owner_id, event } of events) {
    if (event.type === "ImportCompleted") imports.set(event.import_id, owner_id)
    else if (event.type === "TransactionCreated") begun.add(stream_id)
    else if (!begun.has(stream_id)) older.add(stream_id)
  }
  const lines = new Map((yield* Tables.linesOf([...older])).map((line) => [line.id, line]))
  const touched = new Map<string, Group>()
  const touch = (line: RecurringLine | undefined) => {
    const group = line === undefined ? null : groupOf(line)
    if (group !== null) touched.set(keyOf(group), group)
  }
  for (const { stream_id, owner_id, event } of events) {
    if (!isTransactionEvent(event)) continue
    const before = lines.get(stream_id)
    const after = event.type === "TransactionCreated" ? created(owner_id, event) : before && evolve(before, event)
    if (after === undefined) continue
    lines.set(stream_id, after)
    if (waits(after, event)) continue
    touch(before)
    touch(after)
  }
  yield* Tables.enter([...lines.values()].filter(({ id }) => begun.has(id)))
  yield* Tables.revise([...lines.values()].filter(({ id }) => !begun.has(id)))
  yield* Tables.completeImports(imports)
  for (const group of yield* Tables.groupsOfImports([...imports.keys()])) touched.set(keyOf(group), group)
  return [...touched.values()]
})

/** A move between own accounts comes back only where its amount stands still: a card's settlement is another each month. */
const isStanding = ({ varies, payments }: Series<Tables.Payment>) => !varies || payments.at(-1)!.to_account_id === null

const byBeginning = (one: Series<Tables.Payment>, other: Series<Tables.Payment>) => {
  const [first, second] = [one.payments[0]!, other.payments[0]!]
  return first.day < second.day || (first.day === second.day && first.id < second.id) ? -1 : 1
}

/** An opaque UUID (version 8) of a name. */
const idOf = (name: string): string => {
  const bytes = hash("sha256", `recurring/${name}`, "buffer").subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x80
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")
}

const rowsOf = (group: Group, payments: ReadonlyArray<Tables.Payment>): ReadonlyArray<Tables.RecurringRow> => {
  const counts = new Map<string, number>()
  return seriesOf(payments)
    .filter(isStanding)
    .toSorted(byBeginning)
    .map((series) => {
      const nth = (counts.get(series.cadence) ?? 0) + 1
      counts.set(series.cadence, nth)
      const last = series.payments.at(-1)!
      return {
        ...group,
        id: idOf(`${keyOf(group)}/${series.cadence}/${nth}`),
        merchant_name: last.merchant_name,
        to_account_id: last.to_account_id,
        category: last.category,
        account_id: last.account_id,
        cadence: series.cadence,
        varies: series.varies,
        expected_amount: series.expected_amount,
        last_amount: last.amount,
        last_on: last.day,
        next_on: series.next_on,
        tolerance_days: series.tolerance_days,
        last_transaction_id: last.id,
        payments: series.payments.length
      }
    })
}

/** Looks at the groups; answers with the people for whom something is another now. */
const look = Effect.fnUntraced(function* (groups: ReadonlyArray<Group>) {
  if (groups.length === 0) return []
  const payments = Map.groupBy(yield* Tables.paymentsOf(groups), (payment) =>
    keyOf({ ...payment, incoming: payment.amount > 0n })
  )
  const rows = groups.flatMap((group) => rowsOf(group, payments.get(keyOf(group)) ?? []))
  const changed = yield* Tables.replace(groups, rows)
  return [...new Set(changed.map(({ owner_id }) => owner_id))]
})

const keep = Effect.fnUntraced(function* (events: ReadonlyArray<RecordedEvent>) {
  const owners = yield* look(yield* takeIn(events))
  return owners.map((owner_id): Changes.Change => ({ owner_id, kind: "recurring", subject: {} }))
})

export const recurring: Program<SqlError, SqlClient.SqlClient | Signals> = {
  name: "recurring",
  version: 1,
  appends: false,
  expectsMore: areArriving,
  types: new Set([
    "TransactionCreated",
    "TransactionCategorized",
    "TransactionCategoryOverridden",
    "TransactionUpdated",
    "TransactionDeleted",
    "TransactionRestored",
    "TransferLinked",
    "TransferUnlinked",
    "ImportCompleted"
  ]),
  handle: (events) => Effect.flatMap(keep(events), Changes.record)
}

export const rebuiltRecurring: Rebuildable<SqlError, SqlClient.SqlClient> = {
  name: recurring.name,
  types: recurring.types,
  // Followed rather than filled in bulk: a look finds a merchant's payments by the tables' indexes.
  appends: true,
  tables: { recurring: "keyed", recurring_lines: "keyed", recurring_imports: "keyed" },
  fill: keep,
  settle: Effect.void,
  follow: keep
}
