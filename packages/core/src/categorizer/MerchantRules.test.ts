import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Draw from "../demo/Draw.ts"
import { categories } from "../ledger/Category.ts"
import { readLine } from "./BankLine.ts"
import { correctionKey, isPerson } from "./MerchantName.ts"
import { findMerchant, merchants } from "./MerchantRules.ts"
import places from "./places.json" with { type: "json" }
import { fold, wordsOf } from "./Words.ts"

/** How the banks wrap a name; what a payee list or a card terminal adds is drawn anew each time. */
const templates: Readonly<Record<string, (name: string, details: Details) => string>> = {
  "bare, as SpareBank 1 shows shops": (name, { city }) => `${name} ${city}`,
  "dated, SpareBank 1 and Sbanken": (name, { day, city }) => `${day} ${name} ${city}`,
  "by card, SpareBank 1 and Sbanken": (name, { card, day, kroner }) => `*${card} ${day} NOK ${kroner}.00 ${name} Kurs: 1.0000`,
  "CAMT, SR-Bank": (name, { card, day, kroner }) => `VISA VARE *${card} ${day} NOK ${kroner}.00 ${name} Kurs: 1.0000`,
  "Eika, by card": (name, { card, day, city }) => `VISA VARE 427279XXXXXX${card} ${day}  0,00 ${name}\\${city} Kurs`,
  "Eika, in a shop": (name, { city }) => `Varekjøp ${name} Storgata 1 ${city} betal dato 2025-03-04`,
  "DNB, in a shop": (name, { day, city }) => `Varekjøp ${name} Storgata 12 ${city} Dato ${day} kl. 13.57`,
  "DNB, at a pump": (name, { day, city }) => `Ubetjent Varekjøp ${name} ${city} Dato ${day} kl. 13.57`,
  "DNB, online": (name, { day }) => `E-varekjøp Vipps ${name} Dato ${day} kl. 01.02`,
  "DNB, Visa": (name, { card }) => `Visa  10${card}  ${name}`,
  "DNB, Visa abroad": (name, { card, kroner }) => `Visa  10${card}  Eur ${kroner},50 ${name}Valutakurs: 11,9000`,
  "DNB, direct debit": (name, { card }) => `Giro  ${card} ${name} Avtalegiro${name}`,
  "DNB through Enable Banking": (name, { city }) => `Varekjøp, ${name} ${city}`,
  "DNB Mastercard": (name, { city }) => `${name}, ${city}, NOR`,
  "bill, Sbanken": (name, { day }) => `Nettgiro til: ${name} Betalt: ${day}.25`,
  Vipps: (name) => `VIPPS*${name}`,
  PayPal: (name) => `PAYPAL *${name}`
}

interface Details {
  readonly card: string
  readonly day: string
  readonly kroner: number
  readonly city: string
}

const towns = places.filter((place) => /^[A-ZÆØÅ][a-zæøå]{4,}$/.test(place))

const drawnDetails = (draw: Draw.Draw): Details => {
  const two = (most: number) => String(draw.between(1, most)).padStart(2, "0")
  return {
    card: String(draw.between(1000, 9999)),
    day: `${two(28)}.${two(12)}`,
    kroner: draw.between(1, 9000),
    city: draw.pick(towns)
  }
}

const written = (pattern: string): string => pattern.replace(/^\^|\$$/g, "")

describe("the list of merchants", () => {
  it("holds at least 400 merchants, each once, in the categories there are", () => {
    assert.isAtLeast(merchants.length, 400)
    assert.strictEqual(new Set(merchants.map((merchant) => merchant.name)).size, merchants.length)
    for (const merchant of merchants) {
      assert.include(categories, merchant.category, merchant.name)
      assert.include(categories, merchant.money_in, merchant.name)
    }
  })

  it("never writes one text for two merchants", () => {
    const owners = new Map<string, string>()
    for (const merchant of merchants) {
      for (const pattern of merchant.patterns) {
        const text = fold(written(pattern))
        assert.notStrictEqual(text, "", merchant.name)
        assert.strictEqual(owners.get(text) ?? merchant.name, merchant.name, `«${text}»`)
        owners.set(text, merchant.name)
      }
    }
  })
})

