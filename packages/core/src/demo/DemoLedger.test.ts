import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { noKnowledge } from "../categorizer/Knowledge.ts"
import { categorizeLines } from "../categorizer/RuleCategorizer.ts"
import type { CategoryOrNone } from "../ledger/Category.ts"
import { addDays, type Day, monthOf } from "../ledger/Day.ts"
import type { StatementLine } from "../statements/Statement.ts"
import * as StatementFile from "../statements/StatementFile.ts"
import { type DemoAccount, demoLedger } from "./DemoLedger.ts"
import { sparebank1File } from "./SpareBank1File.ts"
import { type DemoLine, isAccountNumber } from "./SpareBank1Statement.ts"

const ends: ReadonlyArray<Day> = ["2025-12-31", "2026-02-28", "2026-07-14", "2026-11-22", "2028-02-29"].map((day) => day as Day)

const kr = (kroner: number) => BigInt(kroner) * 100n
const sumOf = (lines: ReadonlyArray<{ readonly amount: bigint }>) => lines.reduce((sum, { amount }) => sum + amount, 0n)

const parsed = Effect.fn(function* (statement: string) {
  const file = yield* StatementFile.parse(new TextEncoder().encode(statement), { currency: "NOK", filename: null })
  const rows = [...file.rows]
  assert.strictEqual(file.preset, "sparebank1")
  assert.strictEqual(rows.length, file.rows_total)
  assert.deepStrictEqual(
    rows.filter((row) => row._tag !== "Line"),
    []
  )
  return rows as ReadonlyArray<StatementLine>
})

const named = (end: Day, name: string): DemoAccount => demoLedger(end).accounts.find((account) => account.name === name)!

const categoriesOf = (lines: ReadonlyArray<DemoLine>): ReadonlyArray<CategoryOrNone> =>
  categorizeLines(
    lines.map(({ description, amount }) => ({ description, amount, currency: "NOK" })),
    noKnowledge
  ).map(({ category }) => category)

/** Kroner out a month in one category. */
const spentIn = (lines: ReadonlyArray<DemoLine>, wanted: CategoryOrNone): ReadonlyMap<string, number> => {
  const seen = categoriesOf(lines)
  const months = new Map<string, number>()
  lines.forEach(({ day, amount }, index) => {
    if (seen[index] !== wanted || amount > 0n) return
    months.set(monthOf(day), (months.get(monthOf(day)) ?? 0) + Number(-amount / 100n))
  })
  return months
}

describe.each(ends)("the demo household up to %s", (end) => {
  const demo = demoLedger(end)

  it("is the same household every time", () => assert.deepStrictEqual(demoLedger(end), demo))

  it.effect("goes in through the real import, every line of it, to the øre", () =>
    Effect.gen(function* () {
      for (const account of demo.accounts) {
        const rows = yield* parsed(account.statement)
        assert.deepStrictEqual(
          rows.map((row) => [row.booking_date, row.description, row.amount, row.currency]),
          account.lines.map((line) => [line.day, line.description, line.amount, "NOK"])
        )
        assert.notInclude(
          rows.map((row) => row.amount),
          0n
        )
      }
    })
  )

  it("covers two years and ends that day, with some 2,200 lines on the account for daily use", () => {
    const [checking, savings, credit] = demo.accounts as [DemoAccount, DemoAccount, DemoAccount]
    assert.isTrue(checking.lines.length > 1900 && checking.lines.length < 2500, String(checking.lines.length))
    assert.isTrue(savings.lines.length > 20 && savings.lines.length < credit.lines.length && credit.lines.length < 400)
    for (const { lines, opened_on } of demo.accounts) {
      for (const { day } of lines) assert.isTrue(day >= opened_on && day <= end, day)
    }
    assert.isTrue(checking.lines[0]!.day > addDays(end, -3))
    assert.isTrue(checking.lines.at(-1)!.day < addDays(end, -729))
  })

  it("keeps its accounts in believable order from day to day", () => {
    const bounds = {
      Brukskonto: [kr(-5_000), kr(150_000)],
      Sparekonto: [kr(80_000), kr(700_000)],
      Kredittkort: [kr(-50_000), 0n]
    } as const
    for (const account of demo.accounts) {
      const [least, most] = bounds[account.name as keyof typeof bounds]
      let balance = account.opening_balance
      const oldestFirst = account.lines.toReversed()
      oldestFirst.forEach(({ day, amount }, index) => {
        balance += amount
        if (oldestFirst[index + 1]?.day !== day)
          assert.isTrue(balance >= least && balance <= most, `${account.name} ${day}: ${balance}`)
      })
      assert.strictEqual(balance, account.opening_balance + sumOf(account.lines))
    }
  })

  it("moves as much into one of its accounts as out of another", () => {
    const [checking, savings, credit] = demo.accounts as [DemoAccount, DemoAccount, DemoAccount]
    const having = (account: DemoAccount, text: RegExp) =>
      sumOf(account.lines.filter(({ description }) => text.test(description)))
    assert.strictEqual(
      having(checking, /^Overføring (?:til|fra) Sparekonto$/),
      -having(savings, /^Overføring (?:til|fra) Brukskonto$/)
    )
    assert.strictEqual(having(checking, /^Betaling kredittkort$/), -having(credit, /^Innbetaling$/))
    assert.notStrictEqual(having(credit, /^Innbetaling$/), 0n)
  })

  it("uses no account number that somebody may own", () => {
    for (const { statement } of demo.accounts) {
      const numbers = statement.match(/\d{11}/g)!
      assert.isNotEmpty(numbers)
      for (const number of numbers) assert.isFalse(isAccountNumber(number), number)
    }
  })

  it("leaves a few lines, and not many, for a person to file", () => {
    const lines = demo.accounts.flatMap((account) => account.lines)
    const asked = categoriesOf(lines).filter((category) => category === "uncategorized").length
    assert.isTrue(asked >= 10 && asked <= lines.length * 0.04, `${asked} of ${lines.length}`)
  })

  it("was charged twice for one dinner", () => {
    const dinners = named(end, "Brukskonto").lines.filter(
      ({ day, description, amount }) => day === addDays(end, -9) && description === "PEPPES PIZZA STORO" && amount === -kr(689)
    )
    assert.isAtLeast(dinners.length, 2)
  })

  it("suggests budgets of which some are nearly spent and some overspent in its last month", () => {
    const judged = Number(end.slice(8)) >= 20 ? monthOf(end) : monthOf(addDays(`${monthOf(end)}-01`, -1))
    const lines = demo.accounts.flatMap((account) => account.lines)
    const used = demo.budgets.map(({ category, budget_amount }) => {
      assert.isTrue(budget_amount > 0n && budget_amount % kr(100) === 0n)
      return ((spentIn(lines, category).get(judged) ?? 0) * 100) / Number(budget_amount / 100n)
    })
    assert.isTrue(used.some((percent) => percent > 100))
    assert.isAtLeast(used.filter((percent) => percent >= 80 && percent < 100).length, 1)
  })
})

