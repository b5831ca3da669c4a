/**
 * Matching: which lines are the two legs of one move between a person's own accounts.
 *
 *   Brukskonto    13.01  −4 000  Overføring til Sparekonto  ──┐ equal, opposite, four days apart at most,
 *   Sparekonto    14.01   4 000  Overføring fra Brukskonto  ──┘ and the texts speak for it
 *
 * Terms. *candidate*: money out of one account and money into another that could be one move. *evidence*: what the texts and numbers say
 * for it or against it. *rival*: another candidate with a leg of this one and just as much for it.
 *
 * Invariants
 *  1. No line is in two moves, and none is linked to one that the person has parted it from.
 *  2. Equal amounts alone are no evidence: a salary and the rent are no move.
 *  3. Of rivals on different accounts none is taken, nor what is less likely. Between lines of the same two accounts that cannot be told
 *     apart, the earlier go together.
 *  4. The order in which lines are given does not matter.
 */
import { digitsOf } from "../money/Currency.ts"
import { type Leg, type OwnAccount, type Reading, read } from "./Leg.ts"
import { type KnownRate, rateOn } from "./Rates.ts"

export type Evidence =
  | { readonly kind: "number"; readonly number: string }
  | { readonly kind: "words" }
  | { readonly kind: "exchange"; readonly rate: number }

export interface Match<L extends Leg = Leg> {
  readonly out: L
  readonly into: L
  readonly evidence: Evidence
}

/** How many days lie between the legs at most. */
export const mostDays = 4

/** How far a rate may be off what is known of it. */
const rateTolerance = 0.1

/** How much must speak for a move, within one currency and between two. */
const enough = 2
const enoughExchanged = 3

const weightOf: Readonly<Record<Reading["said"], number>> = { own: 2, move: 1, nothing: 0, other: -1 }
const sharedNumber = 3
/** It names one of the person's accounts, and not the one that the other leg is on. */
const misnamed = -3

interface Candidate<L extends Leg = Leg> extends Match<L> {
  readonly weight: number
}

const daysFrom = (one: string, other: string): number => (Date.parse(other) - Date.parse(one)) / 86_400_000

const naming = ({ names }: Reading, other: Leg): number =>
  names.length === 0 ? 0 : names.includes(other.account_id) ? 1 : misnamed

const major = ({ amount, currency }: Leg): number => Math.abs(Number(amount)) / 10 ** digitsOf(currency)

/** The rate that the two amounts imply, where it is within tolerance of one that is stated or known; null where it is not. */
const exchanged = (out: Leg, into: Leg, stated: ReadonlyArray<number | null>, known: ReadonlyArray<KnownRate>): number | null => {
  const implied = major(into) / major(out)
  const usual = rateOn(out.currency, into.currency, out.day, known)
  const rates = [...stated.flatMap((rate) => (rate === null ? [] : [rate, 1 / rate])), ...(usual === null ? [] : [usual])]
  return rates.some((rate) => Math.abs(implied / rate - 1) <= rateTolerance) ? implied : null
}

/** Sums like 8 431.27 seldom meet by chance; sums like 500 do. */
const isUneven = ({ amount, currency }: Leg): boolean => amount % (100n * 10n ** BigInt(digitsOf(currency))) !== 0n

interface Known {
  readonly accounts: ReadonlyArray<OwnAccount>
  readonly rates: ReadonlyArray<KnownRate>
}

const candidateOf = <L extends Leg>(
  [out, into]: Pair<L>,
  readings: ReadonlyMap<string, Reading>,
  known: Known
): Candidate<L> | null => {
  const days = daysFrom(out.day, into.day)
  if (out.account_id === into.account_id || Math.abs(days) > mostDays) return null
  if (out.apart_from.includes(into.id) || into.apart_from.includes(out.id)) return null
  const [said, answered] = [readings.get(out.id)!, readings.get(into.id)!]
  const isExchange = out.currency !== into.currency
  const rate = isExchange ? exchanged(out, into, [said.rate, answered.rate], known.rates) : null
  if (isExchange ? rate === null : out.amount !== -into.amount) return null
  const number = out.numbers.find((number) => into.numbers.includes(number))
  const settles = known.accounts.some(
    ({ id, account_type }) => id === into.account_id && (account_type === "credit" || account_type === "loan")
  )
  const speaksFor =
    weightOf[said.said] +
    weightOf[answered.said] +
    naming(said, into) +
    naming(answered, out) +
    (number === undefined ? 0 : sharedNumber) +
    (!isExchange && isUneven(out) ? 1 : 0) +
    (settles ? 1 : 0)
  if (speaksFor < (isExchange ? enoughExchanged : enough)) return null
  const evidence: Evidence =
    number !== undefined ? { kind: "number", number } : rate !== null ? { kind: "exchange", rate } : { kind: "words" }
  // Each day between them takes some of it, and money that comes before it goes some more.
  return { out, into, evidence, weight: speaksFor - Math.abs(days) / 2 - (days < 0 ? 0.25 : 0) }
}

const order = (one: Candidate, other: Candidate): number =>
  other.weight - one.weight ||
  compare(one.out.day, other.out.day) ||
  compare(one.into.day, other.into.day) ||
  compare(one.out.id, other.out.id) ||
  compare(one.into.id, other.into.id)

const compare = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0)

/** A pair of lines that may be a move, as far as amounts and days say. */
export type Pair<L extends Leg = Leg> = readonly [out: L, into: L]

/** The moves among these pairs. */
export const matchesAmong = <L extends Leg>(pairs: ReadonlyArray<Pair<L>>, known: Known): ReadonlyArray<Match<L>> => {
  const readings = new Map<string, Reading>()
  for (const leg of pairs.flat()) if (!readings.has(leg.id)) readings.set(leg.id, read(leg, known.accounts))
  const candidates = pairs
    .map((pair) => candidateOf(pair, readings, known))
    .filter((candidate) => candidate !== null)
    .toSorted(order)
  const byLeg = Map.groupBy(
    candidates.flatMap((candidate) => [candidate.out, candidate.into].map((leg) => ({ leg: leg.id, candidate }))),
    ({ leg }) => leg
  )
  const settled = new Set<string>()
  const isOpen = ({ out, into }: Match) => !settled.has(out.id) && !settled.has(into.id)
  const matches: Array<Match<L>> = []
  for (const candidate of candidates) {
    if (!isOpen(candidate)) continue
    const { out, into, evidence, weight } = candidate
    settled.add(out.id)
    const rivals = [...byLeg.get(out.id)!, ...byLeg.get(into.id)!]
      .map(({ candidate }) => candidate)
      .filter((other) => other.weight === weight && other !== candidate)
      .filter((other) => !settled.has(other.into.id) && (other.out.id === out.id || !settled.has(other.out.id)))
      .filter((other) => other.out.account_id !== out.account_id || other.into.account_id !== into.account_id)
    for (const unclear of rivals) settled.add(unclear.out.id).add(unclear.into.id)
    settled.add(into.id)
    if (rivals.length === 0) matches.push({ out, into, evidence })
  }
  return matches
}
