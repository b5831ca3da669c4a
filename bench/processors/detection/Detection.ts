/**
 * Detection: how well anomalies, recurring payments and transfers are found in years that nobody has tuned anything on (seeds from 101),
 * handed in month by month.
 */
import { percentile } from "../../Measurement.ts"
import { type Person, register } from "../../Person.ts"
import { atLeast, atMost, type Figure, figure, type Goal, type Setting } from "../../Suite.ts"
import { live, toldOf } from "../lives/Life.ts"
import { caughtUp } from "../lives/Operator.ts"
import { injected } from "../year/Injection.ts"
import type { Year } from "../year/Year.ts"
import { yearOf } from "../year/YearOf.ts"
import { type Baseline, baselines } from "./Baselines.ts"
import { none, plus, precision, recall, type Score } from "./Score.ts"
import { type Alert, alertsOf, anomalyScore, anomalyTypes, falseAlerts, recurringScore, transferScore } from "./Truths.ts"

export const parts = ["anomalies", "recurring", "transfers"] as const

export const firstReported = 101

/** What became of one year. */
interface Outcome {
  readonly year: Year
  readonly tracker: ReadonlyArray<Alert>
  readonly peers: ReadonlyMap<string, ReadonlyArray<Alert>>
  readonly recurring: Score
  readonly transfers: Score
}

const atATime = 3

/** So many side by side, in any order. */
const forAll = async <A, B>(items: ReadonlyArray<A>, work: (item: A) => Promise<B>): Promise<ReadonlyArray<B>> => {
  const results: Array<B> = []
  const left = [...items.entries()]
  const worker = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) results[next[0]] = await work(next[1])
  }
  await Promise.all(Array.from({ length: atATime }, worker))
  return results
}

const outcomes = async (
  url: string,
  seeds: ReadonlyArray<number>,
  wanted: ReadonlySet<string>,
  setting: Setting
): Promise<ReadonlyArray<Outcome>> => {
  const operator: Person = await register(url)
  const peers: ReadonlyArray<Baseline> = wanted.has("anomalies") ? baselines() : []
  const lives = await forAll(seeds, async (seed) => {
    const year = injected(yearOf(seed), seed)
    const lived = await live(url, year)
    setting.say(`seed ${seed}: ${year.lines.length} lines on ${year.accounts.length} accounts are in`)
    return { year, ...lived }
  })
  await caughtUp(operator)
  return forAll(lives, async ({ year, person, accounts }) => {
    const told = await toldOf(person, accounts, year, wanted)
    return {
      year,
      tracker: alertsOf(told),
      peers: new Map(peers.map(({ name, alerts }) => [name, alerts(year)])),
      recurring: recurringScore(year, told),
      transfers: transferScore(year, told)
    }
  })
}

const percent = (name: string, value: number, goal: Goal | null): Figure => figure(name, "%", [value * 100], goal)

const anomalyFigures = (all: ReadonlyArray<Outcome>, setting: Setting): ReadonlyArray<Figure> => {
  const lines = all.reduce((sum, { year }) => sum + year.lines.length, 0)
  const scored = (alerts: (outcome: Outcome) => ReadonlyArray<Alert>, type: (typeof anomalyTypes)[number]) =>
    all.map((outcome) => anomalyScore(outcome.year, alerts(outcome), type)).reduce(plus, none)
  const wrong = all.flatMap(({ year, tracker }) => falseAlerts(year, tracker))
  const peers = [...all[0]!.peers.keys()]
  for (const [type, alerts] of Map.groupBy(wrong, ({ type }) => type)) setting.say(`false alerts, ${type}: ${alerts.length}`)
  const judged = (
    name: string,
    alerts: (outcome: Outcome) => ReadonlyArray<Alert>,
    type: (typeof anomalyTypes)[number],
    goal: Goal | null
  ) => {
    const score = scored(alerts, type)
    return [
      percent(`${type}, precision${name} (${score.right} of ${score.said})`, precision(score), goal),
      percent(`${type}, recall${name} (${score.hits} of ${score.wanted})`, recall(score), goal)
    ]
  }
  return [
    ...anomalyTypes.flatMap((type) => [
      ...judged("", ({ tracker }) => tracker, type, atLeast(85)),
      ...(type.startsWith("unusual")
        ? peers.flatMap((name) => judged(` of ${name}`, ({ peers }) => peers.get(name)!, type, null))
        : [])
    ]),
    figure("false alerts in 100 transactions", "", [(wrong.length / lines) * 100], atMost(1)),
    figure(
      "false alerts in 100 transactions, of whom has most",
      "",
      [
        percentile(
          all.map(({ year, tracker }) => (falseAlerts(year, tracker).length / year.lines.length) * 100),
          1
        )
      ],
      null
    )
  ]
}

const foundFigures = (name: string, score: Score, found: Goal, wrong: Goal): ReadonlyArray<Figure> => [
  percent(`${name} found (${score.hits} of ${score.wanted})`, recall(score), found),
  percent(`${name} false (${score.said - score.right} of ${score.said})`, 1 - precision(score), wrong)
]

export const detection = async (url: string, wanted: ReadonlySet<string>, setting: Setting): Promise<ReadonlyArray<Figure>> => {
  const seeds = Array.from({ length: setting.quick ? 2 : 20 }, (_, index) => firstReported + index)
  const all = await outcomes(url, seeds, wanted, setting)
  const total = (score: (outcome: Outcome) => Score) => all.map(score).reduce(plus, none)
  return [
    ...(wanted.has("anomalies") ? anomalyFigures(all, setting) : []),
    ...(wanted.has("recurring")
      ? foundFigures(
          "recurring payments",
          total(({ recurring }) => recurring),
          atLeast(95),
          atMost(2)
        )
      : []),
    ...(wanted.has("transfers")
      ? foundFigures(
          "transfers",
          total(({ transfers }) => transfers),
          atLeast(98),
          atMost(0.5)
        )
      : [])
  ]
}