describe("the household's year", () => {
  const { accounts } = demoLedger("2026-11-22" as Day)
  const lines = accounts.flatMap((account) => account.lines)
  const mean = (months: ReadonlyMap<string, number>, wanted: RegExp) => {
    const chosen = [...months].filter(([month]) => wanted.test(month) && month !== "2026-11").map(([, kroner]) => kroner)
    assert.isNotEmpty(chosen)
    return chosen.reduce((sum, kroner) => sum + kroner, 0) / chosen.length
  }

  it("has months that a Norwegian family could have", () => {
    for (const [category, least, most] of [
      ["groceries", 3500, 22_000],
      ["dining", 800, 7000],
      ["utilities", 5500, 16_000],
      ["subscriptions", 900, 1800]
    ] as const) {
      for (const [month, kroner] of spentIn(lines, category)) {
        if (month !== "2026-11") assert.isTrue(kroner >= least && kroner <= most, `${category} ${month}: ${kroner}`)
      }
    }
    for (const day of lines.filter(({ description }) => description.startsWith("Lønn")).map(({ day }) => day)) {
      assert.notInclude([0, 6], new Date(`${day}T00:00:00Z`).getUTCDay(), day)
    }
  })

  it("is dear in power in winter, in presents and food in December, and abroad in July", () => {
    const power = spentIn(
      lines.filter(({ description }) => /Tibber|Elvia/.test(description)),
      "utilities"
    )
    assert.isAbove(mean(power, /-(?:12|01|02)$/), 1.6 * mean(power, /-(?:06|07|08)$/))
    assert.isAbove(mean(spentIn(lines, "groceries"), /-12$/), mean(spentIn(lines, "groceries"), /-(?:02|05|09|10)$/))
    assert.isAbove(mean(spentIn(lines, "shopping"), /-12$/), mean(spentIn(lines, "shopping"), /-(?:02|05|09|10)$/))
    assert.isTrue(
      lines.some(({ day, description }) => monthOf(day).endsWith("-07") && / EUR .* Kurs: 1\d\.\d{4}$/.test(description))
    )
    assert.isTrue(
      lines.some(({ day, description, amount }) => monthOf(day).endsWith("-06") && description === "SKATTEETATEN" && amount > 0n)
    )
  })

  it("has one subscription that became dearer, once", () => {
    const prices = lines
      .filter(({ description }) => description.startsWith("SPOTIFY"))
      .toSorted((a, b) => (a.day < b.day ? -1 : 1))
      .map(({ amount }) => amount)
    assert.strictEqual(prices.filter((price, index) => index > 0 && price !== prices[index - 1]).length, 1)
    assert.isTrue(prices.at(-1)! < prices[0]!)
  })
})

describe("a bank file for measuring", () => {
  it.effect("has as many rows as asked for, all readable, over about three years", () =>
    Effect.gen(function* () {
      for (const rows of [0, 1, 3000]) {
        const file = sparebank1File(rows, 11)
        if (rows === 0) assert.strictEqual(file.split("\n").length, 2)
        else assert.strictEqual((yield* parsed(file)).length, rows)
      }
      const days = (yield* parsed(sparebank1File(3000, 11))).map((row) => row.booking_date).toSorted()
      assert.isTrue(days[0]! < "2023-02-01" && days.at(-1)! > "2025-12-01")
    })
  )

  it.effect("is of shops that are known but for some fifteen in a hundred, with a few exact twins", () =>
    Effect.gen(function* () {
      const lines = (yield* parsed(sparebank1File(5000, 3))).map((row) => ({
        day: row.booking_date,
        description: row.description,
        amount: row.amount
      }))
      const asked = categoriesOf(lines).filter((category) => category === "uncategorized").length / lines.length
      assert.isTrue(asked > 0.12 && asked < 0.18, String(asked))
      const twins = lines.length - new Set(lines.map(({ day, description, amount }) => `${day} ${description} ${amount}`)).size
      assert.isTrue(twins > 5 && twins < 100, String(twins))
    })
  )

  it("is the same for the same seed and another for another", () => {
    assert.strictEqual(sparebank1File(500, 5), sparebank1File(500, 5))
    assert.notStrictEqual(sparebank1File(500, 5), sparebank1File(500, 6))
  })
})
