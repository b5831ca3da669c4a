import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Category } from "../ledger/Category.ts"
import { textOf } from "../ledger/Explanation.ts"
import { type Categorization, Categorizer, reviewBelow } from "./Categorizer.ts"
import type { Correction } from "./Corrections.ts"
import { type Knowledge, noKnowledge } from "./Knowledge.ts"
import { correctionKey } from "./MerchantName.ts"
import type { PersonalRule } from "./PersonalRules.ts"
import * as RuleCategorizer from "./RuleCategorizer.ts"

const kr = (kroner: number) => BigInt(kroner) * 100n

const see = (description: string, amount: bigint, knowledge: Knowledge = noKnowledge): Categorization =>
  RuleCategorizer.categorizeLines([{ description, amount, currency: "NOK" }], knowledge)[0]!

const taught = (description: string, category: Category, merchant_name: string | null = null): Knowledge => ({
  corrections: new Map<string, Correction>([[correctionKey(description), { category, merchant_name }]]),
  rules: []
})

const ruled = (...rules: ReadonlyArray<Omit<PersonalRule, "id" | "name">>): Knowledge => ({
  ...noKnowledge,
  rules: rules.map((rule, index) => ({ id: String(index), name: `regel ${index}`, ...rule }))
})

describe("what a line of the bank is", () => {
  it.each<[string, number, Category, string | null]>([
    ["KIWI MAJORSTUEN", -348, "groceries", "KIWI"],
    ["Varekjøp Bunnpris Elgese Elgeseter Ga Trondh Dato 04.07 kl. 13.57", -143, "groceries", "Bunnpris"],
    ["*1234 04.07 NOK 100.00 VIPPS*RUTER Kurs: 1.0000", -100, "transport", "Ruter"],
    ["Visa  100021  Usd 20,00 Openai ChatgptValutakurs: 10,9000", -218, "subscriptions", "OpenAI"],
    ["Giro  123 Tibber Norge AS AvtalegiroTibber Norge AS", -1400, "utilities", "Tibber"],
    ["Nettgiro til: FJORDKRAFT AS Betalt: 02.03.24", -1400, "utilities", "Fjordkraft"],
    ["GET/TELIA", -629, "utilities", "Telia"],
    ["APPLE.COM/BILL", -129, "subscriptions", "Apple"],
    ["OBS BYGG LILLESTRØM", -4325, "shopping", "Obs BYGG"],
    ["POWER STORO", 3799, "shopping", "POWER"],
    ["SKATTEETATEN", 2187, "income", "Skatteetaten"],
    ["SKATTEETATEN", -2187, "other", "Skatteetaten"],
    ["Fra: NAV Betalt: 12.01.25", 12_000, "income", "NAV"],
    ["Lånekassen", 9000, "income", "Lånekassen"],
    ["Lånekassen", -2100, "transfer", "Lånekassen"]
  ])("%s, %d kr, is %s at %s", (description, kroner, category, merchant) => {
    const seen = see(description, kr(kroner))
    assert.deepStrictEqual([seen.category, seen.merchant_name, seen.confidence, seen.source], [category, merchant, 0.99, "rule"])
    assert.strictEqual(seen.explanation.code, "category.merchant-rule")
    assert.strictEqual(description.slice(...seen.merchant_span!), seen.explanation.params["matched"])
  })

  it.each<[string, number, Category]>([
    ["Overføring til Sparekonto", -5000, "transfer"],
    ["Kontoregulering  123 Mobil Overføring", 500, "transfer"],
    ["Minibank 12.02 Nokas Byporten", -500, "transfer"],
    ["Kontantuttak 7-Eleven Oslo S", -300, "transfer"],
    ["Lån  123456 Lån 12345 Avdrag Kr 3.407,26Renter Kr 9.816,49", -13_223, "transfer"],
    ["Vipps 20220720 20:07", -250, "transfer"],
    ["Overføring  12345678901 Kari Anne Berg Kiwi og brusTpp: Vipps Mobilepay AS", -90, "transfer"],
    ["Til: Kari Nordmann Betalt: 01.02.25", -200, "transfer"],
    ["Overføring fra Maria", 2500, "transfer"],
    ["Kreditrenter", 82, "income"],
    ["Renter", -82, "other"],
    ["Prislagte Tjenester", -25, "other"]
  ])("%s, %d kr, is %s by the bank's own word, and no merchant's", (description, kroner, category) => {
    const seen = see(description, kr(kroner))
    assert.deepStrictEqual([seen.category, seen.confidence, seen.merchant_name, seen.merchant_span], [category, 0.95, null, null])
    assert.include(description, seen.explanation.params["matched"]!)
  })

  it("takes money in with a word for salary as income, also from an employer that is a shop", () => {
    for (const description of [
      "Lønn KOMPLETT AS",
      "Lønnsutbetaling mars",
      "Lønn  912345678 Bekk Consulting AS",
      "SALARY MARCH",
      "Løn Voss herad"
    ]) {
      const seen = see(description, kr(31_000))
      assert.deepStrictEqual(
        [seen.category, seen.confidence, seen.explanation.code],
        ["income", 0.95, "category.salary"],
        description
      )
    }
    assert.strictEqual(see("Lønn KOMPLETT AS", kr(31_000)).merchant_name, "Komplett")
  })

  it("never takes money out as salary", () => {
    for (const description of ["Lønn vaskehjelp", "Lønnsutbetaling", "Salary"])
      assert.notStrictEqual(see(description, kr(-900)).category, "income")
  })

  it("leaves what it does not know to a person, with nothing guessed", () => {
    for (const description of [
      "Varekjøp Frisør Anne Storgata 1 Trondh Dato 04.07 kl. 13.57",
      "HUSLEIE FEBRUAR",
      "Til: Tannlege Olsen Betalt: 01.02.25",
      "xyz",
      ""
    ]) {
      const seen = see(description, kr(-450))
      assert.deepStrictEqual(
        [seen.category, seen.confidence, seen.explanation.code],
        ["uncategorized", 0, "category.unknown"],
        description
      )
      assert.isBelow(seen.confidence, reviewBelow)
    }
    assert.strictEqual(see("Varekjøp Frisør Anne Storgata 1 Trondh Dato 04.07 kl. 13.57", kr(-450)).merchant_name, "Frisør Anne")
  })

  it.effect("answers line by line, in order, through the service", () =>
    Effect.gen(function* () {
      const categorizer = yield* Categorizer
      const lines = ["KIWI STORO", "ukjent", "ESSO LIER"].map((description) => ({
        description,
        amount: kr(-100),
        currency: "NOK"
      }))
      const seen = yield* categorizer.categorize(lines, noKnowledge)
      assert.deepStrictEqual(
        seen.map(({ category }) => category),
        ["groceries", "uncategorized", "transport"]
      )
    }).pipe(Effect.provide(RuleCategorizer.layer))
  )

  it.prop(
    "has an answer with a true span and a sentence for any text",
    { text: Schema.String, amount: Schema.Int },
    ({ text, amount }) => {
      const seen = see(text, BigInt(amount), taught("KIWI STORO", "other"))
      if (seen.merchant_span !== null) assert.notStrictEqual(text.slice(...seen.merchant_span), "")
      assert.notStrictEqual(textOf(seen.explanation, "nb"), seen.explanation.code)
    }
  )
})

