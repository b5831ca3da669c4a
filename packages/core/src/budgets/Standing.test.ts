import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { addMonths } from "../ledger/Day.ts"
import * as Budget from "./Budget.ts"
import {
  available,
  percentageUsed,
  reached,
  type Standing,
  standingIn,
  standings,
  thresholds,
  toldBy,
  toTell
} from "./Standing.ts"

const kr = (kroner: number) => BigInt(kroner) * 100n

interface Set {
  readonly month?: string
  readonly amount?: bigint
  readonly rollover?: Budget.Rollover
  readonly one_month?: boolean
  readonly currency?: string
}

const budgetOf = (...sets: ReadonlyArray<Set | null>): Budget.Budget =>
  sets.reduce((budget, set) => {
    if (set === null)
      return Budget.evolve(budget, { type: "BudgetRemoved", category: "dining", month: "2025-03", one_month: true })
    const { month = "2025-01", amount = kr(1_000), rollover = "none", one_month = false, currency = "NOK" } = set
    const event = { type: "BudgetSet", category: "dining", budget_amount: amount, currency, month, rollover, one_month } as const
    return Budget.evolve(budget, event)
  }, Budget.noBudget)

/** What was spent from January 2025 on, a month each. */
const spending =
  (...months: ReadonlyArray<bigint>) =>
  (month: string) =>
    months[["2025-01", "2025-02", "2025-03", "2025-04"].indexOf(month)] ?? 0n

const carriedOf = (budget: Budget.Budget, spentIn: (month: string) => bigint, to = "2025-04") =>
  standings(budget, "2025-01", to, spentIn).map((standing) => standing?.carried ?? null)

describe("what rolls over", () => {
  const spent = spending(kr(700), kr(1_500), kr(640))

  it("is what a month leaves, or what was spent beyond it, or both, or nothing", () => {
    const carried = (rollover: Budget.Rollover) => carriedOf(budgetOf({ rollover }), spent)
    assert.deepStrictEqual(carried("none"), [0n, 0n, 0n, 0n])
    assert.deepStrictEqual(carried("both"), [0n, kr(300), -kr(200), kr(160)])
    assert.deepStrictEqual(carried("surplus"), [0n, kr(300), 0n, kr(360)])
    assert.deepStrictEqual(carried("deficit"), [0n, 0n, -kr(500), -kr(140)])
  })

  it("begins with the month it was switched on for, and ends before the one it was switched off for", () => {
    assert.deepStrictEqual(carriedOf(budgetOf({}, { month: "2025-02", rollover: "both" }), spent), [0n, 0n, -kr(500), -kr(140)])
    assert.deepStrictEqual(carriedOf(budgetOf({ rollover: "both" }, { month: "2025-03" }), spent), [0n, kr(300), 0n, 0n])
  })

  it("takes a side only where both months' budgets take it", () => {
    const budget = budgetOf({ rollover: "surplus" }, { month: "2025-02", rollover: "deficit" })
    assert.deepStrictEqual(carriedOf(budget, spent), [0n, 0n, -kr(500), -kr(140)])
  })

  it("goes through a month that has its own amount, and stops at one without a budget or in another currency", () => {
    const once = budgetOf({ rollover: "both" }, { month: "2025-02", amount: kr(2_000), rollover: "both", one_month: true })
    assert.deepStrictEqual(carriedOf(once, spent), [0n, kr(300), kr(800), kr(1_160)])
    assert.deepStrictEqual(carriedOf(budgetOf({ rollover: "both" }, null), spent), [0n, kr(300), null, 0n])
    const abroad = budgetOf({ rollover: "both" }, { month: "2025-02", currency: "EUR", rollover: "both" })
    assert.deepStrictEqual(carriedOf(abroad, spent), [0n, 0n, -kr(500), -kr(140)])
  })

  it("changes in every later month when an old purchase turns up, by exactly that purchase", () => {
    const budget = budgetOf({ rollover: "both" })
    const late = spending(kr(700) + kr(99), kr(1_500), kr(640))
    const before = carriedOf(budget, spent)
    const after = carriedOf(budget, late)
    assert.deepStrictEqual(
      after.map((carried, index) => carried! - before[index]!),
      [0n, -kr(99), -kr(99), -kr(99)]
    )
  })

  const Amount = Schema.BigInt.check(Schema.isBetweenBigInt({ minimum: -kr(500), maximum: kr(2_500) }))
  const Rollovers = Schema.Array(Budget.Rollover).check(Schema.isMinLength(1), Schema.isMaxLength(12))

  it.prop(
    "loses and makes no money: with both sides, what is left of all months is what was set less what was spent",
    [Schema.Array(Amount).check(Schema.isMinLength(1), Schema.isMaxLength(24)), Schema.Int],
    ([months, seed]) => {
      const amount = kr(1_000 + (Math.abs(seed) % 500))
      const spentIn = (month: string) => months[monthsSince(month)] ?? 0n
      const last = addMonths("2025-01", months.length - 1)
      const standing = standingIn(budgetOf({ amount, rollover: "both" }), last, spentIn)!
      const spentInAll = months.reduce((sum, spent) => sum + spent, 0n)
      assert.strictEqual(available(standing) - standing.spent, amount * BigInt(months.length) - spentInAll)
    },
    { arbitrary: { runs: 200 } }
  )

  it.prop(
    "is the same whether one month is asked for or all of them, whatever was switched on and off",
    [Rollovers, Schema.Array(Amount).check(Schema.isMaxLength(12))],
    ([rollovers, months]) => {
      const budget = budgetOf(...rollovers.map((rollover, index) => ({ month: addMonths("2025-01", index), rollover })))
      const spentIn = (month: string) => months[monthsSince(month)] ?? 0n
      const all = standings(budget, "2024-12", "2026-03", spentIn)
      all.forEach((standing, index) => assert.deepStrictEqual(standingIn(budget, addMonths("2024-12", index), spentIn), standing))
    },
    { arbitrary: { runs: 200 } }
  )
})

