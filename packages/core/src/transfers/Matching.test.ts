import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { drawFrom } from "../demo/Draw.ts"
import { addDays } from "../ledger/Day.ts"
import { type Leg, numbersOf, type OwnAccount } from "./Leg.ts"
import { matchesAmong, type Pair } from "./Matching.ts"
import type { KnownRate } from "./Rates.ts"

const accounts: ReadonlyArray<OwnAccount> = [
  { id: "checking", name: "Brukskonto", account_type: "checking" },
  { id: "savings", name: "Høyrente", account_type: "savings" },
  { id: "holiday", name: "Ferie", account_type: "savings" },
  { id: "card", name: "Mastercard", account_type: "credit" },
  { id: "euro", name: "Eurokonto", account_type: "checking" }
]

type On = "checking" | "savings" | "holiday" | "card" | "euro"

const leg = (account_id: On, day: string, kroner: number, description: string, id = `${account_id} ${day} ${kroner}`): Leg => ({
  id,
  account_id,
  day,
  amount: BigInt(Math.round(kroner * 100)),
  currency: account_id === "euro" ? "EUR" : "NOK",
  description,
  numbers: numbersOf(description, null),
  apart_from: []
})

const pairsOf = (legs: ReadonlyArray<Leg>): ReadonlyArray<Pair> =>
  legs.flatMap((out) => legs.filter((into) => out.amount < 0n && into.amount > 0n).map((into) => [out, into] as const))

const linked = (legs: ReadonlyArray<Leg>, rates: ReadonlyArray<KnownRate> = []) =>
  matchesAmong(pairsOf(legs), { accounts, rates }).map(({ out, into, evidence }) => [out.id, into.id, evidence.kind] as const)

const isLinked = (...legs: ReadonlyArray<Leg>) => linked(legs).length === 1
const apart = (...legs: ReadonlyArray<Leg>) => assert.deepStrictEqual(linked(legs), [])

describe("two legs of one move are linked", () => {
  it("when both texts say so", () => {
    const out = leg("checking", "2025-01-13", -4_000, "Overføring til Sparekonto")
    const into = leg("savings", "2025-01-13", 4_000, "Overføring fra Brukskonto")
    assert.deepStrictEqual(linked([out, into]), [[out.id, into.id, "words"]])
  })

  it("when they are up to four days apart, whichever comes first, and not five", () => {
    const out = leg("checking", "2025-01-10", -4_000, "Overføring mellom egne kontoer")
    for (const day of ["2025-01-06", "2025-01-14"]) assert.isTrue(isLinked(out, leg("savings", day, 4_000, "Overføring")))
    for (const day of ["2025-01-05", "2025-01-15"]) apart(out, leg("savings", day, 4_000, "Overføring"))
  })

  it("when a credit card is settled, whatever the bank calls the card", () => {
    const settled = leg("card", "2025-01-22", 8_431.27, "Innbetaling")
    for (const text of [
      "Betaling kredittkort",
      "Nettgiro til: Mastercard Betalt: 20.01.25",
      "Nettgiro til: Sparebank 1 Kreditt AS"
    ])
      assert.isTrue(isLinked(leg("checking", "2025-01-20", -8_431.27, text), settled), text)
  })

  it("by an account number or a KID that both hold", () => {
    const out = leg("checking", "2025-01-13", -500, "Til: 1234.56.78901 Betalt: 13.01.25")
    const into = leg("savings", "2025-01-14", 500, "Innskudd 12345678901")
    assert.deepStrictEqual(linked([out, into]), [[out.id, into.id, "number"]])
    const bill = leg("checking", "2025-01-20", -2_000, "Nettgiro m/KID 0091234567 Bank Norwegian")
    assert.isTrue(isLinked(bill, leg("card", "2025-01-21", 2_000, "Innbetaling KID 0091234567")))
  })

  it("between currencies, within ten per cent of the rate", () => {
    const out = leg("checking", "2025-01-13", -2_340, "Overføring til Eurokonto")
    const into = (euros: number) => leg("euro", "2025-01-14", euros, "Overføring fra Brukskonto")
    assert.deepStrictEqual(linked([out, into(200)])[0]?.[2], "exchange")
    apart(out, into(170))
  })

  it("between currencies at a rate that is far from the usual, once the person has changed money at it", () => {
    const out = leg("checking", "2031-01-13", -3_000, "Overføring til Eurokonto")
    const into = leg("euro", "2031-01-13", 200, "Overføring fra Brukskonto")
    apart(out, into)
    assert.lengthOf(linked([out, into], [{ from: "EUR", to: "NOK", rate: 15.2, day: "2030-12-01" }]), 1)
    const stated = leg("checking", "2031-01-13", -3_000, "Overføring til Eurokonto Kurs: 15.0000")
    assert.isTrue(isLinked(stated, into))
  })
})