describe("what a person has taught", () => {
  it("outranks every rule and the words for salary", () => {
    const seen = see("KIWI STORO", kr(-90), taught("*1234 04.07 NOK 100.00 KIWI 505 MAJORSTUEN Kurs: 1.0000", "dining"))
    assert.deepStrictEqual([seen.category, seen.confidence, seen.source], ["dining", 1, "user"])
    assert.deepStrictEqual(seen.explanation, { code: "category.correction", params: { merchant: "KIWI" } })
    assert.strictEqual(see("Lønn Bekk AS", kr(9000), taught("Lønn Bekk AS", "other")).category, "other")
  })

  it.each([
    ["Varekjøp Frisør Anne Storgata 1 Trondh Dato 04.07 kl. 13.57", "*9876 01.12 NOK 555.00 FRISØR ANNE Kurs: 1.0000"],
    ["FRISØR ANNE TRONDHEIM", "Frisor Anne 0042 Bergen"],
    ["Til: Kari Nordmann Betalt: 01.02.25", "Fra: Kari Nordmann Betalt: 24.12.25"],
    ["Overføring  12345678901 Kari Anne Berg PizzaTpp: Vipps", "Overføring  12345678901 Kari Anne Berg takk for sistTpp: Vipps"],
    ["KIWI 505 STORO", "Varekjøp Kiwi 712 Lade Trondheim Dato 01.01 kl. 09.00"]
  ])("is known again: %s and %s", (one, other) => {
    assert.notStrictEqual(correctionKey(one), "")
    assert.strictEqual(correctionKey(one), correctionKey(other))
    assert.strictEqual(see(other, kr(-450), taught(one, "education")).category, "education")
  })

  it.each([
    ["Lønn KOMPLETT AS", "KOMPLETT AS"],
    ["Til: Kari Nordmann Betalt: 01.02.25", "Til: Kari Berg Betalt: 01.02.25"],
    ["FRISØR ANNE", "FRISØR BERIT"]
  ])("does not spread: %s and %s are two", (one, other) => assert.notStrictEqual(correctionKey(one), correctionKey(other)))

  it("is not spread from a line that names nobody", () => {
    assert.strictEqual(correctionKey("Vipps 20220720 20:07"), "")
    assert.strictEqual(see("Vipps 20250101 10:00", kr(-10), taught("Vipps 20220720 20:07", "dining")).category, "transfer")
  })

  it("is still known when the shop later joins the list of merchants", () => {
    const before: Knowledge = {
      ...noKnowledge,
      corrections: new Map([["kiwi xpress", { category: "dining", merchant_name: null }]])
    }
    assert.strictEqual(see("KIWI XPRESS OSLO", kr(-90), before).category, "dining")
  })
})

