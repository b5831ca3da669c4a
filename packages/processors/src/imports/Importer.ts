/**
 * Importer: works through staged statements, several people's at once, one chunk at a time.
 *
 *   lease ─▶ chunk ─▶ transaction { known lines · verdicts · progress · TransactionCreated … } ─▶ wait for its categories ─▶ next
 *
 * Invariants
 *  1. A chunk's lines, verdicts, progress and events commit together. Progress moves by compare-and-swap, so of two programs that work
 *     on one import, one gives way, and after a crash the import goes on at the row after the last committed one.
 *  2. A line becomes a transaction if and only if its (account, identity, ordinal) was not there: `statement_lines` decides.
 *  3. No more than `maxAhead` chunks are ahead of the read models, and next to nothing while the person is at work themselves,
 *     so what they do meanwhile is seen at once.
 *  4. A chunk begins when the one before it is categorised: lines and categories lie side by side in the log, and the read models
 *     write them together.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FiberMap from "effect/FiberMap"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { ledgerEvents } from "@finance/core/bus/EventBus"
import { partitionOf } from "@finance/core/bus/Partition"
import * as Changes from "@finance/core/changes/Changes"
import * as Columns from "@finance/core/database/Columns"
import { Signals } from "@finance/core/database/Signals"
import { type Append, EventStore } from "@finance/core/event-store/EventStore"
import { Vault } from "@finance/core/event-store/Vault"
import { fileBinding } from "@finance/core/imports/Imports"
import { type Chunk, chunkRows, chunksOf, type NumberedLine } from "@finance/core/imports/StatementChunks"
import { noonOf } from "@finance/core/ledger/Day"
import { newId } from "@finance/core/ledger/Id"
import { parse } from "@finance/core/statements/StatementFile"
import * as Correlation from "@finance/core/telemetry/Correlation"

const metadata = { actor: "imports" }

/** Another program has taken this import over. */
class LeaseLost extends Schema.TaggedError<LeaseLost>()("LeaseLost", { import_id: Schema.String }) {}

interface Job {
  readonly id: string
  readonly owner_id: string
  readonly account_id: string
  readonly filename: string | null
  readonly currency: string
  readonly rows_done: number
  /** Of the request that it came of. */
  readonly correlation_id: string | null
  readonly traceparent: string | null
}

/** How long an import belongs to the program that works on it, unless renewed by progress. */
const lease = "10 seconds"
/** While it waits, a lease is renewed this often. */
const renewMillis = 3_000

/** How often at most an import tells who watches how far it is. */
const tellMillis = 200

const claim = (sql: SqlClient.SqlClient) =>
  sql<Job>`
    UPDATE imports i SET leased_until = now() + ${lease}::interval
    FROM account_projections a
    WHERE a.id = i.account_id AND i.id = (
      SELECT w.id FROM imports w JOIN account_projections p ON p.id = w.account_id
      WHERE w.status = 'running' AND (w.leased_until IS NULL OR w.leased_until < now())
      ORDER BY w.started_at LIMIT 1 FOR UPDATE OF w SKIP LOCKED)
    RETURNING i.id, i.owner_id, i.account_id, i.filename, a.currency, i.rows_done, i.correlation_id, i.traceparent`

/** Chunks on their way at once: one that the read models write, and one that is taken in and categorised meanwhile. */
const maxAhead = 2

/**
 * The same while the person is at work themselves: their events take effect in the order of the log, behind what their import has put
 * there, and their requests want the same cores.
 */
const politeRows = 40
const politeAhead = 1
const politePause = "40 millis"
/** How long after their last act a person counts as at work. */
const atWorkMillis = 3_000

const creationOf = (job: Job, transaction_id: string, { line }: NumberedLine): Append => ({
  stream_id: transaction_id,
  stream_type: "transaction",
  owner_id: job.owner_id,
  expected: "none",
  metadata,
  events: [
    {
      type: "TransactionCreated",
      transaction_id,
      account_id: job.account_id,
      amount: line.amount,
      currency: line.currency,
      description: line.description,
      occurred_at: noonOf(line.booking_date).toISOString(),
      booking_date: line.booking_date,
      value_date: line.value_date,
      external_id: line.external_id,
      source: "import",
      import_id: job.id,
      raw_data: line.raw
    }
  ]
})

