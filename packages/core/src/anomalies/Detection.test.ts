import { assert, describe, it } from "@effect/vitest"
import { correctionKey } from "../categorizer/MerchantName.ts"
import { noKnowledge } from "../categorizer/Knowledge.ts"
import { categorizeLines } from "../categorizer/RuleCategorizer.ts"
import { demoLedger } from "../demo/DemoLedger.ts"
import { drawFrom } from "../demo/Draw.ts"
import type { Category, CategoryOrNone } from "../ledger/Category.ts"
import type { Day } from "../ledger/Day.ts"
import { languages, textOf } from "../ledger/Explanation.ts"
import type { AnomalyType } from "./Anomaly.ts"
import { findingsOf } from "./Detection.ts"
import type { Finding } from "./Finding.ts"
import { type Habits, sizeOf } from "./Habits.ts"
import { keyOf, type Lessons, noLessons } from "./Lessons.ts"
import { byTime, dayNumberOf, isSpending, type Line, payeeOf } from "./Line.ts"

const start = dayNumberOf("2025-01-01")
let count = 0

interface Payment {
  readonly day: number
  readonly kroner: number
  readonly merchant?: string
  readonly category?: CategoryOrNone
  readonly by_hand?: boolean
}

const line = ({ day, kroner, merchant = "REMA 1000", category = "groceries", by_hand = false }: Payment): Line => ({
  id: String(count++).padStart(6, "0"),
  day: start + day,
  spent: Math.round(kroner * 100),
  currency: "NOK",
  merchant,
  category,
  by_hand,
  import_id: null
})

const habitsOf = (lines: ReadonlyArray<Line>): Habits => {
  const categories = new Map<CategoryOrNone, Map<number, number>>()
  for (const { category, spent } of lines.filter(isSpending)) {
    const sizes = categories.get(category) ?? new Map<number, number>()
    categories.set(category, sizes.set(sizeOf(spent), (sizes.get(sizeOf(spent)) ?? 0) + 1))
  }
  return { categories, first_day: Math.min(...lines.map(({ day }) => day)) }
}

const draw = drawFrom("habits")

/** Two payments a week at one shop, between the amounts. */
const visits = (merchant: string, category: Category, least: number, most: number, weeks = 20) =>
  Array.from({ length: 2 * weeks }, (_, visit) =>
    line({ day: Math.floor(visit * 3.5), kroner: draw.between(least * 10, most * 10) / 10, merchant, category })
  )

/** A life that is nothing out of the ordinary. */
const ordinary = [...visits("KIWI", "groceries", 60, 420), ...visits("Clas Ohlson", "shopping", 90, 500)]

/** What is said of the payment, when the others are known. */
const said = (others: ReadonlyArray<Line>, payment: Line, lessons: Lessons = noLessons): ReadonlyArray<Finding> => {
  const everything = [...ordinary, ...others, payment]
  const history = everything.filter(({ merchant }) => merchant === payment.merchant).sort(byTime)
  return findingsOf(history, history.indexOf(payment), habitsOf(everything), lessons)
}

const typesOf = (findings: ReadonlyArray<Finding>): ReadonlyArray<AnomalyType> => findings.map(({ type }) => type)
const scoreIn = (findings: ReadonlyArray<Finding>): number => findings[0]?.score ?? 0

const monthly = (merchant: string, category: Category, kroner: number, months: number) =>
  Array.from({ length: months }, (_, month) => line({ day: Math.round(30.44 * month), kroner, merchant, category }))

