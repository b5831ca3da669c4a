/**
 * Transfer watch: finds the two legs of each move between a person's own accounts and links them, so that what was only moved is no
 * spending. What makes two lines a move are pure rules (`core/transfers`).
 *
 *   by hand, from a feed:    Created ── Categorized ▶ looked at         an import:   … ── ImportCompleted ▶ all its lines looked at
 *   a leg that is deleted ── TransferUnlinked ▶ the other leg follows, and both may find another
 *
 * Invariants
 *  1. What is linked depends on the events so far alone, however they are split into batches.
 *  2. Both legs are linked in one transaction, decided on how their streams stand; a line is in one move at most.
 *  3. What a person has taken apart is not linked again, and what they have filed themselves stays filed so.
 *  4. A line that cannot be a leg leaves nothing behind: most of an import is not written.
 */
import * as Effect from "effect/Effect"
import type * as SqlClient from "effect/sql/SqlClient"
import {
  type Append,
  type AppendError,
  type Conflict,
  EventStore,
  type RecordedEvent
} from "@finance/core/event-store/EventStore"
import type { UnreadableEvent } from "@finance/core/event-store/LedgerEvent"
import type { Vault } from "@finance/core/event-store/Vault"
import { isTransactionEvent } from "@finance/core/ledger/Transaction"
import { type Evidence, evidenceOf } from "@finance/core/transfers/Evidence"
import { type Line, maxDays, movesOf } from "@finance/core/transfers/Matching"
import { matched } from "@finance/core/transfers/Sentences"
import type { TransferUnlinked } from "@finance/core/transfers/TransferLink"
import * as Transfers from "@finance/core/transfers/Transfers"
import { arePending } from "../categorization/Pending.ts"
import type { Program } from "../Processor.ts"
import { evolve, legOf, LegBook } from "./LegBook.ts"
import * as Tables from "./TransferTables.ts"

const metadata = { actor: "transfers" }

const importsIn = (events: ReadonlyArray<RecordedEvent>): ReadonlyMap<string, string> => {
  const imports = new Map<string, string>()
  for (const { owner_id, event } of events) if (event.type === "ImportCompleted") imports.set(event.import_id, owner_id)
  return imports
}

/** Everything that must be known to go through these events. */
const remember = Effect.fnUntraced(function* (events: ReadonlyArray<RecordedEvent>) {
  const created = new Map<string, Tables.Leg>()
  const older = new Set<string>()
  for (const { stream_id, owner_id, event } of events) {
    if (event.type === "TransactionCreated") created.set(stream_id, legOf(owner_id, event))
    else if (isTransactionEvent(event) && !created.has(stream_id)) older.add(stream_id)
    if (event.type === "TransferLinked" || event.type === "TransferUnlinked") older.add(event.counterpart_id)
  }
  const completing = [...importsIn(events).keys()]
  const known = [...(yield* Tables.legsOf([...older])), ...(yield* Tables.legsOfImports(completing))]
  const all = [...known, ...created.values()]
  const completed = new Set(yield* Tables.completedImports([...new Set(all.flatMap(({ import_id }) => import_id ?? []))]))
  const looked = new Set<string | null>([null, ...completed, ...completing])
  const due = all.filter(({ import_id }) => looked.has(import_id))
  const accounts = yield* Tables.accountsOf([...new Set(events.map(({ owner_id }) => owner_id))])
  const exchanging = due.filter(({ owner_id, currency }) =>
    accounts.some((account) => account.owner_id === owner_id && account.currency !== currency)
  )
  const others = [...(yield* Tables.oppositesOf(due)), ...(yield* Tables.exchangesOf(exchanging, maxDays))]
  return { book: new LegBook([...others, ...known], accounts), completed }
})

