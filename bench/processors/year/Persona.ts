/**
 * Persona: who the year is about, all of it drawn: the town and the bank, what comes in, who lives there, where and how often they buy.
 */
import { inventedAccount } from "@finance/core/demo/SpareBank1Statement"
import type { Draw } from "@finance/core/demo/Draw"
import { addDays, type Day, type Month } from "@finance/core/ledger/Day"
import { monthAfter } from "./Calendar.ts"
import { minor, pickSome, within } from "./Chance.ts"
import * as Shops from "./Shops.ts"
import type { Account, Bank } from "./Year.ts"

/** Somewhere one goes again and again. */
export interface Habit {
  readonly shop: string
  readonly median: number
  readonly spread: number
  /** How often in an ordinary week. */
  readonly weekly: number
  /** How much more or less often by weekday, from Sunday; on average 1. */
  readonly weekdays: ReadonlyArray<number>
  /** The prices there, in kroner, where there are only a few. */
  readonly prices?: ReadonlyArray<number>
  readonly repeats?: boolean
  /** In so many of a hundred visits once more the same day for the same price: there and back. */
  readonly again?: number
  readonly vipps?: boolean
}

export interface Persona {
  readonly bank: Bank
  readonly town: Shops.Town
  readonly from: Day
  readonly to: Day
  readonly checking: Account
  readonly savings: Account
  readonly credit: Account | null
  readonly euro: Account | null
  /** Kroner a month after tax. */
  readonly pay: number
  readonly payDate: number
  readonly employer: string
  readonly partner: { readonly name: string; readonly share: number } | null
  readonly children: number
  readonly owns: boolean
  readonly car: "petrol" | "electric" | null
  readonly travels: boolean
  /** Of a hundred purchases, paid by credit card. */
  readonly onCredit: number
  readonly habits: ReadonlyArray<Habit>
  readonly friends: ReadonlyArray<string>
}

const weekdays = [0.3, 1.2, 1.2, 1.2, 1.2, 1.2, 0.7]
const weekend = [0.6, 0.5, 0.5, 0.5, 0.7, 2.1, 2.1]
const saturday = [0.2, 0.3, 0.3, 0.4, 0.6, 1.6, 3.6]
const shopDays = [0.1, 1, 1, 1, 1.1, 1.4, 1.4]
const working = [0, 1.4, 1.4, 1.4, 1.4, 1.4, 0]
const anyDay = [1, 1, 1, 1, 1, 1, 1]