describe("a person's own rules", () => {
  it("file what they ask for, before the merchant rules and after corrections", () => {
    const rules = ruled({ match: { text: "kiwi storo" }, category: "other", merchant_name: "Kiosken" })
    const seen = see("Varekjøp KIWI, Storo", kr(-40), rules)
    assert.deepStrictEqual([seen.category, seen.confidence, seen.source, seen.merchant_name], ["other", 1, "rule", "Kiosken"])
    assert.deepStrictEqual(seen.explanation, { code: "category.personal-rule", params: { rule: "regel 0" } })
    assert.strictEqual(
      see("KIWI Storo", kr(-40), { ...rules, corrections: taught("KIWI", "dining").corrections }).category,
      "dining"
    )
  })

  it("ask for all of text, merchant and amount, to the øre", () => {
    const rules = ruled({ match: { merchant: "circle k", min_amount: kr(-150), max_amount: kr(-50) }, category: "dining" })
    assert.strictEqual(see("CIRCLE K LIER", kr(-150), rules).category, "dining")
    assert.strictEqual(see("CIRCLE K LIER", kr(-50), rules).category, "dining")
    assert.strictEqual(see("CIRCLE K LIER", kr(-150) - 1n, rules).category, "transport")
    assert.strictEqual(see("ESSO LIER", kr(-100), rules).category, "transport")
  })

  it("count in the person's order", () => {
    const rules = ruled({ match: { text: "storo" }, category: "health" }, { match: { text: "kiwi" }, category: "other" })
    assert.strictEqual(see("KIWI STORO", kr(-1), rules).category, "health")
    assert.strictEqual(see("KIWI ALNA", kr(-1), rules).category, "other")
  })

  it("match nothing when they ask for nothing", () => {
    assert.strictEqual(
      see("KIWI STORO", kr(-1), ruled({ match: {}, category: "other" }, { match: { text: " - " }, category: "other" })).category,
      "groceries"
    )
  })
})
