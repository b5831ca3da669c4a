import { assert, describe, it } from "@effect/vitest"
import { languages } from "../ledger/Explanation.ts"
import { categoryNames } from "./CategoryNames.ts"
import { fromJson, type Notice, tellingOf, toJson } from "./Notice.ts"
import { amountText, digestOf, discreetDigestOf, discreetWordsOf, testWords, wordsOf } from "./Wording.ts"

const budget: Notice = {
  kind: "budget",
  category: "groceries",
  available_amount: 300_000n,
  current_spent: 271_250n,
  currency: "NOK",
  threshold_percentage: 90,
  period: "2026-03"
}
const anomaly: Notice = {
  kind: "anomaly",
  anomaly_id: "a",
  transaction_id: "t",
  anomaly_type: "duplicate",
  explanation: { code: "category.correction", params: { merchant: "KIWI Majorstuen" } }
}
const imported: Notice = { kind: "import", import_id: "i", account_id: "k", rows_new: 12, rows_rejected: 3 }
const notices = [budget, anomaly, imported]

/** Spaces that do not break are spaces. */
const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, " ")

describe("what a person is told", () => {
  it("is said in their language, with amounts as people there write them", () => {
    const said = languages.map((language) => plain(wordsOf(budget, language).text))
    assert.deepStrictEqual(said, [
      "Du har brukt 2 712,50 kr av 3 000 kr i mars.",
      "Du har brukt 2 712,50 kr av 3 000 kr i mars.",
      "You have spent NOK 2,712.50 of NOK 3,000 in March."
    ])
    assert.strictEqual(wordsOf(budget, "nn").title, "90 % av budsjettet er brukt: Daglegvarer")
    assert.strictEqual(wordsOf({ ...budget, threshold_percentage: 100 }, "nb").title, "Budsjettet er brukt opp: Dagligvarer")
  })

  it("is exact to the øre for amounts that no double holds, and knows currencies without decimals", () => {
    assert.strictEqual(plain(amountText(12_345_678_901_234_567_89n, "NOK", "nb")), "12 345 678 901 234 567,89 kr")
    assert.strictEqual(plain(amountText(-100_001n, "NOK", "en")), "-NOK 1,000.01")
    assert.include(plain(amountText(1_500n, "JPY", "nb")), "1 500")
  })

  it("names neither amount nor shop nor category where it is to be discreet, alone or in a digest", () => {
    for (const language of languages) {
      const secrets = ["2 712", "2,712", "3 000", "3,000", "KIWI", categoryNames.groceries[language]]
      const digest = discreetDigestOf(notices, language)
      for (const { title, text } of [...notices.map((notice) => discreetWordsOf(notice, language)), digest]) {
        assert.isNotEmpty(title)
        for (const secret of secrets) assert.notInclude(plain(`${title} ${text}`), secret)
      }
      assert.match(digest.title, /3/)
    }
  })

  it("says all of ten, and how many more there are", () => {
    const { title, text } = digestOf(
      Array.from({ length: 14 }, () => budget),
      "nb"
    )
    assert.strictEqual(title, "14 nye varsler")
    assert.lengthOf(text.split("\n"), 11)
    assert.match(text, /… og 4 til\.$/)
    assert.lengthOf(digestOf(notices, "en").text.split("\n"), 3)
  })

  it("says something in every language, of every kind and of what a newer release may tell", () => {
    for (const language of languages) {
      for (const notice of notices) for (const words of Object.values(wordsOf(notice, language))) assert.isNotEmpty(words)
      const strange: Notice = { ...anomaly, anomaly_type: "ghost", explanation: { code: "anomaly.ghost", params: {} } }
      assert.isNotEmpty(wordsOf(strange, language).title)
      assert.strictEqual(wordsOf(strange, language).text, "")
      assert.isNotEmpty(testWords[language].text)
    }
  })

  it("is kept as it is", () => {
    for (const notice of notices) assert.deepStrictEqual(fromJson(JSON.parse(JSON.stringify(toJson(notice)))), notice)
  })
})

describe("what a person is told of", () => {
  const exceeded = (period: string, recorded_at: string) =>
    tellingOf(
      {
        type: "BudgetExceeded",
        alert_id: "b",
        category: "groceries",
        budget_amount: 250_000n,
        carried_amount: 50_000n,
        current_spent: 271_250n,
        currency: "NOK",
        threshold_percentage: 90,
        period
      },
      new Date(recorded_at)
    )

  it("is a budget of the month that is going on, whenever their months begin; an older one is only there to be found", () => {
    assert.isTrue(exceeded("2026-04", "2026-03-31T22:30:00Z")?.isUrgent)
    assert.isTrue(exceeded("2026-03", "2026-03-31T22:30:00Z")?.isUrgent)
    assert.isTrue(
      exceeded("2026-03", "2026-04-15T21:59:00Z")?.isUrgent,
      "a month that begins on the 16th is March until the 15th"
    )
    assert.isFalse(exceeded("2026-03", "2026-04-15T22:00:00Z")?.isUrgent, "the 16th at home")
    assert.isFalse(exceeded("2019-12", "2026-03-31T22:30:00Z")?.isUrgent)
    assert.deepStrictEqual(exceeded("2026-03", "2026-03-31T22:30:00Z")?.notice, budget)
  })

  it("is an import that left something out, where they look at it", () => {
    const completed = {
      type: "ImportCompleted" as const,
      import_id: "i",
      account_id: "k",
      rows_new: 12,
      rows_duplicate: 0,
      rows_skipped: 1
    }
    assert.isNull(tellingOf({ ...completed, rows_rejected: 0 }, new Date()))
    assert.deepStrictEqual(tellingOf({ ...completed, rows_rejected: 3 }, new Date()), { notice: imported, isUrgent: false })
  })
})
