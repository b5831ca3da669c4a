/**
 * Household: an invented family in Oslo, month by month. Each month is drawn from its own name, so that a later end day adds to
 * the story and does not retell it.
 */
import { addDays, type Day, daysOfMonth, type Month } from "../ledger/Day.ts"
import { type Draw, drawFrom } from "./Draw.ts"
import * as Shops from "./Shops.ts"
import type { DemoLine } from "./SpareBank1Statement.ts"

/** What a month brings, by account. */
export interface MonthOfLines {
  readonly checking: ReadonlyArray<DemoLine>
  readonly credit: ReadonlyArray<DemoLine>
}

const kr = (kroner: number): bigint => BigInt(kroner) * 100n

const dayOf = (month: Month, date: number): Day => `${month}-${String(date).padStart(2, "0")}` as Day

/** 0 is Sunday. */
const weekdayOf = (day: Day): number => new Date(`${day}T00:00:00Z`).getUTCDay()

/** Pay comes on the Friday before when its day is in a weekend. */
const payday = (month: Month, date: number): Day => {
  const day = dayOf(month, date)
  const weekday = weekdayOf(day)
  return weekday === 6 ? addDays(day, -1) : weekday === 0 ? addDays(day, -2) : day
}

/** `dd.mm`, as within a bank's text. */
export const shortDate = (day: Day): string => `${day.slice(8)}.${day.slice(5, 7)}`

export const drawnShop = <A extends Shops.Shop>(draw: Draw, shops: ReadonlyArray<A>): A => {
  let left = draw.below(shops.reduce((sum, { weight }) => sum + weight, 0))
  return shops.find(({ weight }) => (left -= weight) < 0)!
}

/** What a purchase there costs, in øre: most end on 0 or 90, groceries on anything. */
export const price = (draw: Draw, { least, most }: Shops.Shop): bigint =>
  kr(draw.between(least, most - 1)) + BigInt(draw.pick([0, 0, 90, 50, draw.below(100)]))

/** As SpareBank 1 writes a card purchase: the shop alone, or with card, day and amount. */
export const purchase = (draw: Draw, bought: Day, text: string, amount: bigint): DemoLine =>
  draw.chance(65)
    ? { day: bought, description: text, amount: -amount }
    : {
        day: bought,
        description: `*4821 ${shortDate(bought)} NOK ${amount / 100n}.${String(amount % 100n).padStart(2, "0")} ${text} Kurs: 1.0000`,
        amount: -amount
      }

const buy = (draw: Draw, day: Day, shops: ReadonlyArray<Shops.Shop>): DemoLine => {
  const shop = drawnShop(draw, shops)
  return purchase(draw, day, shop.text, price(draw, shop))
}

const bill = (day: Day, payee: string, amount: bigint): DemoLine => ({
  day,
  description: `Nettgiro til: ${payee} Betalt: ${shortDate(day)}.${day.slice(2, 4)}`,
  amount: -amount
})

/** Power through the year, against July. */
const cold = [5, 5, 4, 3, 2, 1, 1, 1, 2, 3, 4, 5]

const fixedLines = (month: Month, monthsIn: number): ReadonlyArray<DemoLine> => {
  const draw = drawFrom(`fixed ${month}`)
  const number = Number(month.slice(5))
  const winter = cold[number - 1]!
  const raise = monthsIn >= 12 ? 104 : 100
  const pay = (kroner: number) => (kr(kroner) * BigInt(raise)) / 100n
  const lines: Array<DemoLine> = [
    {
      day: payday(month, 12),
      description: "Lønn FJELLTUN REGNSKAP AS",
      amount: pay(number === 6 ? 44_180 : number === 12 ? 40_320 : 36_412)
    },
    {
      day: payday(month, 25),
      description: "Lønn BRYGGEVEIEN DESIGN AS",
      amount: pay(number === 6 ? 39_760 : number === 12 ? 36_290 : 32_875)
    },
    { day: dayOf(month, 28), description: "NAV", amount: kr(1968) },
    { day: dayOf(month, 15), description: "Terminbeløp boliglån", amount: -kr(24_610) - BigInt(draw.below(9000)) },
    bill(dayOf(month, 20), "OBOS Eiendomsforvaltning AS", kr(4168)),
    bill(dayOf(month, 18), "Tibber Norge AS", kr(180 + winter * 310) + BigInt(draw.below(16_000))),
    bill(dayOf(month, 19), "Elvia AS", kr(290 + winter * 110) + BigInt(draw.below(6000))),
    bill(dayOf(month, 16), "Telenor Norge AS", kr(698)),
    bill(dayOf(month, 16), "Ice Communication Norge AS", kr(349)),
    bill(dayOf(month, 22), "Fjellinjen AS", kr(draw.between(310, 690))),
    bill(dayOf(month, 14), "SATS Norway AS", kr(549)),
    bill(dayOf(month, 21), "Røde Kors", kr(250)),
    bill(dayOf(month, 15), "Santander Consumer Bank", kr(3890)),
    { day: dayOf(month, 1), description: "RUTER MÅNEDSKORT", amount: -kr(monthsIn >= 12 ? 985 : 897) },
    { day: dayOf(month, 13), description: "Overføring til Sparekonto", amount: -kr(4000) },
    {
      day: dayOf(month, 13),
      description: `Til: Kron AS Betalt: ${shortDate(dayOf(month, 13))}.${month.slice(2, 4)}`,
      amount: -kr(1500)
    },
    { day: daysOfMonth(month).to, description: "Prislagte tjenester", amount: -kr(25) }
  ]
  if (number !== 7) lines.push(bill(dayOf(month, 15), "Læringsverkstedet AS", kr(2000)))
  if (number % 3 === 1) lines.push(bill(dayOf(month, 10), "Gjensidige Forsikring ASA", kr(monthsIn >= 12 ? 4218 : 3912)))
  if (number === 6)
    lines.push({ day: dayOf(month, 24), description: "SKATTEETATEN", amount: kr(draw.between(6200, 14_800)) + 37n })
  if (number === 3) lines.push(bill(dayOf(month, 20), "Statens vegvesen", kr(1120)))
  return lines
}