/** Enters the lines that are not known yet, each for its new transaction; returns those it entered. */
const enter = Effect.fnUntraced(function* (job: Job, lines: ReadonlyArray<NumberedLine>) {
  if (lines.length === 0) return new Map<NumberedLine, string>()
  const sql = yield* SqlClient.SqlClient
  const ids = new Map(lines.map((line) => [newId(), line] as const))
  const entered = yield* sql<{ transaction_id: string }>`
    INSERT INTO statement_lines (owner_id, account_id, identity, ordinal, transaction_id)
    SELECT ${job.owner_id}::uuid, ${job.account_id}::uuid, l.* FROM unnest(
      ${Columns.bytes(lines.map(({ fingerprint }) => fingerprint))}, ${Columns.integers(lines.map(({ ordinal }) => ordinal))},
      ${Columns.uuids([...ids.keys()])}) AS l
    ON CONFLICT (account_id, identity, ordinal) DO NOTHING RETURNING transaction_id`
  return new Map(entered.map(({ transaction_id }) => [ids.get(transaction_id)!, transaction_id]))
})

const alreadyImported = { code: "already-imported", params: {} }

const recordVerdicts = Effect.fnUntraced(function* (job: Job, chunk: Chunk, entered: ReadonlyMap<NumberedLine, string>) {
  const sql = yield* SqlClient.SqlClient
  const counts = { new: 0, duplicate: 0, rejected: 0, skipped: 0 }
  const transactions = new Map([...entered].map(([{ line }, id]) => [line as Chunk["rows"][number], id]))
  const rows = chunk.rows.map((row, index) => {
    const transaction_id = transactions.get(row) ?? null
    const [verdict, reason] =
      row._tag === "Rejected"
        ? (["rejected", row.reason] as const)
        : row._tag === "Skipped"
          ? (["skipped", row.reason] as const)
          : transaction_id === null
            ? (["duplicate", alreadyImported] as const)
            : (["new", null] as const)
    counts[verdict]++
    return { ordinal: chunk.from + index, line: row.line, verdict, reason, transaction_id }
  })
  yield* sql`
    INSERT INTO import_rows (owner_id, import_id, ordinal, line, verdict, reason, transaction_id)
    SELECT ${job.owner_id}::uuid, ${job.id}::uuid, r.ordinal, r.line, r.verdict, r.reason::jsonb, r.transaction_id FROM unnest(
      ${Columns.integers(rows.map(({ ordinal }) => ordinal))}, ${Columns.integers(rows.map(({ line }) => line))},
      ${Columns.texts(rows.map(({ verdict }) => verdict))},
      ${Columns.texts(rows.map(({ reason }) => (reason === null ? null : JSON.stringify(reason))))},
      ${Columns.uuids(rows.map(({ transaction_id }) => transaction_id))}) AS r (ordinal, line, verdict, reason, transaction_id)`
  return counts
})

interface Taken {
  /** The position of the last new transaction. */
  readonly position: bigint
  readonly transaction_ids: ReadonlyArray<string>
}

/** Takes one chunk in; returns null when none of it was new. */
const takeIn = Effect.fnUntraced(function* (job: Job, chunk: Chunk) {
  const sql = yield* SqlClient.SqlClient
  const store = yield* EventStore
  const entered = yield* enter(job, chunk.lines)
  const counts = yield* recordVerdicts(job, chunk, entered)
  const moved = yield* sql`
    UPDATE imports SET rows_done = rows_done + ${chunk.rows.length}, rows_new = rows_new + ${counts.new},
      rows_duplicate = rows_duplicate + ${counts.duplicate}, rows_rejected = rows_rejected + ${counts.rejected},
      rows_skipped = rows_skipped + ${counts.skipped}, leased_until = now() + ${lease}::interval
    WHERE id = ${job.id} AND status = 'running' AND rows_done = ${chunk.from} RETURNING id`
  if (moved.length === 0) return yield* new LeaseLost({ import_id: job.id })
  const appended = yield* store.append([...entered].map(([line, id]) => creationOf(job, id, line)))
  const last = appended.at(-1)
  if (last === undefined) return null
  const { position } = yield* Effect.fromResult(last)
  return { position, transaction_ids: [...entered.values()] } satisfies Taken
})

