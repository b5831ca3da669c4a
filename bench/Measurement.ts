/**
 * Measurement: what a handful of runs on a shared machine can say. Medians with their whole spread, never means: one run that
 * something else on the machine disturbed must not move the figure.
 */

const ascending = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)

/** The middle value; of an even number, the mean of the two in the middle. NaN of nothing. */
export const median = (values: ReadonlyArray<number>): number => {
  const sorted = ascending(values)
  const middle = sorted.length >> 1
  if (sorted.length === 0) return Number.NaN
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The smallest value that at least this share (0 to 1) of all do not exceed: a value that was measured, never one between two. */
export const percentile = (values: ReadonlyArray<number>, share: number): number =>
  ascending(values)[Math.max(0, Math.ceil(values.length * share) - 1)] ?? Number.NaN

export interface Spread {
  readonly least: number
  readonly most: number
}

export const spread = (values: ReadonlyArray<number>): Spread => ({ least: Math.min(...values), most: Math.max(...values) })

/** One of the things that are measured against each other. */
export interface Side {
  readonly name: string
  /** How many rounds it takes part in. */
  readonly runs: number
  readonly run: () => Promise<number>
}

/**
 * Runs all sides round by round, every other round in reverse order, so that whatever drifts meanwhile (heat, a neighbour's work, a
 * growing database) weighs on all alike. Gives each side's values in the order of the rounds.
 */
export const alternately = async (sides: ReadonlyArray<Side>): Promise<ReadonlyMap<string, ReadonlyArray<number>>> => {
  const values = new Map<string, Array<number>>(sides.map(({ name }) => [name, []]))
  const rounds = Math.max(...sides.map(({ runs }) => runs))
  for (let round = 0; round < rounds; round++) {
    const inRound = sides.filter(({ runs }) => round < runs)
    for (const side of round % 2 === 0 ? inRound : inRound.toReversed()) values.get(side.name)!.push(await side.run())
  }
  return values
}

/** Milliseconds that the work takes. */
export const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}