describe("finding the merchant of a bank line", () => {
  for (const [bank, wrap] of Object.entries(templates)) {
    it(`finds every merchant as it stands there: ${bank}`, () => {
      const draw = Draw.drawFrom(7)
      for (const merchant of merchants.filter(({ intermediary }) => !intermediary)) {
        for (const name of merchant.patterns.map(written)) {
          const description = wrap(name.toUpperCase(), drawnDetails(draw))
          const found = findMerchant(description)
          assert.strictEqual(found?.merchant.name, merchant.name, description)
          const span = fold(description.slice(found!.start, found!.end))
          assert.isTrue(span !== "" && `${fold(name)} `.startsWith(`${span} `), `«${span}» of ${description}`)
          assert.match(fold(name).slice(span.length), /^(?: (?:as|asa|ab|no|com|bill|norge|norway))*$/, description)
        }
      }
    })
  }

  it("does not find a merchant within a longer word", () => {
    for (const merchant of merchants) {
      for (const name of merchant.patterns.map(written)) {
        const [first, last] = [wordsOf(name)[0]!, wordsOf(name).at(-1)!]
        if (first.isNumber || last.isNumber || /[&+]/.test(first.text + last.text)) continue
        for (const description of [`xq${name}`, `${name}xq`, `Varekjøp xq${name}xq Oslo Dato 01.02 kl. 10.00`]) {
          const found = findMerchant(description)
          const longer = wordsOf(description).filter((word) => word.text.includes("xq"))
          assert.isNotEmpty(longer)
          for (const word of longer)
            assert.isTrue(found === null || found.end <= word.start || found.start >= word.end, description)
        }
      }
    }
  })

  it.each([
    "menyer til bryllup",
    "Remaprint AS",
    "Ice Cream Shop",
    "Ark Arkitekter AS",
    "Power Yoga",
    "Maxi Mega Lek",
    "Vyer fra fjellet",
    "Joker Poker Klubb"
  ])("leaves %s alone, where a shop's name is an ordinary word or part of one", (description) =>
    assert.isNull(findMerchant(description))
  )

  it.each([
    ["KIWI505 STORO", "KIWI", "KIWI"],
    ["REMA1000 TORSHOV", "REMA 1000", "REMA1000"],
    ["CIRCLEK ALNABRU", "Circle K", "CIRCLEK"],
    ["BURGERKING.NO", "Burger King", "BURGERKING"],
    ["Mcdonald's Storo", "McDonald's", "Mcdonald's"],
    ["H&M Karl Johan", "H&M", "H&M"],
    ["OBS BYGG LILLESTRØM", "Obs BYGG", "OBS BYGG"],
    ["OBS LILLESTRØM", "Coop Obs", "OBS"],
    ["NARVESEN OSLO CITY", "Narvesen", "NARVESEN"],
    ["UBER *EATS", "Uber Eats", "UBER *EATS"],
    ["Varekjøp Skandinavisk Høyf Bogstadveien Oslo Dato 04.07 kl. 13.57", "Skandinavisk Høyfjellsutstyr", "Skandinavisk Høyf"],
    ["🛒 Meny Ringnes Park 🛒", "MENY", "Meny"],
    ["Skatteetaten", "Skatteetaten", "Skatteetaten"]
  ])("reads %s as %s", (description, name, span) => {
    const found = findMerchant(description)
    assert.strictEqual(found?.merchant.name, name)
    assert.strictEqual(description.slice(found!.start, found!.end), span)
  })

  it("names the one that stands between only when no shop is named", () => {
    assert.strictEqual(findMerchant("Klarna ZALANDO")?.merchant.name, "Zalando")
    assert.strictEqual(findMerchant("KLARNA")?.merchant.name, "Klarna")
    assert.isNull(findMerchant("PAYPAL *UKJENT BUTIKK"))
  })

  it.prop(
    "takes any text, and a span is always a slice of it",
    { text: Schema.String, more: Schema.String },
    ({ text, more }) => {
      for (const description of [text, `${text}KIWI ${more}`, `Til: ${text}`, `*1234 01.02 NOK 10.00 ${text} Kurs: 1.0000`]) {
        for (const word of wordsOf(description))
          assert.isTrue(word.start >= 0 && word.start < word.end && word.end <= description.length)
        const found = findMerchant(description)
        if (found !== null) assert.isTrue(found.start >= 0 && found.start < found.end && found.end <= description.length)
        const line = readLine(description)
        assert.isTrue(line.words.length === 0 || line.from < line.to)
        assert.isString(correctionKey(description))
        assert.isBoolean(isPerson(line))
      }
    }
  )

  it("reads a very long line in step with its length", () => {
    const description = "Overføring til: ".repeat(20_000) + "1".repeat(100_000) + " KIWI"
    assert.strictEqual(findMerchant(description)?.merchant.name, "KIWI")
  })
})