/** Waits until the programs have come to this position of the person's events; the lease is renewed meanwhile. */
const reached = Effect.fnUntraced(function* (job: Job, processors: ReadonlyArray<string>, position: bigint) {
  const sql = yield* SqlClient.SqlClient
  const signals = yield* Signals
  const partition = partitionOf(job.owner_id, ledgerEvents.partitions)
  let renewed = yield* Clock.currentTimeMillis
  while (true) {
    const seen = signals.current("checkpoints")
    const behind = yield* sql`
      SELECT FROM unnest(${Columns.texts(processors)}) AS p (processor)
      LEFT JOIN checkpoints c ON c.processor = p.processor AND c.partition = ${partition}
      WHERE coalesce(c.position, 0) < ${position}`
    if (behind.length === 0) return
    yield* signals.changedSince("checkpoints", seen, "1 second")
    const now = yield* Clock.currentTimeMillis
    if (now - renewed < renewMillis) continue
    yield* sql`UPDATE imports SET leased_until = now() + ${lease}::interval WHERE id = ${job.id}`
    renewed = now
  }
})

/** Whether the person has done something by hand since that position of the log. */
const hasActed = Effect.fnUntraced(function* (job: Job, since: bigint) {
  const sql = yield* SqlClient.SqlClient
  const acts = yield* sql`
    SELECT FROM events WHERE position > ${since} AND owner_id = ${job.owner_id} AND metadata->>'actor' = ${job.owner_id} LIMIT 1`
  return acts.length > 0
})

const readModels = ["projections", "budgets"]

/** The last position of these transactions so far: their categorisation, once that has passed them. */
const lastPositionOf = Effect.fnUntraced(function* (transaction_ids: ReadonlyArray<string>) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ position: bigint }>`
    SELECT coalesce(max(position), 0) AS position FROM events WHERE stream_id = ANY(${Columns.uuids(transaction_ids)})`
  return row!.position
})

/** The latest transactions of an import that is taken up again: the read models may not have come to them yet. */
const takenBefore = Effect.fnUntraced(function* (job: Job) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ transaction_id: string }>`
    SELECT transaction_id FROM import_rows WHERE import_id = ${job.id} AND transaction_id IS NOT NULL
    ORDER BY ordinal DESC LIMIT ${chunkRows}`
  if (rows.length === 0) return []
  const transaction_ids = rows.map(({ transaction_id }) => transaction_id)
  return [{ position: yield* lastPositionOf(transaction_ids), transaction_ids }] satisfies ReadonlyArray<Taken>
})

const complete = Effect.fnUntraced(function* (job: Job) {
  const sql = yield* SqlClient.SqlClient
  const store = yield* EventStore
  const rows = yield* sql<{ rows_new: number; rows_duplicate: number; rows_rejected: number; rows_skipped: number }>`
    UPDATE imports SET status = 'completed', completed_at = now(), leased_until = NULL WHERE id = ${job.id} AND status = 'running'
    RETURNING rows_new, rows_duplicate, rows_rejected, rows_skipped`
  const counts = rows[0]
  if (counts === undefined) return yield* new LeaseLost({ import_id: job.id })
  yield* sql`DELETE FROM import_files WHERE import_id = ${job.id}`
  yield* Changes.record([{ owner_id: job.owner_id, kind: "import", subject: { id: job.id } }])
  const answers = yield* store.append([
    {
      stream_id: job.id,
      stream_type: "import",
      owner_id: job.owner_id,
      expected: "any",
      metadata,
      events: [{ type: "ImportCompleted", import_id: job.id, account_id: job.account_id, ...counts }]
    },
    {
      stream_id: job.account_id,
      stream_type: "account",
      owner_id: job.owner_id,
      expected: "any",
      metadata,
      events: [{ type: "AccountSynced", account_id: job.account_id, synced_at: new Date().toISOString() }]
    }
  ])
  yield* Effect.forEach(answers, (answer) => Effect.fromResult(answer), { discard: true })
})