describe("an unusual amount", () => {
  const rema = visits("REMA 1000", "groceries", 100, 500)

  it("is many times what is paid at a shop, and not what is a bit more than ever", () => {
    assert.deepStrictEqual(typesOf(said(rema, line({ day: 141, kroner: 3_900 }))), ["unusual_amount"])
    for (const kroner of [90, 300, 520, 700]) assert.deepStrictEqual(said(rema, line({ day: 141, kroner })), [], String(kroner))
  })

  it("is told with what is usual there, and with what it was compared with", () => {
    const [finding] = said(rema, line({ day: 141, kroner: 3_900 }))
    const ids = new Set(rema.map(({ id }) => id))
    assert.isTrue(finding!.evidence.length > 0 && finding!.evidence.length <= 10 && finding!.evidence.every((id) => ids.has(id)))
    assert.strictEqual(finding!.explanation.params["amount"], "3900.00")
    assert.isTrue(Number(finding!.explanation.params["usual"]) >= 100 && Number(finding!.explanation.params["usual"]) <= 500)
  })

  it("surprises the more, the larger it is", () => {
    const scores = [2_500, 3_900, 8_000, 40_000].map((kroner) => scoreIn(said(rema, line({ day: 141, kroner }))))
    assert.deepStrictEqual(scores, scores.toSorted())
    assert.isTrue(scores.at(-1)! <= 1 && scores[0]! < scores.at(-1)!)
  })

  it("is three times a subscription that has no spread at all, and not a tenth more", () => {
    const netflix = monthly("Netflix", "subscriptions", 159, 12)
    const billed = (kroner: number) => line({ day: 366, kroner, merchant: "Netflix", category: "subscriptions" })
    assert.deepStrictEqual(typesOf(said(netflix, billed(639))), ["unusual_amount"])
    assert.notInclude(typesOf(said(netflix, billed(175))), "unusual_amount")
  })

  it("is not the monthly ticket among single ones, nor what was paid before at another time", () => {
    const ruter = visits("Ruter", "transport", 42, 84)
    assert.deepStrictEqual(said(ruter, line({ day: 60, kroner: 897, merchant: "Ruter", category: "transport" })), [])
    const large = line({ day: 50, kroner: 2_900 })
    assert.deepStrictEqual(said([...rema, large], line({ day: 141, kroner: 2_900 })), [])
  })

  it("where a shop is hardly known is held against the whole category", () => {
    const few = [100, 120, 110].map((kroner, visit) => line({ day: visit * 20, kroner, merchant: "Nille", category: "shopping" }))
    const bought = (kroner: number) => line({ day: 100, kroner, merchant: "Nille", category: "shopping" })
    assert.deepStrictEqual(said(few, bought(450)), [], "others of its kind cost that")
    const [finding] = said(few, bought(9_000))
    assert.strictEqual(finding!.explanation.code, "anomaly.unusual-amount-in-category")
  })
})

describe("an unusual merchant", () => {
  const outlet = (kroner: number, day = 120, category: CategoryOrNone = "uncategorized") =>
    line({ day, kroner, merchant: "Nordic Gadget Outlet", category })

  it("is somebody new who is paid more than nearly anybody", () => {
    assert.deepStrictEqual(typesOf(said([], outlet(14_900))), ["unusual_merchant"])
    assert.deepStrictEqual(said([], outlet(700)), [])
  })

  it("is nobody while everything is new", () => assert.deepStrictEqual(said([], outlet(14_900, 20)), []))

  it("is nobody who has been paid before", () => {
    assert.notInclude(typesOf(said([outlet(12_000, 80)], outlet(14_900))), "unusual_merchant")
  })

  it("is no hotel on a journey, and no dentist, at what such things cost", () => {
    assert.deepStrictEqual(said([], outlet(9_000, 120, "travel")), [])
    assert.deepStrictEqual(said([], outlet(6_000, 120, "health")), [])
    assert.deepStrictEqual(said([], line({ day: 120, kroner: 6_000, merchant: "Tannlege Holm", category: "uncategorized" })), [])
  })
})

