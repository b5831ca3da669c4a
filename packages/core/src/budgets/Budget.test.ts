import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import type { Category } from "../ledger/Category.ts"
import { scenarioOf } from "../ledger/Scenario.ts"
import { amountIn, type BudgetCommand, type BudgetEvent, decider, percentageUsed, reached, thresholds, toTell } from "./Budget.ts"

const { given } = scenarioOf(decider)

const kr = (kroner: number) => BigInt(kroner) * 100n

const set = (amount: bigint, month = "2025-01", category: Category = "groceries"): BudgetCommand => ({
  command: "Set",
  category,
  amount,
  currency: "NOK",
  month
})
const budgetSet = (budget_amount: bigint, month = "2025-01"): BudgetEvent => ({
  type: "BudgetSet",
  category: "groceries",
  budget_amount,
  currency: "NOK",
  month
})
const remove = (month = "2025-01"): BudgetCommand => ({ command: "Remove", category: "groceries", month })
const removed = (month = "2025-01"): BudgetEvent => ({ type: "BudgetRemoved", category: "groceries", month })
const exceeded: BudgetEvent = {
  type: "BudgetExceeded",
  alert_id: "b1",
  category: "groceries",
  budget_amount: kr(3_000),
  current_spent: kr(2_400),
  currency: "NOK",
  threshold_percentage: 80,
  period: "2025-01"
}

describe("a person sets a budget", () => {
  it("for groceries from January on", () =>
    given()
      .when(set(kr(3_000)))
      .then(budgetSet(kr(3_000))))

  it("and it carries on, until a later month has its own", () => {
    const { state } = given(budgetSet(kr(3_000), "2025-01"), budgetSet(kr(4_000), "2025-12"))
    assert.deepStrictEqual(
      ["2024-12", "2025-01", "2025-11", "2025-12", "2026-06"].map((month) => amountIn(state, month)),
      [null, kr(3_000), kr(3_000), kr(4_000), kr(4_000)]
    )
  })

  it("for an earlier month afterwards, and later months keep theirs", () => {
    const { state } = given(budgetSet(kr(4_000), "2025-06"), budgetSet(kr(3_000), "2025-01"))
    assert.deepStrictEqual([amountIn(state, "2025-03"), amountIn(state, "2025-06")], [kr(3_000), kr(4_000)])
  })

  it("anew for the same month, and the last word holds", () => {
    const { state } = given(budgetSet(kr(3_000)), budgetSet(kr(3_500)))
    assert.strictEqual(amountIn(state, "2025-01"), kr(3_500))
  })

  it("to what it is, and nothing changes", () =>
    given(budgetSet(kr(3_000)), exceeded)
      .when(set(kr(3_000)))
      .thenNothing())

  it("for a later month to what it would be anyway, so that an earlier change does not reach it", () =>
    given(budgetSet(kr(3_000), "2025-01"))
      .when(set(kr(3_000), "2025-03"))
      .then(budgetSet(kr(3_000), "2025-03")))

  it("of something: neither nothing nor less", () => {
    given().when(set(0n)).thenRefused("not-positive")
    given().when(set(-1n)).thenRefused("not-positive")
    given().when(set(1n)).then(budgetSet(1n))
  })

  it("for spending only: salary and moves between own accounts have none", () => {
    given()
      .when(set(kr(3_000), "2025-01", "income"))
      .thenRefused("not-spending")
    given()
      .when(set(kr(3_000), "2025-01", "transfer"))
      .thenRefused("not-spending")
  })
})

describe("a person ends a budget", () => {
  it("from a month on, and the months before keep it", () => {
    given(budgetSet(kr(3_000), "2025-01"))
      .when(remove("2025-03"))
      .then(removed("2025-03"))
    const { state } = given(budgetSet(kr(3_000), "2025-01"), removed("2025-03"))
    assert.deepStrictEqual(
      [amountIn(state, "2025-02"), amountIn(state, "2025-03"), amountIn(state, "2026-01")],
      [kr(3_000), null, null]
    )
  })

  it("and sets it again later", () => {
    given(budgetSet(kr(3_000), "2025-01"), removed("2025-03"))
      .when(set(kr(3_000), "2025-03"))
      .then(budgetSet(kr(3_000), "2025-03"))
  })

  it("only where there is one", () => {
    given().when(remove()).thenRefused("not-found")
    given(budgetSet(kr(3_000), "2025-02"))
      .when(remove("2025-01"))
      .thenRefused("not-found")
    given(budgetSet(kr(3_000), "2025-01"), removed("2025-03"))
      .when(remove("2025-05"))
      .thenRefused("not-found")
  })
})

/** What a person is told while they spend, one purchase (or refund, when negative) after the other, in one month. */
const toldWhile = (budget: bigint, purchases: ReadonlyArray<bigint>): ReadonlyArray<number> => {
  const told: Array<number> = []
  let spent = 0n
  for (const purchase of purchases) {
    spent += purchase
    const threshold = toTell(spent, budget, told)
    if (threshold !== null) told.push(threshold)
  }
  return told
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
  })

  it("never of a budget of nothing, nor while they have spent nothing", () => {
    for (const spent of [-1n, 0n, kr(500)]) assert.isNull(toTell(spent, 0n, []))
    assert.isNull(toTell(0n, kr(3_000), []))
    assert.isNull(toTell(-kr(500), kr(3_000), []))
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
    assert.deepStrictEqual([percentageUsed(-kr(10), kr(3_000)), percentageUsed(kr(10), 0n)], [0, 0])
  })
})
