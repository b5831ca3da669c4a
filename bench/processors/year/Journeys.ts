/**
 * Journeys: a holiday abroad with its new shops and another currency, paid ahead for the flight, and a few nights in the country.
 */
import type { Draw } from "@finance/core/demo/Draw"
import { addDays, type Day } from "@finance/core/ledger/Day"
import * as Book from "./Book.ts"
import { daysFrom, monthAfter, monthsFrom, numberOf } from "./Calendar.ts"
import { amountAround, minor, pickWeighted, within } from "./Chance.ts"
import type { Persona } from "./Persona.ts"
import * as Shops from "./Shops.ts"

export interface Journey {
  readonly from: Day
  readonly to: Day
  readonly abroad: Shops.Abroad | null
}

const months = [2, 4, 6, 7, 7, 8, 9, 10]

/** Where the person goes, if anywhere: one journey abroad, and one in the country. */
export const journeysOf = (draw: Draw, persona: Persona): ReadonlyArray<Journey> => {
  const begins = [...monthsFrom(persona.from, persona.to)].slice(2, -1)
  const starting = (month: number): Day | null => {
    const found = begins.find((begin) => numberOf(begin) === month)
    return found === undefined ? null : addDays(`${found}-01`, draw.between(1, 18))
  }
  const abroad = persona.travels ? starting(draw.pick(months)) : null
  const home = draw.chance(50) ? starting(draw.pick([2, 3, 7, 10, 11])) : null
  return [
    ...(abroad === null ? [] : [{ from: abroad, to: addDays(abroad, draw.between(4, 13)), abroad: draw.pick(Shops.abroad) }]),
    ...(home === null ? [] : [{ from: home, to: addDays(home, draw.between(2, 5)), abroad: null }])
  ]
}

export const journeys = (draw: Draw, book: Book.Book, persona: Persona, all: ReadonlyArray<Journey>): void => {
  const account = persona.credit ?? persona.checking
  for (const { from, to, abroad } of all) {
    const people = 1 + (persona.partner === null ? 0 : 1) + persona.children
    if (abroad === null) {
      const amount = minor(Math.round(within(draw, 1400, 5200)))
      Book.buy(draw, book, persona, { day: from, shop: draw.pick(Shops.cabins), amount, account })
      continue
    }
    const ahead = addDays(`${monthAfter(from.slice(0, 7) as never, -1)}-01`, draw.between(0, 20))
    if (ahead >= persona.from) {
      const fare = minor(Math.round(within(draw, 1100, 2600) * people))
      Book.buy(draw, book, persona, { day: ahead, shop: draw.pick(Shops.airlines), amount: fare, account })
    }
    const there = { currency: abroad.currency, rate: abroad.rate, account, town: abroad.hotel.split(" ").at(-1)! }
    const nights = [...daysFrom(from, to)]
    const nightly = minor((within(draw, 620, 1100) / abroad.rate) * nights.length)
    Book.buyAbroad(draw, book, { ...there, day: from, shop: abroad.hotel, cents: nightly })
    const shops = abroad.shops.map((shop, index) => ({ ...shop, weight: 1 / (1 + index) }))
    for (const day of nights) {
      for (let count = draw.between(1, 3); count > 0; count--) {
        const { name, median, spread } = pickWeighted(draw, shops)
        Book.buyAbroad(draw, book, { ...there, day, shop: name, cents: minor(amountAround(draw, median, spread)) })
      }
    }
  }
}
