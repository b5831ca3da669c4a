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
import type { AnomalyDismissed, AnomalyEvent, AnomalyWithdrawn } from "@finance/core/anomalies/Anomaly"
import { anomalyTypes } from "@finance/core/anomalies/Anomaly"
import { findingsOf } from "@finance/core/anomalies/Detection"
import { isTwin } from "@finance/core/anomalies/Duplicate"
import type { Finding } from "@finance/core/anomalies/Finding"
import type { Signals } from "@finance/core/database/Signals"
import { type Append, type AppendError, EventStore, type RecordedEvent } from "@finance/core/event-store/EventStore"
import { Vault } from "@finance/core/event-store/Vault"
import type { LedgerEvent } from "@finance/core/event-store/LedgerEvent"
import type { TransactionEvent } from "@finance/core/ledger/Transaction"
import { arePending } from "../categorization/Pending.ts"
import type { Program } from "../Processor.ts"
import * as Tables from "./AnomalyTables.ts"
import { Memory, placeOf } from "./Memory.ts"
import * as WatchedLine from "./WatchedLine.ts"

/** A line this many days old when it is looked at is no news. */
const lateDays = 45
const dayMillis = 86_400_000

/** A twin is two days away at most: so many lines may lie between. */
const twinsRoom = 40

/** What an event makes of a line. */
interface Step {
  readonly event: TransactionEvent
  readonly before: WatchedLine.WatchedLine | null
  readonly after: WatchedLine.WatchedLine
}

const isWatched = (event: LedgerEvent): event is TransactionEvent =>
  event.type.startsWith("Transaction") && WatchedLine.isWatched(event as TransactionEvent)

/** What the events make of each line, by their positions. What became of a line depends on its own events alone. */
const stepsOf = Effect.fnUntraced(function* (events: ReadonlyArray<RecordedEvent>) {
  const ours = events.flatMap(({ position, stream_id, owner_id, event }) =>
    isWatched(event) ? [{ position, stream_id, owner_id, event }] : []
  )
  const created = new Set(ours.flatMap(({ stream_id, event }) => (event.type === "TransactionCreated" ? [stream_id] : [])))
  const older = new Set(ours.flatMap(({ stream_id }) => (created.has(stream_id) ? [] : [stream_id])))
  const lines = new Map((yield* Tables.linesOf([...older])).map((line) => [line.id, line]))
  const steps = new Map<bigint, Step>()
  for (const { position, stream_id, owner_id, event } of ours) {
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

const importsIn = (events: ReadonlyArray<RecordedEvent>): ReadonlyMap<string, string> =>
  new Map(events.flatMap(({ owner_id, event }) => (event.type === "ImportCompleted" ? [[event.import_id, owner_id]] : [])))

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
  const imported = yield* Tables.linesOfImports([...completing.keys()], ofImports)
  return new Memory({
    people,
    places: [...spots.values(), ...ofImports].map(placeOf),
    lines: [...around, ...imported],
    habits: yield* Tables.habitsOf([...people]),
    lessons: yield* Tables.lessonsOf([...people]),
    findings: yield* Tables.findingsOf([...people])
  })
})

/** What is to be appended to an anomaly's stream. */
interface Telling {
  readonly owner_id: string
  readonly transaction_id: string
  /** Of the stream, before what is told. */
  readonly version: number
  readonly events: Array<(anomaly_id: string) => AnomalyEvent>
}

class Watch {
  readonly #memory: Memory
  readonly #tellings = new Map<string, Telling>()

  constructor(memory: Memory) {
    this.#memory = memory
  }

  get tellings(): ReadonlyMap<string, Telling> {
    return this.#tellings
  }

  /** Looks at a line: tells of what is new, and withdraws what no longer holds. */
  look(line: WatchedLine.WatchedLine, today: number, reason: AnomalyWithdrawn["reason"] = "reconsidered") {
    const { history, index } = this.#memory.historyOf(line)
    const lessons = this.#memory.lessonsOf(line.owner_id)
    const found = line.deleted || line.merchant === "" ? [] : findingsOf(history, index, this.#memory.habitsOf(line), lessons)
    for (const finding of found) this.#detect(line.owner_id, finding, today)
    for (const type of anomalyTypes) {
      if (!found.some((finding) => finding.type === type)) this.#withdraw(line.id, type, reason)
    }
  }

  /** Looks again at the lines that were told to be twins of this one. */
  lookAtTwins(line: WatchedLine.WatchedLine, today: number) {
    const { history } = this.#memory.historyOf(line)
    for (const other of history.filter((other) => isTwin(line, other))) {
      const told = this.#memory.findingOf(other.id, "duplicate")
      if (told !== undefined && told.status !== "dismissed") this.look(other, today)
    }
  }

  dismissed({ transaction_id, anomaly_type }: AnomalyDismissed, version: number) {
    const finding = this.#memory.findingOf(transaction_id, anomaly_type)
    if (finding === undefined) return
    if (finding.status !== "dismissed") this.#memory.learn(finding)
    this.#memory.conclude({ ...finding, status: "dismissed", version })
  }

  #detect(owner_id: string, { line, type, score, explanation, evidence, scope, size }: Finding, today: number) {
    const known = this.#memory.findingOf(line.id, type)
    if (known !== undefined && known.status !== "withdrawn") return
    const version = known?.version ?? 0
    const late = line.day < today - lateDays
    const identity = { transaction_id: line.id, anomaly_type: type }
    this.#memory.conclude({ ...identity, owner_id, status: "open", version: version + 1, scope, size })
    this.#tell({ ...identity, owner_id }, version, (anomaly_id) => ({
      type: "AnomalyDetected",
      anomaly_id,
      ...identity,
      anomaly_score: score,
      explanation,
      evidence,
      late
    }))
  }

  #withdraw(transaction_id: string, anomaly_type: Finding["type"], reason: AnomalyWithdrawn["reason"]) {
    const known = this.#memory.findingOf(transaction_id, anomaly_type)
    if (known?.status !== "open") return
    this.#memory.conclude({ ...known, status: "withdrawn", version: known.version + 1 })
    this.#tell(known, known.version, (anomaly_id) => ({
      type: "AnomalyWithdrawn",
      anomaly_id,
      transaction_id,
      anomaly_type,
      reason
    }))
  }

  #tell(
    { owner_id, transaction_id, anomaly_type }: Pick<Tables.KnownFinding, "owner_id" | "transaction_id" | "anomaly_type">,
    version: number,
    event: (anomaly_id: string) => AnomalyEvent
  ) {
    const name = `anomaly/${transaction_id}/${anomaly_type}`
    const telling = this.#tellings.get(name) ?? { owner_id, transaction_id, version, events: [] }
    this.#tellings.set(name, telling)
    telling.events.push(event)
  }
}

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
      for (const line of memory.linesOf(event.import_id)) watch.look(line, today)
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
  watch.look(after, today, after.deleted ? "deleted" : "reconsidered")
  if (event.type === "TransactionCategorized" && before.merchant === "") return
  watch.lookAtTwins(before, today)
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
  const named = new Set([...steps.values()].flatMap(({ after }) => after.import_id ?? []))
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
  expectsMore: arePending,
  types: new Set([
    "TransactionCreated",
    "TransactionCategorized",
    "TransactionCategoryOverridden",
    "TransactionUpdated",
    "TransactionDeleted",
    "TransactionRestored",
    "ImportCompleted",
    "AnomalyDismissed"
  ]),
  handle
}
