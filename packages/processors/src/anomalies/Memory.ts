/**
 * Memory: what the anomaly watch knows while it works through a batch: what it knew before, as far as the batch needs it, and what the
 * batch adds, event by event. Nothing is written before the end.
 */
import type { AnomalyType } from "@finance/core/anomalies/Anomaly"
import { type Habits, noHabits, sizeOf } from "@finance/core/anomalies/Habits"
import { keyOf, learn, noLessons } from "@finance/core/anomalies/Lessons"
import { byTime, isSpending } from "@finance/core/anomalies/Line"
import type { CategoryOrNone } from "@finance/core/ledger/Category"
import type { HabitChange, HabitRow, KnownFinding, LessonRow } from "./AnomalyTables.ts"
import type { WatchedLine } from "./WatchedLine.ts"

/** What the memory begins with. */
export interface Known {
  /** Of whom something is looked at in the batch. */
  readonly people: ReadonlySet<string>
  /** Where something is looked at (`placeOf`), and the lines that stand there. */
  readonly places: Iterable<string>
  readonly lines: Iterable<WatchedLine>
  readonly habits: ReadonlyArray<HabitRow>
  readonly lessons: ReadonlyArray<LessonRow>
  readonly findings: ReadonlyArray<KnownFinding>
}

export const placeOf = ({ owner_id, currency, merchant }: Pick<WatchedLine, "owner_id" | "currency" | "merchant">): string =>
  `${owner_id}/${currency}/${merchant}`

/** A line, and where it stands or would stand among the known ones of its person, merchant and currency. */
export interface Placed {
  readonly line: WatchedLine
  readonly history: ReadonlyArray<WatchedLine>
  readonly index: number
}

interface Counts extends Habits {
  readonly categories: Map<CategoryOrNone, Map<number, number>>
  first_day: number
}

/** Where the line stands, or would stand, in the order of time. */
const indexIn = (history: ReadonlyArray<WatchedLine>, line: WatchedLine): number => {
  let [from, to] = [0, history.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if (byTime(history[middle]!, line) < 0) from = middle + 1
    else to = middle
  }
  return from
}

const noFindings: ReadonlyMap<AnomalyType, KnownFinding> = new Map()

export class Memory {
  readonly #entered = new Map<string, WatchedLine>()
  readonly #revised = new Map<string, WatchedLine>()
  readonly #histories = new Map<string, Array<WatchedLine>>()
  readonly #people: ReadonlySet<string>
  readonly #habits = new Map<string, Counts>()
  readonly #habitChanges = new Map<string, HabitChange>()
  readonly #lessons = new Map<string, Map<string, LessonRow>>()
  readonly #learned = new Map<string, LessonRow>()
  /** By transaction, then by type. */
  readonly #findings = new Map<string, Map<AnomalyType, KnownFinding>>()
  readonly #concluded = new Map<string, KnownFinding>()

  constructor({ people, places, lines, habits, lessons, findings }: Known) {
    this.#people = people
    for (const place of places) this.#histories.set(place, [])
    for (const line of new Map([...lines].map((line) => [line.id, line])).values()) {
      const history = this.#histories.get(placeOf(line))
      if (history === undefined) this.#histories.set(placeOf(line), [line])
      else history.push(line)
    }
    for (const history of this.#histories.values()) history.sort(byTime)
    for (const { owner_id, currency, category, sizes, lines, first_day } of habits) {
      const counts = this.#countsOf(owner_id, currency)
      counts.categories.set(category, new Map(sizes.map((size, at) => [size, lines[at]!])))
      counts.first_day = Math.min(counts.first_day, first_day)
    }
    for (const lesson of lessons) this.#lessonsOf(lesson.owner_id).set(keyOf(lesson.anomaly_type, lesson.scope), lesson)
    for (const finding of findings) this.#know(finding)
  }

  // ---- Lines ----

  enter(line: WatchedLine) {
    this.#entered.set(line.id, line)
    this.#move(line, 1)
  }

  revise(before: WatchedLine, after: WatchedLine) {
    const changes = this.#entered.has(after.id) ? this.#entered : this.#revised
    changes.set(after.id, after)
    this.#move(before, -1)
    this.#move(after, 1)
  }

  #move(line: WatchedLine, sign: 1 | -1) {
    if (line.deleted) return
    const history = this.#histories.get(placeOf(line))
    if (history !== undefined) {
      const index = indexIn(history, line)
      if (sign === 1) history.splice(index, 0, line)
      else if (history[index]?.id === line.id) history.splice(index, 1)
    }
    if (isSpending(line)) this.#count(line, sign)
  }

