/**
 * Transfers: links the two legs of each move between a person's own accounts. The rules are `Matching`.
 *
 *   line categorised by hand or feed, changed, restored ─▶ looked at with the open lines near it
 *   import complete                                     ─▶ all its lines at once, with the open lines near them
 *   leg unlinked, as when it is deleted                 ─▶ its counterpart is unlinked, too
 *
 * Terms. *open*: a line that may be a leg and has no counterpart.
 *
 * Invariants
 *  1. Both legs are linked in one append, at the versions that were looked at; where one has moved on, it is decided again on what has
 *     become of it. So what the person did meanwhile stands.
 *  2. What was looked at, and when, depends on the events so far alone, however they come in batches: each event that makes a line open, or
 *     an import complete, is followed by a look of its own, which sees the lines as of that event.
 *  3. A link is appended once: what is linked in a batch is no longer open in the rest of it, and its own event changes nothing more.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { carryOutTogether } from "@finance/core/event-store/Decider"
import { type Append, type Appended, EventStore, type Metadata, type RecordedEvent } from "@finance/core/event-store/EventStore"
import { newId } from "@finance/core/ledger/Id"
import * as Transaction from "@finance/core/ledger/Transaction"
import * as Transfer from "@finance/core/ledger/Transfer"
import { type Match, matchesAmong } from "@finance/core/transfers/Matching"
import { explanationOf, sureness } from "@finance/core/transfers/Reason"
import { areArriving } from "../categorization/Pending.ts"
import type { Program } from "../Processor.ts"
import type { Rebuildable } from "../Rebuild.ts"
import { evolve, isOpen, type TransferLine } from "./TransferLine.ts"
import * as Tables from "./TransferTables.ts"

const name = "transfers"
const metadata: Metadata = { actor: name }

interface Link {
  readonly transfer_id: string
  readonly match: Match<TransferLine>
}

/** What goes on with a leg when its counterpart has been unlinked. */
interface Parting {
  readonly owner_id: string
  readonly stream_id: string
  readonly command: Transfer.Unlink
}

/** What the program knows while it goes through a batch, and what it has decided so far. */
class Book {
  readonly links: Array<Link> = []
  readonly partings: Array<Parting> = []
  readonly #lines: Map<string, TransferLine>
  readonly #changed = new Set<string>()
  readonly #accounts: Map<string, Tables.AccountRow>

  constructor(lines: ReadonlyArray<TransferLine>, accounts: ReadonlyArray<Tables.AccountRow>) {
    this.#lines = new Map(lines.map((line) => [line.id, line]))
    this.#accounts = new Map(accounts.map((account) => [account.id, account]))
  }

  line(id: string): TransferLine | null {
    return this.#lines.get(id) ?? null
  }