describe("equal amounts alone are no move (2)", () => {
  it("a friend's Vipps and a gift card, a salary and the rent, a bill and a refund", () => {
    apart(leg("checking", "2025-01-13", 500, "Vipps fra Kari Nordmann"), leg("card", "2025-01-13", -500, "GAVEKORT NORSK"))
    apart(leg("savings", "2025-01-12", 14_000, "FJELLTUN REGNSKAP AS"), leg("checking", "2025-01-14", -14_000, "Til: Utleie AS"))
    apart(leg("checking", "2025-01-12", -799, "Nettgiro til: Altibox AS"), leg("card", "2025-01-14", 799, "ZALANDO"))
  })

  it("money to somebody else, when the text names another account than the one it came to", () => {
    apart(
      leg("checking", "2025-01-13", -500, "Overføring til Ferie"),
      leg("savings", "2025-01-13", 500, "Overføring fra Brukskonto")
    )
  })

  it("two lines of one account", () => {
    const back = leg("checking", "2025-01-14", 500, "Overføring fra Sparekonto")
    apart(leg("checking", "2025-01-13", -500, "Overføring til Sparekonto"), back)
  })

  it("what the person has parted", () => {
    const out = leg("checking", "2025-01-13", -4_000, "Overføring til Sparekonto")
    const into = leg("savings", "2025-01-13", 4_000, "Overføring fra Brukskonto")
    apart({ ...out, apart_from: [into.id] }, into)
    apart(out, { ...into, apart_from: [out.id] })
  })
})

describe("of several candidates (3)", () => {
  it("the nearest day is taken, and the text that names the account before one that does not", () => {
    const near = leg("checking", "2025-01-13", -500, "Overføring til egen konto")
    const far = leg("checking", "2025-01-10", -500, "Overføring til egen konto")
    const into = leg("savings", "2025-01-13", 500, "Overføring")
    assert.deepStrictEqual(
      linked([far, near, into]).map(([out]) => out),
      [near.id]
    )
    const named = leg("checking", "2025-01-13", -500, "Overføring til Høyrente", "named")
    assert.deepStrictEqual(
      linked([near, named, into]).map(([out]) => out),
      ["named"]
    )
  })

  it("none is taken when two accounts have just as good a claim, until something tells them apart", () => {
    const out = leg("checking", "2025-01-13", -500, "Overføring til egen konto")
    const [one, other] = (["savings", "holiday"] as const).map((on) => leg(on, "2025-01-13", 500, "Overføring"))
    apart(out, one!, other!)
    const second = leg("checking", "2025-01-13", -500, "Overføring til Ferie", "second")
    assert.sameDeepMembers(
      linked([out, second, one!, other!]).map(([out, into]) => [out, into]),
      [
        [out.id, one!.id],
        ["second", other!.id]
      ]
    )
  })

  it("the earlier go together when nothing else tells them apart", () => {
    const outs = ["a", "b"].map((id) => leg("checking", "2025-01-13", -500, "Overføring til Sparekonto", `out ${id}`))
    const ins = ["a", "b"].map((id) => leg("savings", "2025-01-13", 500, "Overføring fra Brukskonto", `in ${id}`))
    assert.deepStrictEqual(
      linked([...outs, ...ins]).map(([out, into]) => [out, into]),
      [
        ["out a", "in a"],
        ["out b", "in b"]
      ]
    )
  })
})

describe("1, 4: whatever the lines", () => {
  const texts = [
    "Overføring til Høyrente",
    "Overføring",
    "Overføring fra Brukskonto",
    "Innbetaling",
    "Til: Kari Nordmann",
    "Ferie"
  ]
  it.prop(
    "none is in two moves, and the order they are given in does not matter",
    [Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 }))],
    ([seed]) => {
      const draw = drawFrom(seed)
      const legs = Array.from({ length: draw.between(2, 24) }, (_, nth) =>
        leg(
          draw.pick<On>(["checking", "savings", "holiday"]),
          addDays("2025-01-10", draw.below(6)),
          draw.pick([500, -500, 1_000, -1_000]),
          draw.pick(texts),
          `l${nth}`
        )
      )
      const links = linked(legs)
      const ids = links.flatMap(([out, into]) => [out, into])
      assert.strictEqual(new Set(ids).size, ids.length)
      assert.deepStrictEqual(linked(legs.toReversed()), links)
    },
    { arbitrary: { runs: 300 } }
  )
})
