/**
 * Injection: what a person would want to hear of, put into a year that has none of it. It reads the year alone and knows nothing of how
 * anything is detected.
 *
 * What is believable.
 *  - unusual_amount: one purchase in a shop where six or more were made before becomes four to twelve times the median there, and at least
 *    half as much again as the most ever paid there: within what somebody pays anyway, nobody could call it unusual.
 *  - unusual_merchant: a card is charged by somebody never paid before, more than all but one in two hundred of the year's card
 *    purchases, after two months or more: while everything is new, nothing is.
 *  - duplicate: a purchase is charged once more, the same day or up to two later, where nobody buys the same for the same price again so
 *    soon: no tickets, cafés, canteens, kiosks, parking, and nothing between people.
 *  - price_change: what is charged every month for a fixed price becomes 8 to 40 % dearer and stays so, after three payments or more.
 *    The first payment of the new price is the one to tell of.
 *
 * Three to six of each in a year, as far as there is room for them; no line is touched twice.
 */
import { type Draw, drawFrom } from "@finance/core/demo/Draw"
import { inventedAccount } from "@finance/core/demo/SpareBank1Statement"
import { addDays, type Day } from "@finance/core/ledger/Day"
import { bankDaysAfter } from "./Calendar.ts"
import { minor, pickSome, within } from "./Chance.ts"
import * as Wording from "./Wording.ts"
import type { Account, Anomaly, Line, Year } from "./Year.ts"
import { inOrder } from "./YearOf.ts"

interface Altered {
  readonly year: Year
  readonly draw: Draw
  readonly lines: Map<string, Line>
  readonly touched: Set<string>
  readonly anomalies: Array<Anomaly>
}

const settled = 60
const known = 6

const decimals = (amount: bigint) => `${amount / 100n}.${String(amount % 100n).padStart(2, "0")}`

/** The line with another amount, in its text too where the bank writes it there. */
const charged = (line: Line, amount: bigint): Line => ({
  ...line,
  amount: -amount,
  description: line.description.replace(`NOK ${decimals(-line.amount)}`, `NOK ${decimals(amount)}`)
})

const median = (values: ReadonlyArray<bigint>): bigint => values.toSorted((a, b) => Number(a - b))[values.length >> 1]!

const isPurchase = ({ nature, amount, repeats }: Line) => nature === "purchase" && amount < 0n && !repeats

const unusualAmounts = ({ year, draw, lines, touched, anomalies }: Altered, count: number): void => {
  const visits = Map.groupBy(year.lines.filter(isPurchase), ({ who }) => who)
  for (const visited of pickSome(
    draw,
    [...visits.values()].filter((visited) => visited.length > known),
    count
  )) {
    const nth = draw.between(known, visited.length - 1)
    const line = visited[nth]!
    const before = visited.slice(0, nth).map(({ amount }) => -amount)
    const most = before.reduce((most, amount) => (amount > most ? amount : most), 0n)
    const times = BigInt(Math.round(within(draw, 4, 12) * 100))
    const wanted = (median(before) * times) / 100n
    const least = (most * 3n) / 2n
    lines.set(line.id, charged(line, wanted > least ? wanted : least))
    touched.add(line.id)
    anomalies.push({ type: "unusual_amount", line: line.id, beside: null })
  }
}

const strangers = [
  "GLOBALSHOP247.COM",
  "LUXWATCH TRADING LTD",
  "BALTIC PAYGATE OU",
  "MEGADEAL ELECTRONICS DXB",
  "TICKETSRESALE.EU",
  "ORIENT CARPETS ISTANBUL",
  "GULLSMED AASENG",
  "HARBOUR MARINE SUPPLY",
  "KUNSTGALLERI NORDLYS",
  "EBIKE DIRECT GMBH",
  "PRO AUDIO WAREHOUSE",
  "VELVET ROOM NIGHTCLUB",
  "DRONE FACTORY OUTLET",
  "ANTIKVARIAT BRUHEIM",
  "SKIPSHANDEL KYSTEN",
  "FASTCOIN EXCHANGE",
  "DESIGNER BAGS MILANO",
  "HAGEMØBEL IMPORT",
  "SEAVIEW YACHT CHARTER",
  "TRAVELBOOK ONLINE LTD"
]
const currencies = [
  ["USD", 10.6],
  ["EUR", 11.6],
  ["GBP", 13.5]
] as const

