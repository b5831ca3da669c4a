/**
 * Matching: which lines of a person's accounts are the two legs of one move.
 *
 *   out  −5 000 NOK  checking  12 May  "Overføring til Sparekonto"     3 ┐ same amount, other account, other sign,
 *   in   +5 000 NOK  savings   13 May  "Overføring"                    1 ┘ days apart: 1          → rank (4, 1)
 *
 * Terms. *pair*: two lines that can be one move. *rank*: what their texts say together, then how well their days fit.
 *
 * Invariants
 *  1. A line is in one move at most.
 *  2. The pair of the highest rank goes first. One that has an equal rival, of another account or another day, is left alone: what is not
 *     clear is not said.
 *  3. A text that names somebody else is no leg, whatever its amount.
 *  4. It is a function of the lines, whatever order they are given in.
 */
import { digitsOf } from "../money/Currency.ts"
import type { Evidence, Worded } from "./Evidence.ts"
import { rateOf } from "./Rates.ts"

export interface Line extends Worded {
  readonly id: string
  readonly account_id: string
  readonly currency: string
  /** Minor units; negative is money out. */
  readonly amount: bigint
  /** Days since 1970-01-01. */
  readonly day: number
  /** Lines it must not be put together with: its person has taken them apart. */
  readonly apart: ReadonlyArray<string>
}

export interface Pair {
  readonly out: Line
  readonly into: Line
}

interface Ranked extends Pair {
  readonly evidence: number
  readonly distance: number
}

/** How many days apart two legs may be booked. */
export const maxDays = 4
/** How far two amounts of different currencies may be from the rate of their year. */
const maxDeviation = 0.1
/** What the texts of two legs must say together: of equal amounts a word, of currencies that change more. */
const leastEvidence = { same: 1, exchanged: 2 }

const yearOf = (day: number): number => new Date(day * 86_400_000).getUTCFullYear()

const unitsOf = ({ amount, currency }: Line): number => Math.abs(Number(amount)) / 10 ** digitsOf(currency)

/** Whether the amounts can be one move, in whatever currencies. */
const fit = (out: Line, into: Line): boolean => {
  if (out.currency === into.currency) return -out.amount === into.amount
  const rate = rateOf(out.currency, into.currency, yearOf(out.day))
  return rate !== null && Math.abs(unitsOf(into) / (unitsOf(out) * rate) - 1) <= maxDeviation
}

/** Money leaves before it arrives; a bank that books the other way round is less likely. */
const distanceOf = (out: Line, into: Line): number => {
  const days = into.day - out.day
  return days >= 0 ? days : 1 - days
}

const rankOf = (one: Line, other: Line, says: (line: Line) => Evidence): Ranked | null => {
  const [out, into] = one.amount < 0n ? [one, other] : [other, one]
  if (out.amount >= 0n || into.amount <= 0n || out.account_id === into.account_id) return null
  if (Math.abs(out.day - into.day) > maxDays || out.apart.includes(into.id) || into.apart.includes(out.id)) return null
  if (!fit(out, into)) return null
  const [said, answered] = [says(out), says(into)]
  if (said === null || answered === null) return null
  const evidence = said + answered
  const least = out.currency === into.currency ? leastEvidence.same : leastEvidence.exchanged
  return evidence < least ? null : { out, into, evidence, distance: distanceOf(out, into) }
}

const byRank = (one: Ranked, other: Ranked): number =>
  other.evidence - one.evidence ||
  one.distance - other.distance ||
  compare(one.out.id, other.out.id) ||
  compare(one.into.id, other.into.id)

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

/** Two lines of which nobody could tell which is meant: it does not matter. */
const isTwin = (one: Line, other: Line): boolean => one.account_id === other.account_id && one.day === other.day

const isRival = (pair: Ranked, other: Ranked): boolean =>
  other !== pair &&
  other.evidence === pair.evidence &&
  other.distance === pair.distance &&
  ((other.out === pair.out && !isTwin(other.into, pair.into)) || (other.into === pair.into && !isTwin(other.out, pair.out)))

/** Lines by what their other leg can be found under: its amount in the same currency, or, where there are several, its currency. */
const placesOf = (lines: ReadonlyArray<Line>) => ({
  bySize: Map.groupBy(lines, ({ currency, amount }) => `${currency}/${-amount}`),
  byCurrency: [...Map.groupBy(lines, ({ currency }) => currency)]
})

const candidatesOf = ({ bySize, byCurrency }: ReturnType<typeof placesOf>, { currency, amount }: Line): ReadonlyArray<Line> => [
  ...(bySize.get(`${currency}/${amount}`) ?? []),
  ...byCurrency.flatMap(([other, lines]) => (other === currency ? [] : lines))
]

/**
 * The moves in which one of `lines` is a leg; the other may be any line of the person that is in no move yet. `says` is what a line's text
 * says to its person.
 */
export const movesOf = (
  lines: ReadonlyArray<Line>,
  others: ReadonlyArray<Line>,
  says: (line: Line) => Evidence
): ReadonlyArray<Pair> => {
  const ids = new Set(lines.map(({ id }) => id))
  const places = placesOf([...lines, ...others.filter(({ id }) => !ids.has(id))])
  const pairs: Array<Ranked> = []
  for (const line of lines) {
    for (const other of candidatesOf(places, line)) {
      if (ids.has(other.id) && other.id < line.id) continue
      const pair = rankOf(line, other, says)
      if (pair !== null) pairs.push(pair)
    }
  }
  return settle(pairs.sort(byRank))
}

const settle = (pairs: ReadonlyArray<Ranked>): ReadonlyArray<Pair> => {
  const [byOut, byInto] = [Map.groupBy(pairs, ({ out }) => out), Map.groupBy(pairs, ({ into }) => into)]
  const settled = new Set<Line>()
  const isOpen = ({ out, into }: Pair) => !settled.has(out) && !settled.has(into)
  const moves: Array<Pair> = []
  for (const pair of pairs) {
    if (!isOpen(pair)) continue
    const rivals = [...byOut.get(pair.out)!, ...byInto.get(pair.into)!].filter((other) => isRival(pair, other) && isOpen(other))
    settled.add(pair.out).add(pair.into)
    if (rivals.length === 0) moves.push({ out: pair.out, into: pair.into })
  }
  return moves
}
