/**
 * Draw: chance that can be repeated. The same seed gives the same draws on every machine (mulberry32, 32-bit integer arithmetic).
 * For invented data only: it is no secret and no proof of anything.
 */
export interface Draw {
  /** A whole number from 0 up to, not including, `bound`. */
  below(bound: number): number
  /** A whole number, both ends included. */
  between(least: number, most: number): number
  /** True so many times in a hundred. */
  chance(percent: number): boolean
  pick<A>(choices: ReadonlyArray<A>): A
}

const hashOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash
}

export const drawFrom = (seed: number | string): Draw => {
  let state = typeof seed === "number" ? seed | 0 : hashOf(seed)
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const below = (bound: number) => next() % bound
  return {
    below,
    between: (least, most) => least + below(most - least + 1),
    chance: (percent) => below(100) < percent,
    pick: (choices) => choices[below(choices.length)]!
  }
}
