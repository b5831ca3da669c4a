import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { identityOf, withOrdinals, type Identifiable, type Occurrences } from "./LineIdentity.ts"

const line = (description: string, amount = -9900n, booking_date = "2025-01-15", currency = "NOK"): Identifiable => ({
  booking_date,
  amount,
  currency,
  description
})

/** What an account holds, as the store keeps it: how many lines with each identity. */
class Account {
  readonly stored = new Map<string, number>()

  /** Takes a file in and tells how many of its lines were new (invariant 1). */
  take(lines: Iterable<Identifiable>): number {
    let added = 0
    for (const { identity, ordinal } of withOrdinals(lines)) {
      if (ordinal <= (this.stored.get(identity) ?? 0)) continue
      this.stored.set(identity, ordinal)
      added++
    }
    return added
  }
}

const Ledger = Schema.Array(
  Schema.Struct({
    day: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 })),
    amount: Schema.Int.check(Schema.isBetween({ minimum: -2, maximum: 2 })),
    shop: Schema.Literals(["KIWI", "Rema 1000", "Café Ærlig"])
  })
)

const linesOf = (ledger: typeof Ledger.Type): ReadonlyArray<Identifiable & { readonly day: number }> =>
  ledger.map(({ day, amount, shop }) => ({ ...line(shop, BigInt(amount), `2025-01-0${day}`), day }))

const size = (stored: ReadonlyMap<string, number>): number => [...stored.values()].reduce((total, count) => total + count, 0)

describe("LineIdentity", () => {
  it("keeps two equal purchases on one day as two, and finds both again in the next export", () => {
    const account = new Account()
    assert.strictEqual(account.take([line("RUTER"), line("KIWI"), line("KIWI")]), 3)
    assert.strictEqual(account.take([line("KIWI"), line("KIWI"), line("KIWI"), line("HUSLEIE")]), 2)
  })

  it("is the same whatever the bank does to case, padding and the form of its letters (3)", () => {
    const same = [
      "Café  Ærlig Straße",
      "CAFÉ ÆRLIG STRASSE",
      " cafe\u0301 ærlig\u00a0strasse ",
      "Cafe\u0301 Ærlig ＳＴＲＡＳＳＥ"
    ]
    assert.strictEqual(new Set(same.map((text) => identityOf(line(text)))).size, 1)
  })

  it("is another with another date, amount, currency or text (3)", () => {
    const others = [
      line("KIWI"),
      line("KIWI 2"),
      line("KIWI", 9900n),
      line("KIWI", -9900n, "2025-01-16"),
      line("KIWI", -9900n, "2025-01-15", "SEK")
    ]
    assert.strictEqual(new Set(others.map(identityOf)).size, others.length)
  })

  it("gives for ever what it gives now, for identities are kept (5)", () => {
    assert.strictEqual(identityOf(line("  KIWI Majorstuen\u202f505 ")), "2025-01-15|-9900|NOK|kiwi majorstuen 505")
    assert.strictEqual(identityOf(line("ŒUVRE №1", 1n)), "2025-01-15|1|NOK|œuvre no1")
  })

  it.prop("normalising what is normal changes nothing", { text: Schema.String }, ({ text }) => {
    const once = identityOf(line(text)).split("|").slice(3).join("|")
    assert.strictEqual(identityOf(line(once)), identityOf(line(text)))
  })

  it.prop("the same file twice, or its rows in another order, adds nothing (2)", { ledger: Ledger }, ({ ledger }) => {
    const lines = linesOf(ledger)
    const account = new Account()
    assert.strictEqual(account.take(lines), lines.length)
    assert.strictEqual(account.take(lines), 0)
    assert.strictEqual(account.take(lines.toReversed()), 0)
    assert.strictEqual(size(account.stored), lines.length)
  })

  it.prop(
    "exports of overlapping periods together hold every purchase exactly once (2)",
    { ledger: Ledger, cuts: Schema.Tuple([Schema.Int, Schema.Int]) },
    ({ ledger, cuts }) => {
      const lines = linesOf(ledger)
      const [from, to] = cuts.map((cut) => Math.abs(cut) % 10).toSorted() as [number, number]
      const account = new Account()
      const earlier = lines.filter(({ day }) => day <= to)
      const later = lines.filter(({ day }) => day >= from)
      assert.strictEqual(account.take(earlier) + account.take(later), lines.length)
      assert.strictEqual(account.take(lines), 0)
    }
  )

  it.prop("a file in chunks counts as one file", { ledger: Ledger, chunk: Schema.Int }, ({ ledger, chunk }) => {
    const lines = linesOf(ledger)
    const rows = 1 + (Math.abs(chunk) % 5)
    const seen: Occurrences = new Map()
    const chunks = Array.from({ length: Math.ceil(lines.length / rows) }, (_, at) => lines.slice(at * rows, (at + 1) * rows))
    assert.deepStrictEqual(
      chunks.flatMap((lines) => [...withOrdinals(lines, seen)]),
      [...withOrdinals(lines)]
    )
  })

  it("asks for a line only when it is asked for one", () => {
    let asked = 0
    const endless = function* () {
      for (;;) {
        asked++
        yield line("KIWI")
      }
    }
    const first = withOrdinals(endless()).take(3).toArray()
    assert.deepStrictEqual(
      first.map(({ ordinal }) => ordinal),
      [1, 2, 3]
    )
    assert.strictEqual(asked, 3)
  })
})
