import { assert, describe, it } from "@effect/vitest"
import type { Told } from "../lives/Life.ts"
import { injected } from "../year/Injection.ts"
import type { Year } from "../year/Year.ts"
import { yearOf } from "../year/YearOf.ts"
import { plus, precision, recall, scoreOf } from "./Score.ts"
import { anomalyScore, anomalyTypes, falseAlerts, recurringScore, transferScore } from "./Truths.ts"

const year = injected(yearOf(1), 1)
const line = (id: string, { lines }: Year = year) => lines.find((line) => line.id === id)!
const wanted = (name: string) => new Set([name])

describe("a score", () => {
  it("is perfect for who says all that is so and nothing else", () => {
    const score = scoreOf([wanted("a"), wanted("b")], ["b", "a"])
    assert.deepStrictEqual([precision(score), recall(score)], [1, 1])
  })

  it("counts what was left out, what is not so, and what was said twice", () => {
    assert.deepStrictEqual(scoreOf([wanted("a"), wanted("b")], ["a", "a", "c"]), { hits: 1, wanted: 2, said: 3, right: 1 })
    assert.strictEqual(precision(plus(scoreOf([wanted("a")], ["a"]), scoreOf([wanted("a")], ["b"]))), 0.5)
  })

  it("takes either of two equal names for one thing, and only one of them", () => {
    assert.deepStrictEqual(scoreOf([new Set(["first", "second"])], ["second", "first"]), {
      hits: 1,
      wanted: 1,
      said: 2,
      right: 1
    })
  })
})

/** What a tracker that knows the truth would say. */
const all: Told = {
  lineOf: new Map(year.lines.map((line) => [line.id, line])),
  anomalies: [],
  recurring: year.truth.series.map(({ cadence, lines }) => ({ cadence, last_transaction_id: lines.at(-1)! })),
  transfers: year.truth.transfers
}

describe("a tracker that knows the truth", () => {
  it("has found every anomaly and given no false alert", () => {
    const alerts = year.truth.anomalies.map(({ type, line: id }) => ({ type, line: line(id) }))
    for (const type of anomalyTypes) {
      const score = anomalyScore(year, alerts, type)
      assert.isAbove(score.wanted, 2)
      assert.deepStrictEqual([precision(score), recall(score)], [1, 1])
    }
    assert.deepStrictEqual(falseAlerts(year, alerts), [])
  })

  it("has found every series and every transfer", () => {
    for (const score of [recurringScore(year, all), transferScore(year, all)]) {
      assert.isAbove(score.wanted, 10)
      assert.deepStrictEqual([precision(score), recall(score)], [1, 1])
    }
  })
})

describe("a tracker that errs", () => {
  it("is told so when it takes groceries for a subscription, or a month for a week", () => {
    const groceries = year.lines.findLast(({ nature, repeats }) => nature === "purchase" && !repeats)!
    const monthly = year.truth.series.find(({ cadence, kind }) => cadence === "monthly" && kind === "payment")!
    const wrong = [
      { cadence: "monthly", last_transaction_id: groceries.id },
      { cadence: "weekly", last_transaction_id: monthly.lines.at(-1)! }
    ] as const
    const score = recurringScore(year, { ...all, recurring: wrong })
    assert.deepStrictEqual([score.said, score.right], [2, 0])
  })

  it("is told so when it links legs of two different moves", () => {
    const [[out], [, into]] = [year.truth.transfers[0]!, year.truth.transfers.at(-1)!]
    assert.strictEqual(transferScore(year, { ...all, transfers: [[out, into]] }).right, 0)
  })

  it("is told so when it warns of an ordinary purchase", () => {
    const ordinary = line(yearOf(1).truth.transfers[0]![0])
    assert.strictEqual(falseAlerts(year, [{ type: "duplicate", line: ordinary }]).length, 1)
    assert.strictEqual(anomalyScore(year, [{ type: "duplicate", line: ordinary }], "duplicate").right, 0)
  })
})