const habitsOf = (draw: Draw, town: Shops.Town, car: Persona["car"], purse: number): ReadonlyArray<Habit> => {
  const branch = (name: string) =>
    /\.|WOLT|FOODORA|EASYPARK|BOLT|STEAM|NORSK TIPPING|ZALANDO/.test(name) ? name : `${name} ${draw.pick(town.places)}`
  const some = (
    shops: ReadonlyArray<Shops.Shop>,
    count: number,
    weekly: number,
    days: ReadonlyArray<number>
  ): ReadonlyArray<Habit> =>
    pickSome(draw, shops, count).map(({ name, median, spread }) => ({
      shop: branch(name),
      median: median * purse * within(draw, 0.85, 1.2),
      spread: spread * within(draw, 0.8, 1.15),
      weekly: (weekly / count) * within(draw, 0.5, 1.6),
      weekdays: days
    }))
  const priced = (habits: ReadonlyArray<Habit>, count: number): ReadonlyArray<Habit> =>
    habits.map((habit) => ({
      ...habit,
      repeats: true,
      prices: Array.from({ length: count }, () => Math.round(habit.median * within(draw, 0.65, 1.5)))
    }))
  const lunch = draw.pick([55, 59, 65, 69, 75, 79])
  return [
    ...some(Shops.groceries, draw.between(2, 4), within(draw, 2, 4.5), shopDays),
    ...some(Shops.bigGroceries, draw.between(1, 2), within(draw, 0.7, 1.2), saturday),
    ...some(Shops.eatingOut, draw.between(2, 5), within(draw, 0.5, 2), weekend),
    ...some(Shops.clothes, draw.between(2, 4), within(draw, 0.3, 0.8), saturday),
    ...some(Shops.things, draw.between(3, 6), within(draw, 0.6, 1.4), saturday),
    ...some(Shops.dear, draw.between(1, 2), within(draw, 0.08, 0.2), saturday),
    ...some(Shops.pharmacies, draw.between(1, 2), within(draw, 0.2, 0.5), weekdays),
    ...some(Shops.fun, draw.between(1, 3), within(draw, 0.2, 0.6), weekend),
    ...(draw.chance(70) ? some(Shops.wine, 1, within(draw, 0.2, 0.7), weekend) : []),
    ...(draw.chance(75)
      ? priced(some(Shops.cafes, draw.between(1, 3), within(draw, 0.8, 3.5), weekdays), draw.between(3, 8))
      : []),
    ...(draw.chance(40) ? priced(some(Shops.kiosks, 1, within(draw, 0.6, 3), weekdays), draw.between(2, 6)) : []),
    ...(draw.chance(45)
      ? [
          {
            shop: draw.pick(Shops.canteens),
            median: lunch,
            spread: 0.1,
            weekly: within(draw, 1.5, 4),
            weekdays: working,
            prices: [lunch, lunch, lunch + 14],
            repeats: true
          }
        ]
      : []),
    ...(draw.chance(60)
      ? [
          {
            shop: `${town.transit} APP`,
            median: town.ticket,
            spread: 0,
            weekly: car === null ? within(draw, 1, 3) : within(draw, 0.2, 0.8),
            weekdays: anyDay,
            prices: [town.ticket],
            repeats: true,
            again: 60
          }
        ]
      : []),
    ...(car === "petrol" ? some(Shops.petrol, draw.between(1, 2), within(draw, 0.6, 1.3), weekdays) : []),
    ...(car === "electric" ? some(Shops.charging, draw.between(1, 2), within(draw, 0.3, 0.9), weekend) : []),
    ...(car === null ? [] : priced(some(Shops.parking, 1, within(draw, 0.5, 2), weekdays), 6)),
    ...(draw.chance(50)
      ? some(Shops.taxis, 1, within(draw, 0.2, 0.8), weekend).map((habit) => ({ ...habit, repeats: true }))
      : []),
    ...(draw.chance(35)
      ? [
          {
            shop: draw.pick(["BONDENS MARKED", "LOPPEMARKED", "IDRETTSLAGET KIOSK"]),
            median: 120,
            spread: 0.5,
            weekly: 0.25,
            weekdays: saturday,
            vipps: true
          }
        ]
      : [])
  ]
}

const banks: ReadonlyArray<Bank> = ["sparebank1", "dnb", "sbanken", "other"]

export const personaOf = (draw: Draw, seed: number): Persona => {
  const bank = draw.pick(banks)
  const town = draw.pick(Shops.towns)
  const first = monthAfter("2023-04" as Month, draw.below(16))
  const from = `${first}-01` as Day
  const to = addDays(`${monthAfter(first, draw.between(12, 18))}-01`, -1)
  const account = (
    key: string,
    name: string,
    type: Account["type"],
    currency: Account["currency"],
    opening: number
  ): Account => ({
    key,
    name,
    type,
    currency,
    number: inventedAccount(`${seed} ${key}`),
    bank,
    opening_balance: minor(opening)
  })
  const pay = Math.round(within(draw, 26_000, 56_000))
  const car = draw.chance(62) ? draw.pick(["petrol", "petrol", "electric"] as const) : null
  return {
    bank,
    town,
    from,
    to,
    checking: account(
      "checking",
      draw.pick(["Brukskonto", "Lønnskonto", "Felleskonto"]),
      "checking",
      "NOK",
      within(draw, 9_000, 48_000)
    ),
    savings: account(
      "savings",
      draw.pick(["Sparekonto", "Bufferkonto", "Høyrente"]),
      "savings",
      "NOK",
      within(draw, 60_000, 320_000)
    ),
    credit: draw.chance(70) ? account("credit", draw.pick(["Kredittkort", "Mastercard", "Visa Gold"]), "credit", "NOK", 0) : null,
    euro: draw.chance(30)
      ? account("euro", draw.pick(["Valutakonto", "Eurokonto"]), "checking", "EUR", within(draw, 300, 1800))
      : null,
    pay,
    payDate: draw.pick([12, 15, 20, 25]),
    employer: draw.pick(Shops.employers),
    partner: draw.chance(45)
      ? { name: draw.pick(Shops.people), share: Math.round(within(draw, 5_000, 14_000) / 500) * 500 }
      : null,
    children: draw.chance(40) ? draw.between(1, 2) : 0,
    owns: draw.chance(55),
    car,
    travels: draw.chance(80),
    onCredit: draw.pick([5, 15, 35, 60]),
    habits: habitsOf(draw, town, car, Math.sqrt(pay / 38_000)),
    friends: pickSome(draw, Shops.people, draw.between(5, 12))
  }
}
