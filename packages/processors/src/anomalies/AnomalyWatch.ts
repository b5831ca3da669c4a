/**
 * Anomaly watch: looks at every line of money out as soon as it is known what it is, and tells of what a person may want to look at. What
 * is looked for, and how, are pure rules (`core/anomalies`).
 *
 *   by hand, from a feed:    Created ── Categorized ▶ looked at ── Overridden, Updated, Restored ▶ looked at again
 *   of an import:            Created ── Categorized ── … ── ImportCompleted ▶ all its lines looked at, with all the import known
 *
 * A file may begin with its newest line, and a year of lines may come at once: none of them can be judged by those that happen to stand
 * before it in the file. So an import is looked at when it is complete. Lines that come later change nothing about what was said before.
 *
 * Invariants
 *  1. What is told depends on the events so far alone, however they are split into batches.
 *  2. Each type of anomaly is told of a transaction once. An append names the version of the anomaly's stream that it expects, so that
 *     whoever goes through the log again says nothing anew.
 *  3. What no longer holds is withdrawn: its line was deleted, or the line or its twin was changed. What was dismissed stays so.
 *  4. A batch that has nothing to look at reads next to nothing: a bulk import only adds its lines.
 */
import * as Effect from "effect/Effect"
import type * as SqlClient from "effect/sql/SqlClient"
import type { Signals } from "@finance/core/database/Signals"
import { type Append, type AppendError, EventStore, type RecordedEvent } from "@finance/core/event-store/EventStore"
import { Vault } from "@finance/core/event-store/Vault"
import type { LedgerEvent } from "@finance/core/event-store/LedgerEvent"
import { isTransactionEvent, type TransactionEvent } from "@finance/core/ledger/Transaction"
import { areArriving } from "../categorization/Pending.ts"
import type { Program } from "../Processor.ts"
import * as Tables from "./AnomalyTables.ts"
import { Memory, placeOf } from "./Memory.ts"
import { type Telling, Watch } from "./Watch.ts"
import * as WatchedLine from "./WatchedLine.ts"

const dayMillis = 86_400_000

/** A twin is two days away at most: so many lines may lie between. */
const twinsRoom = 40

/** What an event makes of a line. */
interface Step {
  readonly event: TransactionEvent
  readonly before: WatchedLine.WatchedLine | null
  readonly after: WatchedLine.WatchedLine
}

const isWatched = (event: LedgerEvent): event is TransactionEvent => isTransactionEvent(event) && WatchedLine.isWatched(event)

/** What the events make of each line, by their positions. What became of a line depends on its own events alone. */
const stepsOf = Effect.fnUntraced(function* (events: ReadonlyArray<RecordedEvent>) {
  const created = new Set<string>()
  const older = new Set<string>()
  for (const { stream_id, event } of events) {
    if (!isWatched(event)) continue
    if (event.type === "TransactionCreated") created.add(stream_id)
    else if (!created.has(stream_id)) older.add(stream_id)
  }
  const lines = new Map((yield* Tables.linesOf([...older])).map((line) => [line.id, line]))
  const steps = new Map<bigint, Step>()
  for (const { position, stream_id, owner_id, event } of events) {
    if (!isWatched(event)) continue
    const before = lines.get(stream_id) ?? null
    const after = afterOf(before, owner_id, event)
    if (after === null) continue
    lines.set(stream_id, after)
    steps.set(position, { event, before, after })
  }
  return steps
})

const afterOf = (before: WatchedLine.WatchedLine | null, owner_id: string, event: TransactionEvent) => {
  if (event.type === "TransactionCreated") return WatchedLine.created(owner_id, event)
  return before === null ? null : WatchedLine.evolve(before, event)
}

/** The imports that are completed among the events, each with whose it is. */
const importsIn = (events: ReadonlyArray<RecordedEvent>): ReadonlyMap<string, string> => {
  const imports = new Map<string, string>()
  for (const { owner_id, event } of events) if (event.type === "ImportCompleted") imports.set(event.import_id, owner_id)
  return imports
}