/** What 995 of 1,000 card purchases do not exceed, in øre. */
const rarely = (year: Year): bigint => {
  const kroner = new Set(year.accounts.filter(({ currency }) => currency === "NOK").map(({ key }) => key))
  const spent = year.lines.filter(({ nature, amount, account }) => nature === "purchase" && amount < 0n && kroner.has(account))
  const sorted = spent.map(({ amount }) => -amount).toSorted((a, b) => Number(a - b))
  return sorted[Math.floor(sorted.length * 0.995)] ?? minor(3000)
}

const daysBetween = (from: Day, to: Day) => Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000)

const strangerText = (draw: Draw, year: Year, account: Account, bought: Day, shop: string, amount: bigint): string => {
  const purchase = { account, bought, shop, town: year.town, amount }
  if (draw.chance(50)) return Wording.purchaseText(draw, purchase)
  const [currency, rate] = draw.pick(currencies)
  return Wording.abroadText({ ...purchase, currency, rate, cents: BigInt(Math.round(Number(amount) / rate)) })
}

const unusualMerchants = ({ year, draw, lines, touched, anomalies }: Altered, count: number): void => {
  const cards = year.accounts.filter(({ key }) => key === "checking" || key === "credit")
  const large = Number(rarely(year))
  for (const who of pickSome(draw, strangers, count)) {
    const account = draw.pick(cards)
    const bought = addDays(year.from, draw.between(settled, daysBetween(year.from, year.to) - 4))
    const amount = BigInt(Math.round(large * within(draw, 1.1, 2.6)))
    const id = `X${String(lines.size + 1).padStart(5, "0")}`
    lines.set(id, {
      id,
      account: account.key,
      day: account.type === "credit" ? bankDaysAfter(bought, 1) : bought,
      description: strangerText(draw, year, account, bought, who, amount),
      amount: -amount,
      nature: "purchase",
      who,
      repeats: false,
      counterpart: inventedAccount(who)
    })
    touched.add(id)
    anomalies.push({ type: "unusual_merchant", line: id, beside: null })
  }
}

const duplicates = ({ year, draw, lines, touched, anomalies }: Altered, count: number): void => {
  const chargeable = year.lines.filter(
    (line) => (isPurchase(line) || line.nature === "subscription") && line.amount <= -minor(50) && !touched.has(line.id)
  )
  const inTime = chargeable.filter(({ day }) => addDays(day, 2) <= year.to)
  for (const line of pickSome(draw, inTime, count)) {
    const id = `X${String(lines.size + 1).padStart(5, "0")}`
    lines.set(id, { ...line, id, day: addDays(line.day, draw.pick([0, 0, 1, 1, 2])) })
    touched.add(line.id).add(id)
    anomalies.push({ type: "duplicate", line: id, beside: line.id })
  }
}

/** As services price: whole kroner, mostly ending on nine. */
const dearer = (draw: Draw, price: bigint): bigint => {
  const kroner = Math.round((Number(price) / 100) * within(draw, 1.08, 1.4))
  const nine = Math.floor(kroner / 10) * 10 + 9
  const most = (Number(price) / 100) * 1.4
  return minor(draw.chance(60) && nine <= most ? nine : Math.max(kroner, Math.ceil((Number(price) / 100) * 1.08)))
}

const priceChanges = ({ year, draw, lines, touched, anomalies }: Altered, count: number): void => {
  const of = new Map(year.lines.map((line) => [line.id, line]))
  const fixed = year.truth.series.filter(
    ({ cadence, kind, varies, lines }) => cadence === "monthly" && kind === "payment" && !varies && lines.length >= 5
  )
  for (const series of pickSome(draw, fixed, count)) {
    const from = draw.between(3, series.lines.length - 1)
    const price = dearer(draw, -of.get(series.lines[0]!)!.amount)
    for (const id of series.lines.slice(from)) {
      lines.set(id, charged(of.get(id)!, price))
      touched.add(id)
    }
    anomalies.push({ type: "price_change", line: series.lines[from]!, beside: series.lines[from - 1]! })
  }
}

/** The year with anomalies, and what they are. The same for the same year and seed. */
export const injected = (year: Year, seed: number): Year => {
  const draw = drawFrom(`anomalies ${seed}`)
  const altered: Altered = {
    year,
    draw,
    lines: new Map(year.lines.map((line) => [line.id, line])),
    touched: new Set(),
    anomalies: []
  }
  const some = () => draw.between(3, 6)
  priceChanges(altered, some())
  unusualAmounts(altered, some())
  unusualMerchants(altered, some())
  duplicates(altered, some())
  return { ...year, lines: inOrder([...altered.lines.values()]), truth: { ...year.truth, anomalies: altered.anomalies } }
}
