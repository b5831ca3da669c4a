/**
 * Watch: looks at lines, and gathers what is to be told of them.
 */
import type { AnomalyDismissed, AnomalyEvent, AnomalyWithdrawn } from "@finance/core/anomalies/Anomaly"
import { findingsOf } from "@finance/core/anomalies/Detection"
import { isTwin } from "@finance/core/anomalies/Duplicate"
import type { Finding } from "@finance/core/anomalies/Finding"
import { byTime } from "@finance/core/anomalies/Line"
import type { KnownFinding } from "./AnomalyTables.ts"
import type { Memory, Placed } from "./Memory.ts"
import type { WatchedLine } from "./WatchedLine.ts"

/** A line this many days old when it is looked at is no news. */
const lateDays = 45

/** What is to be appended to an anomaly's stream. */
export interface Telling {
  readonly owner_id: string
  readonly transaction_id: string
  /** Of the stream, before what is told. */
  readonly version: number
  readonly events: Array<(anomaly_id: string) => AnomalyEvent>
}

export class Watch {
  readonly #memory: Memory
  readonly #tellings = new Map<string, Telling>()

  constructor(memory: Memory) {
    this.#memory = memory
  }

  get tellings(): ReadonlyMap<string, Telling> {
    return this.#tellings
  }

  /** Looks at a line: tells of what is new, and withdraws what no longer holds. */
  look(placed: Placed, today: number, reason: AnomalyWithdrawn["reason"] = "reconsidered") {
    this.#settle(placed.line, this.#found(placed), today, reason)
  }

  /** Looks at many lines, and tells of them in the order of time. */
  lookAtAll(lines: ReadonlyArray<Placed>, today: number) {
    const noticed: Array<{ readonly line: WatchedLine; readonly found: ReadonlyArray<Finding> }> = []
    for (const placed of lines) {
      const found = this.#found(placed)
      if (found.length > 0 || this.#memory.findingsOf(placed.line.id).size > 0) noticed.push({ line: placed.line, found })
    }
    noticed.sort((one, other) => byTime(one.line, other.line))
    for (const { line, found } of noticed) this.#settle(line, found, today, "reconsidered")
  }

  #found({ line, history, index }: Placed): ReadonlyArray<Finding> {
    if (line.deleted || line.merchant === "") return []
    return findingsOf(history, index, this.#memory.habitsOf(line), this.#memory.lessonsOf(line.owner_id))
  }

  #settle(line: WatchedLine, found: ReadonlyArray<Finding>, today: number, reason: AnomalyWithdrawn["reason"]) {
    for (const finding of found) this.#detect(line.owner_id, finding, today)
    for (const known of this.#memory.findingsOf(line.id).values()) {
      if (!found.some(({ type }) => type === known.anomaly_type)) this.#withdraw(known, reason)
    }
  }

  /** Looks again at the lines that were told to be twins of this one. */
  lookAtTwins({ line, history }: Placed, today: number) {
    history.forEach((other, index) => {
      if (!isTwin(line, other)) return
      const told = this.#memory.findingsOf(other.id).get("duplicate")
      if (told !== undefined && told.status !== "dismissed") this.look({ line: other, history, index }, today)
    })
  }

  dismissed({ transaction_id, anomaly_type }: AnomalyDismissed, version: number) {
    const finding = this.#memory.findingsOf(transaction_id).get(anomaly_type)
    if (finding === undefined) return
    if (finding.status !== "dismissed") this.#memory.learn(finding)
    this.#memory.conclude({ ...finding, status: "dismissed", version })
  }

  #detect(owner_id: string, { line, type, score, explanation, evidence, scope, size }: Finding, today: number) {
    const known = this.#memory.findingsOf(line.id).get(type)
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

  #withdraw(known: KnownFinding, reason: AnomalyWithdrawn["reason"]) {
    if (known.status !== "open") return
    const { transaction_id, anomaly_type } = known
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
    { owner_id, transaction_id, anomaly_type }: Pick<KnownFinding, "owner_id" | "transaction_id" | "anomaly_type">,
    version: number,
    event: (anomaly_id: string) => AnomalyEvent
  ) {
    const name = `anomaly/${transaction_id}/${anomaly_type}`
    const telling = this.#tellings.get(name) ?? { owner_id, transaction_id, version, events: [] }
    this.#tellings.set(name, telling)
    telling.events.push(event)
  }
}
