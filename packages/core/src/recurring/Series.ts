/**
 * Series: what comes back among one merchant's payments: subscriptions, bills, salaries, the weekly class.
 *
 *   payments   ●     ○ ●     ●   ○   ●        ○ bought there besides
 *              └───7───┴──6──┴───8───┘        a chain: links of about one cadence, of about one amount
 *
 * Terms. *link*: two payments that could be neighbours in a series. *chain*: payments held together by links. *crowd*: other payments
 * within the chain's time that are as like its amounts as these are among themselves. *worth*: the logarithm of the odds that a chain is
 * a series and not chance.
 *
 * How it decides. Chance is a Poisson process: so many payments strewn over so many days. A series keeps its days, and has nothing
 * between them. A chain is believed when that explains the payments much better. So two subscriptions at one shop are two chains, a
 * coffee that always costs 39 kroner is none however often it is bought, and a power bill, alone at its merchant, may cost what it likes.
 *
 * Invariants
 *  1. No payment is in two series. The order in which payments are given does not matter.
 *  2. A series has three payments or more (of a year, two of nearly the same amount), and most of those that its cadence asks for.
 *  3. What comes weekly or yearly costs about the same each time; what varies is alone at its merchant, or nearly.
 *  4. No more than the latest `most` payments are looked at, so that the time it takes is bounded.
 */
import type { Day } from "../ledger/Day.ts"
import { type Cadence, dayOf, daysBetween, dueAfter, nearest, numberOf, type Standing, standingOf, tolerance } from "./Cadence.ts"

/** A payment to or from one merchant. All that are looked at together are of one currency and one direction. */
export interface Payment {
  readonly id: string
  readonly day: string
  /** Minor units. */
  readonly amount: bigint
}

export interface Series<P extends Payment = Payment> {
  readonly cadence: Cadence
  /** Whether the amount is another nearly every time. */
  readonly varies: boolean
  /** The last amount where it stands still, the median of the latest where it varies. */
  readonly expected_amount: bigint
  /** When the payment after the last is due, and how many days it may be off. */
  readonly next_on: Day
  readonly tolerance_days: number
  /** Oldest first. */
  readonly payments: ReadonlyArray<P>
}

export const most = 128

// ---- What a series is like ----

/** How far apart amounts are is the logarithm of their ratio. */
const same = 0.01
const near = 0.07
/** What it is worth that an amount stays the same, while it is open what the chain is like. */
const steady = 0.5

interface Manner {
  readonly cadence: Cadence
  /** Days that a link may be off the calendar: both its ends may be. */
  readonly slack: number
  /** Payments that may be missed in a row. */
  readonly misses: number
  /** The furthest apart that neighbouring amounts may be. */
  readonly widest: number
  /** The logarithm of how likely a series is to be so many days off. */
  readonly likelihood: ReadonlyArray<number>
  /** What a chain must be worth, where the amount stands still and where it varies. */
  readonly enough: readonly [still: number, varying: number]
  /** Whether it may stand among payments of other amounts. */
  readonly mingles: boolean
}

/** So much of it keeps its day but for a weekend, the rest drifts, less often far than near. */
const likelihoodOf = (slack: number, punctual: number, sharpness: number): ReadonlyArray<number> => {
  const offs = Array.from({ length: slack + 1 }, (_, off) => off)
  const spread = (weightOf: (off: number) => number) => {
    const sum = offs.reduce((sum, off) => sum + (off === 0 ? 1 : 2) * weightOf(off), 0)
    return (off: number) => weightOf(off) / sum
  }
  const sharp = spread((off) => Math.exp(-off / sharpness))
  const broad = spread((off) => slack + 1 - off)
  return offs.map((off) => Math.log(punctual * sharp(off) + (1 - punctual) * broad(off)))
}

const manners: ReadonlyArray<Manner> = [
  {
    cadence: "weekly",
    slack: 2,
    misses: 12,
    widest: Math.log(1.12),
    likelihood: likelihoodOf(2, 0.8, 0.5),
    enough: [4, 8],
    mingles: false
  },
  {
    cadence: "monthly",
    slack: 10,
    misses: 2,
    widest: Math.log(5),
    likelihood: likelihoodOf(10, 0.5, 1),
    enough: [2.5, 6],
    mingles: true
  },
  {
    cadence: "quarterly",
    slack: 14,
    misses: 1,
    widest: Math.log(1.7),
    likelihood: likelihoodOf(14, 0.5, 2),
    enough: [2.5, 6],
    mingles: false
  },
  {
    cadence: "yearly",
    slack: 14,
    misses: 1,
    widest: Math.log(1.35),
    likelihood: likelihoodOf(14, 0.5, 2),
    enough: [2.5, 6],
    mingles: false
  }
]