  put(id: string, line: TransferLine | null): void {
    if (line === null && !this.#lines.has(id)) return
    if (line === null) this.#lines.delete(id)
    else this.#lines.set(id, line)
    this.#changed.add(id)
  }

  accountsOf(owner_id: string): ReadonlyArray<Tables.AccountRow> {
    return [...this.#accounts.values()].filter((account) => account.owner_id === owner_id)
  }

  putAccount(account: Tables.AccountRow): void {
    this.#accounts.set(account.id, account)
  }

  link(match: Match<TransferLine>): void {
    const { out, into } = match
    this.links.push({ transfer_id: newId(), match })
    this.put(out.id, { ...out, counterpart_id: into.id })
    this.put(into.id, { ...into, counterpart_id: out.id })
  }

  appended({ stream_id, version }: Appended): void {
    const line = this.line(stream_id)
    if (line !== null) this.put(stream_id, { ...line, version: Math.max(line.version, version) })
  }

  /** Nothing came of the link; what has become of its legs meanwhile stands. */
  part({ match: { out, into } }: Link): void {
    for (const [leg, counterpart] of [[out, into] as const, [into, out] as const]) {
      const line = this.line(leg.id)
      if (line?.counterpart_id === counterpart.id) this.put(leg.id, { ...line, counterpart_id: null })
    }
  }

  /** What has changed since the last time, to be written: lines, and ids of those that are none any more. */
  changes(): { readonly kept: ReadonlyArray<TransferLine>; readonly gone: ReadonlyArray<string> } {
    const ids = [...this.#changed]
    this.#changed.clear()
    return { kept: ids.flatMap((id) => this.line(id) ?? []), gone: ids.filter((id) => this.line(id) === null) }
  }
}

const open = Effect.fnUntraced(function* (events: ReadonlyArray<RecordedEvent>) {
  const begun = new Set(events.flatMap(({ event, stream_id }) => (event.type === "TransactionCreated" ? [stream_id] : [])))
  const older = events.flatMap(({ event, stream_id }) =>
    Transaction.isTransactionEvent(event) && !begun.has(stream_id) ? [stream_id] : []
  )
  const owners = [...new Set(events.map(({ owner_id }) => owner_id))]
  return new Book(yield* Tables.linesOf([...new Set(older)]), yield* Tables.accountsOf(owners))
})

const write = Effect.fnUntraced(function* (book: Book) {
  const { kept, gone } = book.changes()
  yield* Tables.store(kept)
  yield* Tables.forget(gone)
})

const look = Effect.fnUntraced(function* (book: Book, owner_id: string, trigger: Tables.Trigger) {
  yield* write(book)
  const pairs = yield* Tables.pairsFor(trigger)
  if (pairs.length === 0) return
  const exchanges = pairs.some(([out, into]) => out.currency !== into.currency)
  const rates = exchanges ? yield* Tables.ratesOf(owner_id) : []
  for (const match of matchesAmong(pairs, { accounts: book.accountsOf(owner_id), rates })) book.link(match)
})

/** Whether the event has made a line open, or open for other lines than before. The lines of an import wait until that is complete. */
const opens = (line: TransferLine | null, event: Transaction.TransactionEvent): boolean => {
  if (line === null || !isOpen(line)) return false
  switch (event.type) {
    case "TransactionCategorized":
      return line.import_id === null
    case "TransactionUpdated":
      return event.changes.occurred_at !== undefined || event.changes.description !== undefined
    case "TransactionCategoryOverridden":
    case "TransactionRestored":
    case "TransferUnlinked":
      return true
    default:
      return false
  }
}

type Looks = typeof look

/** What is in the log already is not looked for again. */
const noLook: Looks = () => Effect.void

const take = Effect.fnUntraced(function* (book: Book, recorded: RecordedEvent, look: Looks) {
  const { event, owner_id, stream_id, metadata } = recorded
  if (event.type === "AccountOpened") {
    const { account_id, name, account_type } = event
    book.putAccount({ id: account_id, owner_id, name, account_type })
    yield* Tables.storeAccount({ id: account_id, owner_id, name, account_type })
  }
  if (event.type === "AccountRenamed") {
    const known = book.accountsOf(owner_id).find(({ id }) => id === event.account_id)!
    book.putAccount({ ...known, name: event.new_name })
    yield* Tables.storeAccount({ ...known, name: event.new_name })
  }
  if (event.type === "ImportCompleted") {
    yield* Tables.completeImport(event.import_id, owner_id)
    yield* look(book, owner_id, { import_id: event.import_id })
  }
  if (!Transaction.isTransactionEvent(event)) return
  const after = evolve(book.line(stream_id), { ...recorded, event }, book.accountsOf(owner_id))
  book.put(stream_id, after)
  if (event.type === "TransferUnlinked" && metadata.actor !== name) {
    const { counterpart_id, for_good } = event
    const command = { command: "Unlink", counterpart_id: stream_id, for_good } as const
    book.partings.push({ owner_id, stream_id: counterpart_id, command })
  }
  if (opens(after, event)) yield* look(book, owner_id, { transaction_id: stream_id })
})

const commandOf = ({ transfer_id, match }: Link, counterpart: TransferLine): Transfer.Link => ({
  command: "Link",
  transfer_id,
  counterpart_id: counterpart.id,
  counterpart_account_id: counterpart.account_id,
  by: "rule",
  confidence: sureness[match.evidence.kind],
  explanation: explanationOf(match)
})

/** Both legs, or none where one of them would refuse. */
const appendsOf = (link: Link): ReadonlyArray<Append> => {
  const { out, into } = link.match
  const appends = [[out, into] as const, [into, out] as const].flatMap(([leg, counterpart]) => {
    const events = Result.getOrElse(Transfer.link({ ...leg, transfer: null }, commandOf(link, counterpart)), () => [])
    const { id: stream_id, owner_id, version: expected } = leg
    return events.length === 0 ? [] : [{ stream_id, stream_type: "transaction" as const, owner_id, expected, metadata, events }]
  })
  return appends.length === 2 ? appends : []
}

/** Appends every link at once; where a leg has moved on since it was looked at, each is decided again on what has become of it. */
const carryOutLinks = Effect.fnUntraced(function* (book: Book) {
  if (book.links.length === 0) return
  const sql = yield* SqlClient.SqlClient
  const store = yield* EventStore
  const atOnce = Effect.gen(function* () {
    const answers = yield* store.append(book.links.flatMap(appendsOf))
    return yield* Effect.forEach(answers, (answer) => Effect.fromResult(answer))
  })
  const oneByOne = Effect.forEach(book.links, (link) => decideAgain(book, link), { discard: true })
  yield* sql.withTransaction(atOnce).pipe(
    Effect.map((all) => all.forEach((appended) => book.appended(appended))),
    Effect.catchTag("WrongExpectedVersion", () => oneByOne)
  )
})

const decideAgain = Effect.fnUntraced(function* (book: Book, link: Link) {
  const { out, into } = link.match
  const orders = [
    { stream_id: out.id, command: commandOf(link, into) },
    { stream_id: into.id, command: commandOf(link, out) }
  ]
  yield* carryOutTogether(Transaction.decider, { owner_id: out.owner_id, metadata }, orders).pipe(
    Effect.catchTag("TransactionRefused", () => Effect.sync(() => book.part(link)))
  )
})

const carryOutPartings = ({ partings }: Book) =>
  Effect.forEach(
    partings,
    ({ owner_id, ...order }) =>
      // What is deleted has unlinked itself.
      carryOutTogether(Transaction.decider, { owner_id, metadata }, [order]).pipe(
        Effect.catchTag("TransactionRefused", () => Effect.void)
      ),
    { discard: true }
  )

const handle = Effect.fnUntraced(function* (events: ReadonlyArray<RecordedEvent>) {
  const book = yield* open(events)
  for (const recorded of events) yield* take(book, recorded, look)
  yield* write(book)
  yield* carryOutLinks(book)
  yield* carryOutPartings(book)
  yield* write(book)
})

/** What the events make of the lines, without linking any. */
const follow = Effect.fnUntraced(function* (events: ReadonlyArray<RecordedEvent>) {
  const book = yield* open(events)
  for (const recorded of events) yield* take(book, recorded, noLook)
  yield* write(book)
  return []
})

export const transfers: Program<Effect.Error<ReturnType<typeof handle>>, EventStore | SqlClient.SqlClient> = {
  name,
  version: 1,
  appends: true,
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
    "AccountOpened",
    "AccountRenamed",
    "ImportCompleted"
  ]),
  handle
}

export const rebuiltTransfers: Rebuildable<SqlError, SqlClient.SqlClient> = {
  name,
  types: transfers.types,
  appends: true,
  tables: { transfer_lines: "keyed", transfer_accounts: "keyed", transfer_imports: "keyed" },
  fill: follow,
  settle: Effect.void,
  follow
}
