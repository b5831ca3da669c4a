import { assert, describe, it } from "@effect/vitest"
import { dayNumberOf } from "../ledger/Day.ts"
import { evidenceOf } from "./Evidence.ts"
import { type Line, movesOf } from "./Matching.ts"

const accounts = { checking: "Brukskonto", savings: "Sparekonto", card: "Kredittkort", cabin: "Hytta", euro: "Eurokonto" }
type Account = keyof typeof accounts

let drawn = 0
const line = (account_id: Account, day: string, kroner: number, description: string, more: Partial<Line> = {}): Line => ({
  id: `t${String(++drawn).padStart(4, "0")}`,
  account_id,
  currency: account_id === "euro" ? "EUR" : "NOK",
  amount: BigInt(Math.round(kroner * 100)),
  day: dayNumberOf(day),
  description,
  category: "uncategorized",
  merchant_name: null,
  apart: [],
  ...more
})

const moves = (...lines: ReadonlyArray<Line>) => {
  const says = (each: Line) =>
    evidenceOf(
      each,
      Object.entries(accounts)
        .filter(([key]) => key !== each.account_id)
        .map(([, name]) => name)
    )
  const found = movesOf(lines, [], says).map(({ out, into }) => [out.id, into.id])
  assert.deepStrictEqual(
    movesOf(lines.toReversed(), [], says).map(({ out, into }) => [out.id, into.id]),
    found,
    "the order in which they are given is not to matter"
  )
  return found
}

describe("a move between own accounts", () => {
  it("is found when both banks say so", () => {
    const [out, into] = [
      line("checking", "2026-05-12", -4_000, "Overføring til Sparekonto"),
      line("savings", "2026-05-12", 4_000, "Overføring fra Brukskonto")
    ]
    assert.deepStrictEqual(moves(out, into), [[out.id, into.id]])
  })

  it("is found when one bank says little, and the money arrives after a weekend", () => {
    const [out, into] = [
      line("checking", "2026-05-15", -4_000, "Til: Hytta (1503 12 34567)"),
      line("cabin", "2026-05-18", 4_000, "Overføring")
    ]
    assert.deepStrictEqual(moves(out, into), [[out.id, into.id]])
  })

  it("is found when a card is settled by KID", () => {
    const [out, into] = [
      line("checking", "2026-05-20", -12_480.5, "Betaling med KID 00123456789017"),
      line("card", "2026-05-21", 12_480.5, "Innbetaling - takk")
    ]
    assert.deepStrictEqual(moves(out, into), [[out.id, into.id]])
  })

  it("is found across currencies when the amounts are near the rate of the year", () => {
    const out = line("checking", "2024-03-04", -5_700, "Overføring til Eurokonto")
    const into = line("euro", "2024-03-05", 490, "Overføring fra Brukskonto")
    assert.deepStrictEqual(moves(out, into), [[out.id, into.id]])
    assert.deepStrictEqual(moves(out, { ...into, amount: 39_000n }), [])
  })

  it("is not a purchase that happens to cost what was put aside", () => {
    const shop = line("checking", "2026-05-12", -500, "REMA 1000 SAGENE", { category: "groceries", merchant_name: "REMA 1000" })
    assert.deepStrictEqual(moves(shop, line("savings", "2026-05-12", 500, "Overføring")), [])
  })

  it("is not what Ola sent by Vipps, nor salary", () => {
    const into = line("savings", "2026-05-12", 500, "Overføring fra Brukskonto")
    assert.deepStrictEqual(moves(line("checking", "2026-05-12", -500, "Vipps til Ola Nordmann"), into), [])
    const salary = line("checking", "2026-05-12", 500, "Lønn FJELLTUN REGNSKAP AS")
    assert.deepStrictEqual(moves(line("savings", "2026-05-12", -500, "Overføring til Brukskonto"), salary), [])
  })

  it("is not two lines of one account, nor two lines of money in, nor five days apart", () => {
    const out = line("checking", "2026-05-12", -500, "Overføring til Sparekonto")
    assert.deepStrictEqual(moves(out, line("checking", "2026-05-12", 500, "Overføring fra Sparekonto")), [])
    assert.deepStrictEqual(moves(out, line("savings", "2026-05-17", 500, "Overføring fra Brukskonto")), [])
    assert.deepStrictEqual(moves({ ...out, amount: 50_000n }, line("savings", "2026-05-12", 500, "Overføring")), [])
  })

  it("takes the half that its text names where two would fit", () => {
    const out = line("checking", "2026-05-12", -500, "Overføring til Hytta")
    const [saved, cabin] = [
      line("savings", "2026-05-12", 500, "Overføring"),
      line("cabin", "2026-05-12", 500, "Overføring fra Brukskonto")
    ]
    assert.deepStrictEqual(moves(out, saved, cabin), [[out.id, cabin.id]])
  })

  it("is left alone where nobody could tell which half is meant", () => {
    const out = line("checking", "2026-05-12", -500, "Overføring")
    assert.deepStrictEqual(
      moves(out, line("savings", "2026-05-12", 500, "Overføring"), line("cabin", "2026-05-12", 500, "Overføring")),
      []
    )
  })

  it("is two moves when the same was moved twice on one day, each line in one", () => {
    const outs = [1, 2].map(() => line("checking", "2026-05-12", -500, "Overføring til Sparekonto"))
    const intos = [1, 2].map(() => line("savings", "2026-05-12", 500, "Overføring fra Brukskonto"))
    const found = moves(...outs, ...intos)
    assert.strictEqual(found.length, 2)
    assert.strictEqual(new Set(found.flat()).size, 4)
  })

  it("is not put together again by itself once its person has taken it apart", () => {
    const into = line("savings", "2026-05-12", 500, "Overføring fra Brukskonto")
    const out = line("checking", "2026-05-12", -500, "Overføring til Sparekonto", { apart: [into.id] })
    assert.deepStrictEqual(moves(out, into), [])
  })
})