const monthsSince = (month: string) => (Number(month.slice(0, 4)) - 2025) * 12 + Number(month.slice(5)) - 1

const standingAt = (spent: bigint, amount: bigint, carried = 0n): Standing => ({
  month: "2025-01",
  currency: "NOK",
  rollover: "both",
  amount,
  carried,
  spent
})

/** What a person is told while they spend, one purchase (or refund, when negative) after the other, in one month. */
const toldWhile = (budget: bigint, purchases: ReadonlyArray<bigint>, carried = 0n): ReadonlyArray<number> => {
  const alerts: Array<number> = []
  let told: ReadonlyArray<number> = []
  let spent = 0n
  for (const purchase of purchases) {
    const before = standingAt(spent, budget, carried)
    spent += purchase
    const threshold = toTell(before, standingAt(spent, budget, carried), told)
    if (threshold === null) continue
    told = toldBy(threshold)
    alerts.push(threshold)
  }
  return alerts
}

describe("a person is told of their budget", () => {
  it("at 80, at 90 and at 100 per cent, once each", () => {
    const purchases = [kr(2_300), kr(100), kr(50), kr(250), kr(100), kr(199), kr(1), kr(500)]
    assert.deepStrictEqual(toldWhile(kr(3_000), purchases), [80, 90, 100])
  })

  it("to the øre: not before, and not after", () => {
    assert.deepStrictEqual(reached(kr(2_400) - 1n, kr(3_000)), [])
    assert.deepStrictEqual(reached(kr(2_400), kr(3_000)), [80])
    assert.deepStrictEqual(reached(kr(3_000) - 1n, kr(3_000)), [80, 90])
    assert.deepStrictEqual(reached(kr(3_000), kr(3_000)), [80, 90, 100])
    // 80 per cent of 3 øre is 2.4 øre
    assert.deepStrictEqual([reached(2n, 3n), reached(3n, 3n)], [[], [80, 90, 100]])
  })

  it("of the highest only when one purchase jumps over several", () => {
    assert.deepStrictEqual(toldWhile(kr(3_000), [kr(2_300), kr(800)]), [100])
    assert.deepStrictEqual(toldWhile(kr(3_000), [kr(2_750), kr(250)]), [90, 100])
  })

  it("on the way up only: a refund, and spending the same money again, tells nothing", () => {
    assert.deepStrictEqual(toldWhile(kr(3_000), [kr(2_700), -kr(1_000), kr(800), kr(200)]), [90])
    assert.deepStrictEqual(toldWhile(kr(3_000), [kr(3_000), -kr(3_000), kr(2_500), kr(500)]), [100])
    assert.isNull(toTell(standingAt(kr(2_900), kr(3_000)), standingAt(kr(2_800), kr(3_000)), []))
  })

  it("by what is available: more where something was left, less where too much was spent", () => {
    assert.deepStrictEqual(toldWhile(kr(1_000), [kr(799), kr(1), kr(240)], kr(300)), [80])
    assert.deepStrictEqual(toldWhile(kr(1_000), [kr(639), kr(1)], -kr(200)), [80])
  })

  it("at the first øre where nothing is available, and not before anything is spent", () => {
    assert.deepStrictEqual(toldWhile(kr(1_000), [1n, kr(5)], -kr(1_000)), [100])
    assert.deepStrictEqual(toldWhile(kr(1_000), [-kr(5), kr(5), 1n], -kr(1_500)), [100])
    assert.isNull(toTell(null, standingAt(0n, kr(3_000)), []))
    assert.isNull(toTell(null, standingAt(-kr(500), kr(3_000)), []))
  })

  it("at once when a budget is set that is exceeded already", () => {
    assert.strictEqual(toTell(null, standingAt(kr(2_700), kr(3_000)), []), 90)
    assert.strictEqual(toTell(standingAt(kr(2_700), kr(9_000)), standingAt(kr(2_700), kr(2_000)), [80, 90]), 100)
  })

  const Purchase = Schema.BigInt.check(Schema.isBetweenBigInt({ minimum: -kr(900), maximum: kr(1_500) }))
  const Month = Schema.Array(Purchase).check(Schema.isMaxLength(30))
  const Amount = Schema.BigInt.check(Schema.isBetweenBigInt({ minimum: 1n, maximum: kr(5_000) }))

  it.prop(
    "each threshold at most once a month, ever higher, and at last of the highest that was ever reached",
    [Month, Amount],
    ([purchases, budget]) => {
      const told = toldWhile(budget, purchases)
      assert.deepStrictEqual(
        told,
        [...new Set(told)].toSorted((a, b) => a - b)
      )
      let [spent, most] = [0n, 0n]
      for (const purchase of purchases) {
        spent += purchase
        if (spent > most) most = spent
      }
      // integers only: the share of the budget at its highest, times a hundred
      const highest = thresholds.filter((threshold) => most * 100n >= budget * BigInt(threshold)).at(-1)
      assert.strictEqual(told.at(-1), highest)
    },
    { arbitrary: { runs: 500 } }
  )

  it("how much of it is used, and never that it is used up before it is", () => {
    assert.strictEqual(percentageUsed(kr(1_500), kr(3_000)), 50)
    assert.strictEqual(percentageUsed(kr(3_000) - 1n, kr(3_000)), 99.9)
    assert.strictEqual(percentageUsed(kr(3_000), kr(3_000)), 100)
    assert.strictEqual(percentageUsed(kr(4_000), kr(3_000)), 133.3)
    assert.deepStrictEqual(
      [percentageUsed(-kr(10), kr(3_000)), percentageUsed(kr(10), 0n), percentageUsed(0n, -kr(5))],
      [0, 100, 0]
    )
  })
})
