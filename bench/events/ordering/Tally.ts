/**
 * Tally: what was committed held against what a reader of the log was given.
 */

export interface Outcome {
  readonly committed: number
  /** Committed, and never given to the reader. */
  readonly lost: number
  /** Given to the reader more than once. */
  readonly doubled: number
  /** Given to the reader after a later event of the same stream. */
  readonly inverted: number
  /** Milliseconds from the commit to the reader, of each event that came. */
  readonly waits: ReadonlyArray<number>
}

export class Tally {
  private readonly commits = new Map<string, number>()
  private readonly arrivals = new Map<string, number>()
  private readonly latest = new Map<string, number>()
  private doubled = 0
  private inverted = 0

  commit(ids: ReadonlyArray<string>): void {
    const now = performance.now()
    for (const id of ids) this.commits.set(id, now)
  }

  arrive(id: string, stream: string, version: number): void {
    if (this.arrivals.has(id)) {
      this.doubled++
      return
    }
    this.arrivals.set(id, performance.now())
    const latest = this.latest.get(stream) ?? 0
    if (version < latest) this.inverted++
    this.latest.set(stream, Math.max(version, latest))
  }

  get arrived(): number {
    return this.arrivals.size
  }

  get missing(): number {
    return [...this.commits.keys()].filter((id) => !this.arrivals.has(id)).length
  }

  /** Fails when the reader was given what nobody committed. */
  outcome(): Outcome {
    const phantoms = [...this.arrivals.keys()].filter((id) => !this.commits.has(id))
    if (phantoms.length > 0) throw new Error(`the reader was given ${phantoms.length} events that were never committed`)
    return {
      committed: this.commits.size,
      lost: this.missing,
      doubled: this.doubled,
      inverted: this.inverted,
      waits: [...this.arrivals].map(([id, at]) => Math.max(0, at - this.commits.get(id)!))
    }
  }
}