const work = Effect.fn("Importer.work")(function* (job: Job) {
  const sql = yield* SqlClient.SqlClient
  const vault = yield* Vault
  const key = yield* vault.keyOf(job.owner_id)
  const [file] = yield* sql<{ content: Uint8Array }>`SELECT content FROM import_files WHERE import_id = ${job.id}`
  if (file === undefined) return yield* new LeaseLost({ import_id: job.id })
  const content = key.open(file.content, fileBinding(job.id))
  const statement = yield* parse(content, { filename: job.filename, currency: job.currency })
  const ahead: Array<Taken> = yield* takenBefore(job)
  let last = ahead.at(-1)
  let told = 0
  let acted = 0
  let polite = false
  for (const chunk of chunksOf(statement.rows, key, job.rows_done, () => (polite ? politeRows : chunkRows))) {
    const taken = yield* sql.withTransaction(takeIn(job, chunk))
    const now = yield* Clock.currentTimeMillis
    if (now - told >= tellMillis) {
      // By itself: in the chunk's transaction it would keep the person's changes locked while the chunk is sealed and appended.
      yield* Changes.record([{ owner_id: job.owner_id, kind: "import", subject: { id: job.id } }])
      told = now
    }
    if (last !== undefined && (yield* hasActed(job, last.position))) acted = now
    polite = now - acted < atWorkMillis
    if (taken !== null) {
      ahead.push((last = taken))
      yield* reached(job, ["categorization"], taken.position)
    }
    if (polite) yield* Effect.sleep(politePause)
    while (ahead.length >= (polite ? politeAhead : maxAhead)) yield* reached(job, ["projections"], ahead.shift()!.position)
  }
  if (last !== undefined) {
    // Complete means visible: the opinions on the last lines are in the log once categorisation has passed them, then in the read models.
    yield* reached(job, ["categorization"], last.position)
    yield* reached(job, readModels, yield* lastPositionOf(last.transaction_ids))
  }
  yield* sql.withTransaction(complete(job))
})

const fail = Effect.fnUntraced(function* (job: Job, error: unknown) {
  const sql = yield* SqlClient.SqlClient
  yield* Effect.logError(`import ${job.id} failed`, error)
  yield* sql.withTransaction(
    Effect.gen(function* () {
      yield* sql`UPDATE imports SET status = 'failed', error = ${String(error)}, completed_at = now(), leased_until = NULL
                 WHERE id = ${job.id} AND status = 'running'`
      yield* sql`DELETE FROM import_files WHERE import_id = ${job.id}`
      yield* Changes.record([{ owner_id: job.owner_id, kind: "import", subject: { id: job.id } }])
    })
  )
})

/** What another try may mend leaves the import to the lease; what none can, fails it, with all that was taken in still standing. */
const settle = (job: Job) =>
  work(job).pipe(
    Effect.catchTags({
      StatementRefused: (error) => fail(job, error),
      Erased: (error) => fail(job, error),
      EventTooLarge: (error) => fail(job, error),
      VaultUnusable: (error) => fail(job, error)
    }),
    Effect.catchCause((cause) => Effect.logWarning(`import ${job.id} pauses and is taken up again`, cause)),
    Correlation.goingOn("import", {
      correlation_id: job.correlation_id ?? undefined,
      traceparent: job.traceparent ?? undefined
    })
  )

/** Takes up every import that waits, until interrupted. */
export const importer = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const signals = yield* Signals
  const running = yield* FiberMap.make<string>()
  while (true) {
    const seen = signals.current("imports")
    const [job] = (yield* FiberMap.size(running)) < maxRunning ? yield* claim(sql) : []
    if (job === undefined) yield* signals.changedSince("imports", seen, "1 second")
    else
      yield* FiberMap.run(
        running,
        job.id,
        Effect.ensuring(
          settle(job),
          Effect.sync(() => signals.raise("imports"))
        )
      )
  }
}).pipe(Effect.scoped)

/** Imports worked on at once by one process: more would only share the same cores. */
const maxRunning = 4