/** What is decided in a batch, a stream once: what comes to a stream again is decided on what it was made before. */
const makeDecisions = Effect.sync(() => {
  let appends: Array<Append> = []
  const flush = Effect.suspend(() => {
    const due = appends
    appends = []
    return Transfers.carryOut(due)
  })
  const before = Effect.fnUntraced(function* (...ids: ReadonlyArray<string>) {
    if (appends.some(({ stream_id }) => ids.includes(stream_id))) yield* flush
  })
  return {
    flush,
    /** Whether the two can be, and are to be, linked. */
    link: Effect.fnUntraced(function* (book: LegBook, owner_id: string, one: string, other: string) {
      yield* before(one, other)
      const nameOf = (account_id: string) =>
        book.accountsOf(owner_id).find((account) => account.account_id === account_id)?.name ?? ""
      const linking = Transfers.linking({ owner_id, one, other, by: "rule", metadata }, (counterpart) =>
        matched(counterpart, nameOf(counterpart.account_id))
      )
      const decided = yield* Effect.catchTag(linking, "TransactionRefused", () => Effect.succeed(null))
      appends.push(...(decided ?? []))
      return decided !== null
    }),
    /** Takes the other along where the one is no longer linked to it. */
    unlinkLeft: Effect.fnUntraced(function* (
      owner_id: string,
      { transaction_id, counterpart_id, unlinked_by }: TransferUnlinked
    ) {
      yield* before(transaction_id, counterpart_id)
      const move = { owner_id, one: transaction_id, other: counterpart_id, by: unlinked_by, metadata }
      const decided = Effect.catchTag(Transfers.unlinkingLeft(move), "TransactionRefused", () => Effect.succeed([]))
      appends.push(...(yield* decided))
    })
  }
})

type Decisions = Effect.Success<typeof makeDecisions>

const look = Effect.fnUntraced(function* (
  book: LegBook,
  decisions: Decisions,
  owner_id: string,
  legs: ReadonlyArray<Tables.Leg>
) {
  const accounts = book.accountsOf(owner_id)
  if (accounts.length < 2 || legs.length === 0) return
  const said = new Map<string, Evidence>()
  const says = (line: Line) => {
    const known = said.get(line.id)
    if (known !== undefined) return known
    const others = accounts.filter(({ account_id }) => account_id !== line.account_id)
    const evidence = evidenceOf(
      line,
      others.map(({ name }) => name)
    )
    said.set(line.id, evidence)
    return evidence
  }
  for (const { out, into } of movesOf(legs, book.openOf(owner_id), says)) {
    if (!(yield* decisions.link(book, owner_id, out.id, into.id))) continue
    book.set(out.id, { ...book.find(out.id)!, counterpart_id: into.id })
    book.set(into.id, { ...book.find(into.id)!, counterpart_id: out.id })
  }
})

/** After these a line is looked at (again). */
const occasions: ReadonlySet<string> = new Set([
  "TransactionCategorized",
  "TransactionCategoryOverridden",
  "TransactionUpdated",
  "TransactionRestored",
  "TransferUnlinked"
])

const handle = Effect.fnUntraced(function* (events: ReadonlyArray<RecordedEvent>) {
  const { book, completed } = yield* remember(events)
  const decisions = yield* makeDecisions
  for (const { stream_id, owner_id, event } of events) {
    if (event.type === "AccountOpened") book.open({ ...event, owner_id })
    if (event.type === "AccountRenamed") book.rename(owner_id, event.account_id, event.new_name)
    if (event.type === "ImportCompleted") {
      completed.add(event.import_id)
      yield* look(book, decisions, owner_id, book.ofImport(event.import_id))
    }
    if (!isTransactionEvent(event)) continue
    const before = book.find(stream_id)
    const leg = evolve(before, owner_id, event)
    if (leg !== before) book.set(stream_id, leg)
    if (event.type === "TransferUnlinked") yield* decisions.unlinkLeft(owner_id, event)
    const isDue = leg !== null && Tables.isOpen(leg) && occasions.has(event.type)
    if (isDue && (leg.import_id === null || completed.has(leg.import_id))) yield* look(book, decisions, owner_id, [leg])
  }
  const { legs, dropped, accounts } = book.changes
  yield* Tables.storeAccounts(accounts)
  yield* Tables.storeLegs(legs)
  yield* Tables.dropLegs(dropped)
  yield* Tables.completeImports(importsIn(events))
  yield* decisions.flush
})

export const transferWatch: Program<AppendError | Conflict | UnreadableEvent, EventStore | Vault | SqlClient.SqlClient> = {
  name: "transfers",
  version: 1,
  appends: true,
  per: "person",
  expectsMore: arePending,
  types: new Set([
    "AccountOpened",
    "AccountRenamed",
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
  handle
}