  /** The line among the known ones of its place. */
  placed(line: WatchedLine): Placed {
    const history = this.#histories.get(placeOf(line)) ?? []
    return { line, history, index: indexIn(history, line) }
  }

  /** Every line of the import where something is looked at. */
  linesOf(import_id: string): ReadonlyArray<Placed> {
    const lines: Array<Placed> = []
    for (const history of this.#histories.values()) {
      for (const [index, line] of history.entries()) if (line.import_id === import_id) lines.push({ line, history, index })
    }
    return lines
  }

  // ---- Habits ----

  #countsOf(owner_id: string, currency: string): Counts {
    const key = `${owner_id}/${currency}`
    const counts = this.#habits.get(key) ?? { categories: new Map(), first_day: Infinity }
    this.#habits.set(key, counts)
    return counts
  }

  #count({ owner_id, currency, category, spent, day }: WatchedLine, sign: 1 | -1) {
    const size = sizeOf(spent)
    const key = `${owner_id}/${currency}/${category}/${size}`
    const change = this.#habitChanges.get(key) ?? { owner_id, currency, category, size, lines: 0, first_day: day }
    this.#habitChanges.set(key, change)
    change.lines += sign
    change.first_day = Math.min(change.first_day, day)
    if (!this.#people.has(owner_id)) return
    const counts = this.#countsOf(owner_id, currency)
    const sizes = counts.categories.get(category) ?? new Map<number, number>()
    counts.categories.set(category, sizes.set(size, (sizes.get(size) ?? 0) + sign))
    counts.first_day = Math.min(counts.first_day, day)
  }

  habitsOf({ owner_id, currency }: WatchedLine): Habits {
    return this.#habits.get(`${owner_id}/${currency}`) ?? noHabits
  }

  // ---- Findings and what they taught ----

  #know(finding: KnownFinding) {
    const own = this.#findings.get(finding.transaction_id) ?? new Map<AnomalyType, KnownFinding>()
    this.#findings.set(finding.transaction_id, own.set(finding.anomaly_type, finding))
  }

  findingsOf(transaction_id: string): ReadonlyMap<AnomalyType, KnownFinding> {
    return this.#findings.get(transaction_id) ?? noFindings
  }

  conclude(finding: KnownFinding) {
    this.#know(finding)
    this.#concluded.set(`${finding.transaction_id}/${finding.anomaly_type}`, finding)
  }

  #lessonsOf(owner_id: string): Map<string, LessonRow> {
    const own = this.#lessons.get(owner_id) ?? new Map<string, LessonRow>()
    this.#lessons.set(owner_id, own)
    return own
  }

  lessonsOf(owner_id: string) {
    return this.#lessons.get(owner_id) ?? noLessons
  }

  /** The person said that this was nothing. */
  learn({ owner_id, anomaly_type, scope, size }: KnownFinding) {
    const own = this.#lessonsOf(owner_id)
    const key = keyOf(anomaly_type, scope)
    const lesson = { owner_id, anomaly_type, scope, ...learn(own.get(key), size) }
    own.set(key, lesson)
    this.#learned.set(`${owner_id}/${key}`, lesson)
  }

  /** What is to be written. */
  get changes() {
    return {
      entered: [...this.#entered.values()],
      revised: [...this.#revised.values()],
      habits: [...this.#habitChanges.values()],
      findings: [...this.#concluded.values()],
      lessons: [...this.#learned.values()]
    }
  }
}
