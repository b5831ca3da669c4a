import { assert, describe, it } from "@effect/vitest"
import type { Category } from "../ledger/Category.ts"
import { scenarioOf } from "../ledger/Scenario.ts"
import { type Budget, type BudgetCommand, type BudgetEvent, decider, entryIn, type Rollover } from "./Budget.ts"

const { given } = scenarioOf(decider)

const kr = (kroner: number) => BigInt(kroner) * 100n

interface Way {
  readonly rollover?: Rollover
  readonly one_month?: boolean
}

const set = (amount: bigint, month = "2025-01", way: Way = {}, category: Category = "groceries"): BudgetCommand => ({
  command: "Set",
  category,
  amount,
  currency: "NOK",
  month,
  ...way
})
const budgetSet = (
  budget_amount: bigint,
  month = "2025-01",
  { rollover = "none", one_month = false }: Way = {}
): BudgetEvent => ({ type: "BudgetSet", category: "groceries", budget_amount, currency: "NOK", month, rollover, one_month })
const remove = (month = "2025-01", one_month = false): BudgetCommand => ({
  command: "Remove",
  category: "groceries",
  month,
  one_month
})
const removed = (month = "2025-01", one_month = false): BudgetEvent => ({
  type: "BudgetRemoved",
  category: "groceries",
  month,
  one_month
})
const amountIn = (budget: Budget, month: string) => entryIn(budget, month)?.amount ?? null
const exceeded: BudgetEvent = {
  type: "BudgetExceeded",
  alert_id: "b1",
  category: "groceries",
  budget_amount: kr(3_000),
  carried_amount: 0n,
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
      .when(set(kr(3_000), "2025-01", {}, "income"))
      .thenRefused("not-spending")
    given()
      .when(set(kr(3_000), "2025-01", {}, "transfer"))
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

describe("a person who wants another budget for one month", () => {
  const december = budgetSet(kr(9_000), "2025-12", { one_month: true })

  it("has it in that month, and before and after it what they had", () => {
    given(budgetSet(kr(3_000)))
      .when(set(kr(9_000), "2025-12", { one_month: true }))
      .then(december)
    const { state } = given(budgetSet(kr(3_000)), december)
    assert.deepStrictEqual(
      ["2025-11", "2025-12", "2026-01"].map((month) => amountIn(state, month)),
      [kr(3_000), kr(9_000), kr(3_000)]
    )
  })

  it("keeps it when they change an earlier month, and loses it when they set that month and all later ones", () => {
    const { state } = given(budgetSet(kr(3_000)), december, budgetSet(kr(4_000), "2025-06"))
    assert.deepStrictEqual([amountIn(state, "2025-12"), amountIn(state, "2026-01")], [kr(9_000), kr(4_000)])
    const later = given(budgetSet(kr(3_000)), december, budgetSet(kr(5_000), "2025-12"))
    assert.deepStrictEqual([amountIn(later.state, "2025-12"), amountIn(later.state, "2026-01")], [kr(5_000), kr(5_000)])
    given(budgetSet(kr(3_000), "2025-12"), december)
      .when(set(kr(3_000), "2025-12"))
      .then(budgetSet(kr(3_000), "2025-12"))
  })

  it("can have none in it, and end it from then on after all", () => {
    given(budgetSet(kr(3_000)))
      .when(remove("2025-07", true))
      .then(removed("2025-07", true))
    const { state, when } = given(budgetSet(kr(3_000)), removed("2025-07", true))
    assert.deepStrictEqual([amountIn(state, "2025-07"), amountIn(state, "2025-08")], [null, kr(3_000)])
    when(remove("2025-07", true)).thenRefused("not-found")
    when(remove("2025-07")).then(removed("2025-07"))
  })
})

describe("a person whose budget rolls over", () => {
  const rolling = budgetSet(kr(3_000), "2025-01", { rollover: "both" })

  it("need not say so again when they change the amount", () =>
    given(rolling)
      .when(set(kr(4_000), "2025-04"))
      .then(budgetSet(kr(4_000), "2025-04", { rollover: "both" })))

  it("can have it otherwise from a month on, at the same amount", () => {
    given(rolling)
      .when(set(kr(3_000), "2025-04", { rollover: "none" }))
      .then(budgetSet(kr(3_000), "2025-04"))
    given(rolling)
      .when(set(kr(3_000), "2025-01", { rollover: "both" }))
      .thenNothing()
  })
})
