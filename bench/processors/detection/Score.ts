/**
 * Score: what was said, held against what is so.
 *
 *   precision   of what was said, how much is so         recall   of what is so, how much was said
 */
export interface Score {
  /** What is so and was said. */
  readonly hits: number
  /** What is so. */
  readonly wanted: number
  /** What was said, and how much of it is so. */
  readonly said: number
  readonly right: number
}

export const none: Score = { hits: 0, wanted: 0, said: 0, right: 0 }

export const plus = (one: Score, other: Score): Score => ({
  hits: one.hits + other.hits,
  wanted: one.wanted + other.wanted,
  said: one.said + other.said,
  right: one.right + other.right
})

/** Of nothing said, nothing was wrong. */
export const precision = ({ right, said }: Score): number => (said === 0 ? 1 : right / said)
export const recall = ({ hits, wanted }: Score): number => (wanted === 0 ? 1 : hits / wanted)

/**
 * What is so is a list of things, each under every name that it may be called by; what was said is names. A thing is hit once: who says
 * the same twice has said one thing too much.
 */
export const scoreOf = (wanted: ReadonlyArray<ReadonlySet<string>>, said: ReadonlyArray<string>): Score => {
  const left = new Set(wanted)
  let right = 0
  for (const name of said) {
    const thing = [...left].find((names) => names.has(name))
    if (thing === undefined) continue
    left.delete(thing)
    right++
  }
  return { hits: wanted.length - left.size, wanted: wanted.length, said: said.length, right }
}