/** The same for what costs the same: it may be hidden by a longer chain of amounts that vary, which is no series. */
const still = manners.map((manner) => ({ ...manner, widest: near }))

/** What payments that did not come take from the worth: a pause is one event, however long. */
const missed = (payments: number) => (payments === 0 ? 0 : 1.5 + 0.25 * (payments - 1))
/** The share of its cadence's payments that a series has at least. A pause counts for no more than so many, however long. */
const coverage = 0.6
const pause = 3
/** How many others like it there may be, against its own payments. */
const crowded = 1
const crowdedVarying = 0.25

// ---- Chains ----

interface Point<P extends Payment> extends Standing {
  readonly payment: P
  readonly number: number
  readonly log: number
}

const pointOf = <P extends Payment>(payment: P): Point<P> => {
  const number = numberOf(payment.day)
  return { payment, number, log: Math.log(Math.abs(Number(payment.amount))), ...standingOf(number) }
}

const apart = (one: { readonly log: number }, other: { readonly log: number }) => Math.abs(one.log - other.log)

interface Link {
  /** How many payments further on, one for the next, and how many days off. */
  readonly payments: number
  readonly off: number
}

/** How a later point follows an earlier one in this manner; null where it cannot. */
const linkOf = (one: Point<Payment>, other: Point<Payment>, { cadence, slack, misses }: Manner): Link | null => {
  const payments = Math.round((other.number - one.number) / daysBetween[cadence])
  if (payments < 1 || payments > misses + 1) return null
  const off = other.number - dueAfter(one.number, one, cadence, payments)
  return Math.abs(off) > slack ? null : { payments, off }
}

const valueOf = ({ payments, off }: Link, { likelihood }: Manner) => likelihood[Math.abs(off)]! - missed(payments - 1)

/** For each point how many are the same as it and near it, itself among them. */
const likenessOf = (points: ReadonlyArray<Point<Payment>>) => {
  const bySize = points.map((_, index) => index).toSorted((one, other) => points[one]!.log - points[other]!.log)
  const logAt = (place: number) => points[bySize[place]!]!.log
  const within = (distance: number): Int32Array => {
    const counts = new Int32Array(points.length)
    let [from, to] = [0, 0]
    for (const index of bySize) {
      const { log } = points[index]!
      while (log - logAt(from) > distance) from++
      while (to < points.length && logAt(to) - log <= distance) to++
      counts[index] = to - from
    }
    return counts
  }
  return { sames: within(same), nears: within(near) }
}

type Likeness = ReturnType<typeof likenessOf>

/** The chain of this manner that is worth most, as far as a chain can be judged while it is being made. */
const bestChain = <P extends Payment>(
  points: ReadonlyArray<Point<P>>,
  { sames, nears }: Likeness,
  manner: Manner
): ReadonlyArray<Point<P>> => {
  const period = daysBetween[manner.cadence]
  const reach = (manner.misses + 1) * period + manner.slack
  const days = points.at(-1)!.number - points[0]!.number + period
  const worth = new Float64Array(points.length)
  const before = new Int32Array(points.length).fill(-1)
  let best = 0
  for (let to = 1; to < points.length; to++) {
    for (let from = to - 1; from >= 0 && points[to]!.number - points[from]!.number <= reach; from--) {
      const distance = apart(points[from]!, points[to]!)
      const link = distance > manner.widest ? null : linkOf(points[from]!, points[to]!, manner)
      if (link === null) continue
      const alike = distance <= same ? sames[from]! : distance <= near ? nears[from]! : points.length
      const density = Math.max(alike / days, 1 / period)
      const gained = worth[from]! + valueOf(link, manner) + 1 - Math.log(density) + (distance <= same ? steady : 0)
      if (gained <= worth[to]!) continue
      worth[to] = gained
      before[to] = from
    }
    if (worth[to]! > worth[best]!) best = to
  }
  const chain: Array<Point<P>> = []
  for (let at = best; at !== -1; at = before[at]!) chain.unshift(points[at]!)
  return chain
}

interface Judged<P extends Payment> {
  readonly manner: Manner
  readonly chain: ReadonlyArray<Point<P>>
  readonly varies: boolean
  readonly worth: number
}

