/**
 * SpareBank1File: a bank file of any length, for measuring.
 */
import { addDays, type Day } from "../ledger/Day.ts"
import { type Draw, drawFrom } from "./Draw.ts"
import { drawnShop, price, purchase } from "./Household.ts"
import * as Shops from "./Shops.ts"
import { type DemoLine, inventedAccount, newestFirst, toStatement } from "./SpareBank1Statement.ts"

const everyday: ReadonlyArray<ReadonlyArray<Shops.Shop>> = [
  Shops.groceries,
  Shops.groceries,
  Shops.weekendGroceries,
  Shops.dining,
  Shops.transport
]
const known: ReadonlyArray<Shops.Shop> = [...everyday, Shops.shopping, Shops.gifts, Shops.entertainment, Shops.health].flat()

const lastDay = "2025-12-31" as Day
const span = 3 * 365

const posting = (draw: Draw, day: Day): DemoLine => {
  const received = draw.chance(40)
  const amount = BigInt(draw.between(50, 2500)) * (received ? 100n : -100n)
  return draw.pick<DemoLine>([
    { day, description: `Vipps ${received ? "fra" : "til"} ${draw.pick(Shops.people)}`, amount },
    { day, description: `Overføring ${received ? "fra" : "til"} Sparekonto`, amount },
    { day, description: "Lønn FJELLTUN REGNSKAP AS", amount: BigInt(draw.between(30_000, 45_000)) * 100n }
  ])
}

const small = (draw: Draw, day: Day): DemoLine => {
  const text = `${draw.pick(Shops.smallBusinesses.first)} ${draw.pick(Shops.smallBusinesses.last)} ${draw.pick(["OSLO", "BERGEN", "HAMAR", "BODØ"])}`
  return purchase(draw, day, text, price(draw, { text, least: 60, most: 1900, weight: 1 }))
}

const ordinary = (draw: Draw, day: Day): DemoLine => {
  const kind = draw.below(100)
  if (kind < 15) return small(draw, day)
  if (kind < 22) return posting(draw, day)
  const shop = drawnShop(draw, known)
  return purchase(draw, day, shop.text, price(draw, shop))
}

/**
 * So many believable rows over about three years, newest first: of a hundred some 15 are of shops that no list knows, 7 are
 * between people and accounts, and one in two hundred is an exact twin of another. The same rows and seed give the same file.
 */
export const sparebank1File = (rows: number, seed: number): string => {
  const draw = drawFrom(seed)
  const lines: Array<DemoLine> = []
  while (lines.length < rows) {
    const twin = lines.length > 0 && draw.below(200) === 0 ? lines.at(-1) : undefined
    lines.push(twin ?? ordinary(draw, addDays(lastDay, -draw.below(span))))
  }
  return toStatement(newestFirst(lines), inventedAccount("benchmark"))
}