const rhythmLines = (month: Month): ReadonlyArray<DemoLine> => {
  const draw = drawFrom(`rhythm ${month}`)
  const number = Number(month.slice(5))
  const lines: Array<DemoLine> = []
  for (let date = 1; date <= Number(daysOfMonth(month).to.slice(8)); date++) {
    const day = dayOf(month, date)
    const weekday = weekdayOf(day)
    const away = number === 7 && date >= 8 && date <= 21
    const weekend = weekday === 5 || weekday === 6
    const advent = number === 12 && date <= 23
    const often = (percent: number, shops: ReadonlyArray<Shops.Shop>) => {
      if (draw.chance(percent)) lines.push(buy(draw, day, shops))
    }
    if (away) continue
    if (weekday !== 0) often(weekend ? 45 : 72, Shops.groceries)
    if (weekend) often(62, Shops.weekendGroceries)
    if (advent) often(20, Shops.weekendGroceries)
    often(weekday === 0 ? 25 : 58, Shops.dining)
    often(weekend ? 25 : 38, Shops.transport)
    often(weekday === 6 ? 45 : 17, Shops.shopping)
    if (advent) often(36, Shops.gifts)
    often(weekend ? 24 : 6, Shops.entertainment)
    often(8, Shops.health)
    often(4, Shops.unknown)
    if (draw.chance(20)) lines.push(vipps(draw, day))
  }
  return lines
}

const vipps = (draw: Draw, day: Day): DemoLine => {
  const received = draw.chance(35)
  return {
    day,
    description: `Vipps ${received ? "fra" : "til"} ${draw.pick(Shops.people)}`,
    amount: kr(draw.pick([50, 80, 100, 120, 150, 200, 250, 300, 340, 400, 500])) * (received ? 1n : -1n)
  }
}

/** Rates in ten-thousandths of a krone. */
const rates: Readonly<Record<string, readonly [least: number, most: number]>> = {
  EUR: [115_200, 118_900],
  DKK: [15_410, 15_920],
  USD: [101_300, 109_800]
}

const foreign = (draw: Draw, day: Day, currency: string, cents: number, text: string): DemoLine => {
  const rate = draw.between(...rates[currency]!)
  const amount = (BigInt(cents) * BigInt(rate) + 5000n) / 10_000n
  const inCurrency = `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, "0")}`
  const atRate = `${Math.floor(rate / 10_000)}.${String(rate % 10_000).padStart(4, "0")}`
  return { day, description: `*7719 ${shortDate(day)} ${currency} ${inCurrency} ${text} Kurs: ${atRate}`, amount: -amount }
}

const subscriptionLines = (month: Month, monthsIn: number): ReadonlyArray<DemoLine> => {
  const draw = drawFrom(`subscriptions ${month}`)
  const paid = (date: number, description: string, kroner: number): DemoLine => ({
    day: dayOf(month, date),
    description,
    amount: -kr(kroner)
  })
  return [
    // the one price rise that an attentive eye should find
    paid(4, "SPOTIFY STOCKHOLM", monthsIn >= 16 ? 219 : 189),
    paid(7, "NETFLIX.COM", 159),
    paid(9, "APPLE.COM/BILL", 39),
    paid(11, "HBO MAX", 129),
    paid(17, "AFTENPOSTEN", 299),
    paid(23, "TV 2 PLAY", 179),
    foreign(draw, dayOf(month, 19), "USD", 2000, "OPENAI CHATGPT SUBSCR")
  ]
}

const journeyLines = (month: Month): ReadonlyArray<DemoLine> => {
  const draw = drawFrom(`journey ${month}`)
  const [year, number] = month.split("-").map(Number) as [number, number]
  const south = year % 2 === 0
  if (number === 2) {
    const description = south ? "NORWEGIAN AIR SHUTTLE" : "DFDS SEAWAYS"
    return [{ day: dayOf(month, 6), description, amount: -kr(draw.between(4900, 7800)) }]
  }
  if (number !== 7) return []
  const shops = south ? Shops.crete : Shops.denmark
  const lines = [
    foreign(draw, dayOf(month, 8), south ? "EUR" : "DKK", south ? 64_000 : 480_000, `AIRBNB HM${draw.between(1000, 9999)}`)
  ]
  for (let date = 8; date <= 21; date++) {
    for (let count = draw.between(1, 2); count > 0; count--) {
      const shop = drawnShop(draw, shops)
      lines.push(foreign(draw, dayOf(month, date), shop.currency, draw.between(shop.least * 100, shop.most * 100), shop.text))
    }
  }
  return lines
}

/** The month, `monthsIn` months into the story. */
export const linesOf = (month: Month, monthsIn: number): MonthOfLines => ({
  checking: [...fixedLines(month, monthsIn), ...rhythmLines(month)],
  credit: [...subscriptionLines(month, monthsIn), ...journeyLines(month)]
})
