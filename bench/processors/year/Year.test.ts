import { assert, describe, it } from "@effect/vitest"
import { isAccountNumber } from "@finance/core/demo/SpareBank1Statement"
import { addDays } from "@finance/core/ledger/Day"
import * as StatementFile from "@finance/core/statements/StatementFile"
import * as Effect from "effect/Effect"
import { bankDaysAfter, isBankDay } from "./Calendar.ts"
import { injected } from "./Injection.ts"
import { statementsOf } from "./Statements.ts"
import type { AnomalyType, Line } from "./Year.ts"
import { yearOf } from "./YearOf.ts"

const seeds = [...Array.from({ length: 20 }, (_, index) => index + 1), 112]
const years = seeds.map((seed) => injected(yearOf(seed), seed))
const lineOf = (lines: ReadonlyArray<Line>) => {
  const of = new Map(lines.map((line) => [line.id, line]))
  return (id: string) => of.get(id)!
}

describe("an invented year", () => {
  it("is the same for its seed every time, and no two are alike", () => {
    assert.deepStrictEqual(injected(yearOf(7), 7), years[6])
    assert.strictEqual(
      new Set(
        years.map(({ lines }) =>
          lines
            .slice(0, 5)
            .map(({ description }) => description)
            .join()
        )
      ).size,
      seeds.length
    )
  })

  it("is a year to a year and a half on two to four accounts, with a believable number of lines", () => {
    for (const { from, to, accounts, lines } of years) {
      const days = (Date.parse(to) - Date.parse(from)) / 86_400_000
      assert.isTrue(days >= 364 && days <= 550, String(days))
      assert.isTrue(accounts.length >= 2 && accounts.length <= 4)
      assert.isTrue(lines.length / days > 1.5 && lines.length / days < 8, String(lines.length / days))
      for (const { day } of lines) assert.isTrue(day >= from && day <= to, day)
      for (const { number } of accounts) assert.isFalse(isAccountNumber(number))
    }
  })

  it("has pay on bank days, and some month's pay before its usual date", () => {
    for (const { lines, truth } of years) {
      const days = truth.series.find(({ name }) => name === "salary")!.lines.map((id) => lineOf(lines)(id).day)
      assert.isTrue(days.every(isBankDay), days.join())
      assert.isAtLeast(new Set(days.map((day) => day.slice(8))).size, 2)
    }
  })

  it("moves between accounts what it says: as much out as in, or nearly so where euros were bought", () => {
    for (const { accounts, lines, truth } of years) {
      const currency = new Map(accounts.map(({ key, currency }) => [key, currency]))
      for (const [out, into] of truth.transfers.map((legs) => legs.map(lineOf(lines)) as [Line, Line])) {
        assert.notStrictEqual(out.account, into.account)
        assert.isTrue(out.amount < 0n && into.amount > 0n)
        assert.isTrue(into.day >= out.day && into.day <= addDays(out.day, 3))
        if (currency.get(out.account) === currency.get(into.account)) assert.strictEqual(out.amount, -into.amount)
      }
    }
  })

  it("goes in through the import, every line of every bank's file, to the øre", () =>
    Effect.runPromise(
      Effect.gen(function* () {
        for (const { account, file, lines } of years.slice(0, 8).flatMap(statementsOf)) {
          const parsed = yield* StatementFile.parse(new TextEncoder().encode(file), {
            currency: account.currency,
            filename: null
          })
          const rows = [...parsed.rows].map((row) =>
            row._tag === "Line" ? [row.booking_date, row.description.replace(/\s+/g, " "), row.amount, row.currency] : row
          )
          assert.deepStrictEqual(
            rows,
            lines.map(({ day, description, amount }) => [day, description.replace(/\s+/g, " "), amount, account.currency])
          )
        }
      })
    ))
})

describe("what is put into it", () => {
  const of = (type: AnomalyType) =>
    years.flatMap(({ truth, lines }) =>
      truth.anomalies
        .filter((anomaly) => anomaly.type === type)
        .map(({ line, beside }) => {
          const at = lineOf(lines)
          return { line: at(line), beside: beside === null ? null : at(beside), before: lines.slice(0, lines.indexOf(at(line))) }
        })
    )

  it("is three to six of each kind a year, all different lines", () => {
    for (const { truth } of years) {
      const counts = Map.groupBy(truth.anomalies, ({ type }) => type)
      assert.strictEqual(counts.size, 4)
      for (const [type, found] of counts) assert.isTrue(found.length >= 3 && found.length <= 6, `${found.length} ${type}`)
      assert.strictEqual(new Set(truth.anomalies.map(({ line }) => line)).size, truth.anomalies.length)
    }
  })

  it("is a purchase far above all before it in a shop that was visited six times", () => {
    for (const { line, before } of of("unusual_amount")) {
      const there = before.filter(({ who, nature }) => who === line.who && nature === "purchase")
      assert.isAtLeast(there.length, 6)
      for (const { amount } of there) assert.isTrue(amount * 3n >= line.amount * 2n - 1n)
    }
  })

  it("is a stranger who charges much", () => {
    for (const { line, before } of of("unusual_merchant")) {
      assert.isFalse(before.some(({ who }) => who === line.who))
      assert.isTrue(line.amount < -50_000n)
    }
  })

  it("is the same charge again within two days, where nobody buys twice", () => {
    for (const { line, beside } of of("duplicate")) {
      assert.strictEqual(line.amount, beside!.amount)
      assert.isFalse(line.repeats)
      assert.isTrue(line.day >= beside!.day && line.day <= addDays(beside!.day, 2))
    }
  })

  it("is a price that rises by 8 to 40 % and stays", () => {
    for (const { line, beside } of of("price_change")) {
      const rise = Number(line.amount) / Number(beside!.amount)
      assert.isTrue(rise >= 1.079 && rise <= 1.401, `${line.who} ${rise}`)
    }
  })
})

describe("the calendar", () => {
  it("knows that banks are closed at Easter, Ascension and Whitsun, and on the seventeenth of May", () => {
    for (const day of [
      "2024-03-28",
      "2024-03-29",
      "2024-04-01",
      "2024-05-09",
      "2024-05-17",
      "2024-05-20",
      "2025-04-17",
      "2025-04-21",
      "2025-05-29",
      "2025-06-09"
    ])
      assert.isFalse(isBankDay(day as never), day)
    assert.strictEqual(bankDaysAfter("2024-03-27" as never, 1), "2024-04-02")
  })
})