/** The chain as a series of this manner, or null where it is none. `others` are the merchant's payments that are in no series yet. */
const judge = <P extends Payment>(
  chain: ReadonlyArray<Point<P>>,
  others: ReadonlyArray<Point<P>>,
  manner: Manner
): Judged<P> | null => {
  const [first, last] = [chain[0]!, chain.at(-1)!]
  const period = daysBetween[manner.cadence]
  const links = chain.slice(1).map((point, index) => linkOf(chain[index]!, point, manner)!)
  const asked = links.reduce((sum, { payments }) => sum + payments, 0)
  const moved = links.reduce((sum, { off }) => sum + off, 0)
  const changes = chain.slice(1).filter((point, index) => apart(chain[index]!, point) > same).length
  const two = manner.cadence === "yearly" && apart(first, last) <= near
  const varies = !two && changes > 0.3 * links.length
  const wanted = links.reduce((sum, { payments }) => sum + Math.min(payments, pause), 1)
  if (chain.length < (two ? 2 : 3) || chain.length < coverage * wanted) return null
  if (Math.abs(moved) > manner.slack + asked / 2) return null
  const isAlone = varies || !manner.mingles
  const width = isAlone ? Infinity : same
  const between = others.filter(
    (other) => other.number > first.number - period / 2 && other.number < last.number + period / 2 && !chain.includes(other)
  )
  const crowd = between.filter((other) => chain.some((point) => apart(point, other) <= width)).length
  if (crowd > (chain.length === 2 ? 0 : isAlone ? crowdedVarying : crowded) * chain.length) return null
  const density = (chain.length + crowd) / (last.number - first.number + period)
  const kept = links.reduce((sum, link) => sum + valueOf(link, manner) + 1 - Math.log(density), 0)
  const worth = kept + (crowd === 0 ? 0 : crowd * Math.log(crowd / (chain.length + crowd)))
  // Among many payments some make a chain by chance.
  const enough = manner.enough[varies ? 1 : 0] + Math.log(1 + between.length)
  return worth < enough ? null : { manner, chain, varies, worth }
}

// ---- Series ----

const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[values.length >> 1]!

const medianAmount = (payments: ReadonlyArray<Payment>): bigint =>
  payments.map(({ amount }) => amount).toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))[payments.length >> 1]!

/** How many of the latest payments tell what the next is like. */
const recent = 5

/** The date it usually falls on; the 31st where it is always the month's last day. */
const usualDate = (chain: ReadonlyArray<Point<Payment>>): number => {
  const isLast = ({ number, month }: Point<Payment>) => standingOf(number + 1).month !== month
  return chain.every(isLast) ? 31 : median(chain.map(({ date }) => date))
}

const seriesFrom = <P extends Payment>({ manner: { cadence }, chain, varies }: Judged<P>): Series<P> => {
  const latest = chain.slice(-recent)
  const last = latest.at(-1)!
  const usual = cadence === "weekly" ? last.number : usualDate(latest)
  const due = cadence === "weekly" ? last.number : nearest(last.number, usual)
  const payments = chain.map(({ payment }) => payment)
  const stands = apart(last, chain.at(-2)!) <= same
  return {
    cadence,
    varies,
    expected_amount: varies && !stands ? medianAmount(payments.slice(-recent)) : last.payment.amount,
    next_on: dayOf(dueAfter(due, { ...standingOf(due), date: usual }, cadence, 1)),
    tolerance_days: tolerance[cadence],
    payments
  }
}

const inOrder = (one: Point<Payment>, other: Point<Payment>) =>
  one.number - other.number || (one.payment.id < other.payment.id ? -1 : 1)

/** So many payments a day that a bill could hardly be among them, unless its amount tells it apart. */
const busy = 0.2

/** The series among one merchant's payments, the most certain first. */
export const seriesOf = <P extends Payment>(payments: ReadonlyArray<P>): ReadonlyArray<Series<P>> => {
  let left = payments.map(pointOf).toSorted(inOrder).slice(-most)
  const found: Array<Series<P>> = []
  while (left.length > 1) {
    const likeness = likenessOf(left)
    const common = busy * (left.at(-1)!.number - left[0]!.number + daysBetween.monthly)
    const isBusy = left.length > common
    const chosen = isBusy ? left.filter((_, index) => likeness.nears[index]! > 2 && likeness.sames[index]! <= common) : left
    if (chosen.length < 2) break
    const alike = isBusy ? likenessOf(chosen) : likeness
    const bestOf = (manners: ReadonlyArray<Manner>) =>
      manners
        .map((manner) => judge(bestChain(chosen, alike, manner), left, manner))
        .filter((judged) => judged !== null)
        .toSorted((one, other) => other.worth - one.worth)[0]
    const judged = bestOf(manners) ?? bestOf(still)
    if (judged === undefined) break
    found.push(seriesFrom(judged))
    const taken = new Set(judged.chain)
    left = left.filter((point) => !taken.has(point))
  }
  return found
}