describe("a duplicate", () => {
  const peppes = (day: number, kroner = 689, by_hand = false) =>
    line({ day, kroner, merchant: "Peppes Pizza", category: "dining", by_hand })

  it("is the same amount at the same shop within two days, the later one", () => {
    const first = peppes(100)
    const [finding] = said([first], peppes(102))
    assert.strictEqual(finding!.type, "duplicate")
    assert.deepStrictEqual(finding!.evidence, [first.id])
    assert.deepStrictEqual(said([first], peppes(103)), [])
    assert.deepStrictEqual(said([first], peppes(101, 690)), [])
  })

  it("is said to be by hand and from the bank where it is", () => {
    const [finding] = said([peppes(100, 689, true)], peppes(101))
    assert.strictEqual(finding!.explanation.code, "anomaly.duplicate-by-hand")
  })

  it("is not two tickets, two coffees, two of what is a trifle, nor two moves of money", () => {
    const pairs: ReadonlyArray<readonly [string, CategoryOrNone, number]> = [
      ["Ruter", "transport", 84],
      ["EasyPark", "transport", 300],
      ["Kaffebrenneriet", "dining", 138],
      ["Narvesen", "groceries", 99],
      ["Kiwi", "groceries", 29],
      ["Kari", "transfer", 5_000],
      ["Arbeidsgiver", "income", 50_000]
    ]
    for (const [merchant, category, kroner] of pairs) {
      const twice = [100, 100].map((day) => line({ day, kroner, merchant, category }))
      assert.deepStrictEqual(said([twice[0]!], twice[1]!), [], merchant)
    }
  })

  it("surprises less where a person often pays the same twice", () => {
    const habit = [0, 1, 14, 15, 28, 29, 42, 43, 56, 57].map((day) =>
      line({ day, kroner: 150, merchant: "Yogastudio", category: "health" })
    )
    assert.deepStrictEqual(
      said(
        [...habit, line({ day: 70, kroner: 150, merchant: "Yogastudio", category: "health" })],
        line({ day: 71, kroner: 150, merchant: "Yogastudio", category: "health" })
      ),
      []
    )
  })

  it("of a subscription is told, for all that it costs the same every month", () => {
    const spotify = monthly("Spotify", "subscriptions", 189, 8)
    assert.deepStrictEqual(
      typesOf(said(spotify, line({ day: 214, kroner: 189, merchant: "Spotify", category: "subscriptions" }))),
      ["duplicate"]
    )
  })
})

describe("a change of price", () => {
  const next = (kroner: number, days = 244) => line({ day: days, kroner, merchant: "Spotify", category: "subscriptions" })
  const spotify = monthly("Spotify", "subscriptions", 189, 8)

  it("is the first payment that is dearer or cheaper, with by how much", () => {
    const [rise] = said(spotify, next(219))
    assert.strictEqual(rise!.explanation.code, "anomaly.price-rise")
    assert.strictEqual(rise!.explanation.params["percent"], "15.9")
    const [drop] = said(spotify, next(159))
    assert.strictEqual(drop!.explanation.code, "anomaly.price-drop")
    assert.lengthOf(said(spotify, next(189)), 0)
  })

  it("is told once: the next payment at the new price is no news", () => {
    assert.deepStrictEqual(said([...spotify, next(219)], next(219, 274)), [])
  })

  it("is found though dates drift, a month is left out, and other things are bought there", () => {
    const drifting = [0, 33, 59, 92, 150].map((day) => line({ day, kroner: 189, merchant: "Spotify", category: "subscriptions" }))
    const others = [10, 40, 90].map((day) => line({ day, kroner: 39, merchant: "Spotify", category: "subscriptions" }))
    assert.deepStrictEqual(typesOf(said([...drifting, ...others], next(219, 182))), ["price_change"])
  })

  it("is found for what is paid every quarter, and for what a lender is paid", () => {
    const quarters = [0, 91, 182].map((day) => line({ day, kroner: 3_912, merchant: "Gjensidige", category: "utilities" }))
    assert.deepStrictEqual(
      typesOf(said(quarters, line({ day: 273, kroner: 4_218, merchant: "Gjensidige", category: "utilities" }))),
      ["price_change"]
    )
    const loan = [0, 30, 61, 91].map((day) => line({ day, kroner: 1_600, merchant: "Lånekassen", category: "transfer" }))
    assert.deepStrictEqual(typesOf(said(loan, line({ day: 122, kroner: 1_719, merchant: "Lånekassen", category: "transfer" }))), [
      "price_change"
    ])
  })

  it("is not power that costs another sum every month, nor lunch", () => {
    const power = [1_300, 1_180, 900, 640].map((kroner, month) =>
      line({ day: month * 30, kroner, merchant: "Tibber", category: "utilities" })
    )
    assert.deepStrictEqual(said(power, line({ day: 120, kroner: 720, merchant: "Tibber", category: "utilities" })), [])
    const lunch = Array.from({ length: 20 }, (_, day) =>
      line({ day: day * 2, kroner: 69, merchant: "Eurest", category: "dining" })
    )
    assert.deepStrictEqual(said(lunch, line({ day: 42, kroner: 79, merchant: "Eurest", category: "dining" })), [])
  })
})