/** Everything that must be known to go through these events. */
const remember = Effect.fnUntraced(function* (
  events: ReadonlyArray<RecordedEvent>,
  steps: ReadonlyMap<bigint, Step>,
  completed: ReadonlySet<string>
) {
  const completing = importsIn(events)
  const spots = new Map<string, WatchedLine.WatchedLine>()
  const ofImports: Array<WatchedLine.WatchedLine> = []
  const people = new Set(completing.values())
  for (const { before, after } of steps.values()) {
    const { import_id, owner_id } = after
    const isLookedAt = import_id === null || completed.has(import_id)
    if (!isLookedAt && !completing.has(import_id)) continue
    if (before !== null && isLookedAt) people.add(owner_id)
    for (const line of before === null ? [after] : [before, after]) {
      if (line.merchant === "") continue
      if (isLookedAt) spots.set(`${placeOf(line)}/${line.day}`, line)
      else ofImports.push(line)
    }
  }
  for (const { owner_id, event } of events) if (event.type === "AnomalyDismissed") people.add(owner_id)
  const around = yield* Tables.linesAround([...spots.values()], events.length + twinsRoom)
  const imported = yield* Tables.linesOfImports(completing, ofImports)
  return new Memory({
    people,
    places: [...spots.values(), ...ofImports].map(placeOf),
    // What is known whole goes before what is known in part.
    lines: [...imported, ...around],
    habits: yield* Tables.habitsOf([...people]),
    lessons: yield* Tables.lessonsOf([...people]),
    findings: yield* Tables.findingsOf([...people])
  })
})

const goThrough = (
  watch: Watch,
  memory: Memory,
  events: ReadonlyArray<RecordedEvent>,
  steps: ReadonlyMap<bigint, Step>,
  completed: Set<string>
) => {
  for (const { position, recorded_at, version, event } of events) {
    const today = Math.floor(recorded_at.getTime() / dayMillis)
    const step = steps.get(position)
    if (step !== undefined) take(watch, memory, step, today, completed)
    if (event.type === "AnomalyDismissed") watch.dismissed(event, version)
    if (event.type === "ImportCompleted") {
      completed.add(event.import_id)
      watch.lookAtAll(memory.linesOf(event.import_id), today)
    }
  }
}

const take = (watch: Watch, memory: Memory, { event, before, after }: Step, today: number, completed: ReadonlySet<string>) => {
  if (before === null) {
    memory.enter(after)
    return
  }
  memory.revise(before, after)
  if (after.import_id !== null && !completed.has(after.import_id)) return
  watch.look(memory.placed(after), today, after.deleted ? "deleted" : "reconsidered")
  if (event.type === "TransactionCategorized" && before.merchant === "") return
  watch.lookAtTwins(memory.placed(before), today)
}

const appendsOf = Effect.fnUntraced(function* (tellings: ReadonlyMap<string, Telling>) {
  const vault = yield* Vault
  const appends: Array<Append> = []
  for (const [name, { owner_id, version, events }] of tellings) {
    const stream_id = (yield* vault.keyOf(owner_id)).streamIdOf(name)
    appends.push({
      stream_id,
      stream_type: "anomaly",
      owner_id,
      expected: version === 0 ? "none" : version,
      metadata: { actor: "anomalies" },
      events: events.map((event) => event(stream_id))
    })
  }
  return appends
})

const handle = Effect.fnUntraced(function* (events: ReadonlyArray<RecordedEvent>) {
  const store = yield* EventStore
  const steps = yield* stepsOf(events)
  const named = new Set<string>()
  for (const { after } of steps.values()) if (after.import_id !== null) named.add(after.import_id)
  const completed = new Set(yield* Tables.completedImports([...named]))
  const memory = yield* remember(events, steps, completed)
  const watch = new Watch(memory)
  goThrough(watch, memory, events, steps, completed)
  const { entered, revised, habits, findings, lessons } = memory.changes
  yield* Tables.enter(entered)
  yield* Tables.revise(revised)
  yield* Tables.changeHabits(habits)
  yield* Tables.completeImports(importsIn(events))
  yield* Tables.storeFindings(findings)
  yield* Tables.storeLessons(lessons)
  // A conflict is an anomaly that was told before: nothing is left to say.
  yield* store.append(yield* appendsOf(watch.tellings))
})

export const anomalyWatch: Program<AppendError, EventStore | Vault | SqlClient.SqlClient | Signals> = {
  name: "anomalies",
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
    "ImportCompleted",
    "AnomalyDismissed"
  ]),
  handle
}