describe("what a person dismissed", () => {
  it("is usual from then on, with some room above it, and of that shop alone", () => {
    const rema = visits("REMA 1000", "groceries", 100, 500)
    const lessons: Lessons = new Map([[keyOf("unusual_amount", "REMA 1000"), { times: 1, size: 390_000 }]])
    assert.deepStrictEqual(said(rema, line({ day: 141, kroner: 4_200 }), lessons), [])
    assert.lengthOf(said(rema, line({ day: 141, kroner: 40_000 }), lessons), 1)
    const elsewhere: Lessons = new Map([[keyOf("unusual_amount", "KIWI"), { times: 5, size: 9_000_000 }]])
    assert.lengthOf(said(rema, line({ day: 141, kroner: 4_200 }), elsewhere), 1)
  })

  it("asks for more surprise each time", () => {
    const first = line({ day: 100, kroner: 389, merchant: "Clas Ohlson", category: "shopping" })
    const second = line({ day: 101, kroner: 389, merchant: "Clas Ohlson", category: "shopping" })
    const after = (times: number) =>
      said([first], second, new Map([[keyOf("duplicate", "Clas Ohlson"), { times, size: 1 }]])).length
    assert.deepStrictEqual([0, 1, 4].map(after), [1, 1, 0])
  })
})

describe("whom a line pays", () => {
  const payee = (name: string | null, category: CategoryOrNone, text: string) => payeeOf(name, category, text, correctionKey)

  it("is the merchant, else what the bank's text has in its place", () => {
    assert.strictEqual(payee("KIWI", "groceries", "KIWI 505 TORSHOV"), "KIWI")
    assert.strictEqual(payee(null, "other", "Prislagte tjenester"), "prislagte tjenester")
  })

  it("is nobody in a move between accounts, told or not", () => {
    for (const text of ["Til: 96572497510 Betalt: 25.05.24", "Visa Gold (98101239501)", "Betaling med KID 00986257162307"]) {
      assert.strictEqual(payee(null, "uncategorized", text), "", text)
    }
    assert.strictEqual(payee("Kron", "transfer", "Kron AS"), "")
    assert.strictEqual(payee("Lånekassen", "transfer", "LÅNEKASSEN"), "Lånekassen")
  })
})

describe("two years of the demo household", () => {
  const lines = demoLedger("2026-11-22" as Day).accounts.flatMap(({ lines }) => lines)
  const said = categorizeLines(
    lines.map(({ description, amount }) => ({ description, amount, currency: "NOK" })),
    noKnowledge
  )
  const all = lines.map(({ day, description, amount }, index): Line => {
    const { merchant_name, category } = said[index]!
    return {
      id: String(index).padStart(6, "0"),
      day: dayNumberOf(day),
      spent: -Number(amount),
      currency: "NOK",
      merchant: payeeOf(merchant_name, category, description, correctionKey),
      category,
      by_hand: false,
      import_id: "file"
    }
  })
  const spent = all.filter(({ spent }) => spent > 0)
  const habits = habitsOf(spent)
  const found = [...Map.groupBy(spent, ({ merchant }) => merchant).values()].flatMap((own) => {
    const history = own.sort(byTime)
    return history.flatMap((_, index) => (history[0]!.merchant === "" ? [] : findingsOf(history, index, habits, noLessons)))
  })

  it("hold the double charge and the price rise that they were made with, and little besides", () => {
    const told = found.map(({ type, line }) => `${type} ${line.merchant}`)
    assert.includeMembers(told, [
      "duplicate Peppes Pizza",
      "price_change Spotify",
      "price_change Ruter",
      "price_change Gjensidige"
    ])
    assert.isAtMost(found.length, 8)
  })

  it("are told of in three languages, with amounts as each writes them, and nothing left to fill in", () => {
    for (const { explanation } of found) {
      for (const language of languages) {
        const text = textOf(explanation, language)
        assert.notMatch(text, /[{}]|undefined|NaN/, text)
        assert.include(text, explanation.params["merchant"]!)
      }
    }
    const double = found.find(({ type }) => type === "duplicate")!
    assert.match(textOf(double.explanation, "nb"), /^689,00\s?kr til Peppes Pizza 2 ganger innen to døgn\./)
    assert.match(textOf(double.explanation, "nn"), /gonger innan to døgn/)
    assert.match(textOf(double.explanation, "en"), /^NOK\s?689\.00 to Peppes Pizza 2 times within 48 hours\./)
  })
})
