/**
 * Everyday: what is bought day by day, given and received between people, returned, and had only once: the noise in which anything out
 * of the ordinary has to be seen.
 */
import type { Draw } from "@finance/core/demo/Draw"
import { addDays, type Day } from "@finance/core/ledger/Day"
import * as Book from "./Book.ts"
import { bankDaysAfter, bankDayFrom, daysFrom, weekdayOf } from "./Calendar.ts"
import { amountAround, happens, minor, pickSome, within } from "./Chance.ts"
import type { Habit, Persona } from "./Persona.ts"
import * as Shops from "./Shops.ts"
import * as Wording from "./Wording.ts"

/** Shops price in whole kroner and nines; a trolley adds up to anything. */
const priced = (draw: Draw, habit: Habit): bigint => {
  if (habit.prices !== undefined) return minor(draw.pick(habit.prices))
  const kroner = Math.max(12, amountAround(draw, habit.median, habit.spread))
  return draw.chance(55) ? minor(kroner) : minor(Math.floor(kroner) + draw.pick([0, 0, 0.9, 0.5]))
}

const visit = (draw: Draw, book: Book.Book, persona: Persona, habit: Habit, day: Day): void => {
  const { shop, again = 0, repeats = false, vipps = false } = habit
  const credit = !vipps && !repeats && draw.chance(persona.onCredit) ? persona.credit : null
  const bought: Book.Bought = { day, shop, amount: priced(draw, habit), account: credit ?? persona.checking, repeats, vipps }
  const id = Book.buy(draw, book, persona, bought)
  if (draw.chance(again)) Book.buy(draw, book, persona, bought)
  if (!repeats && !vipps && /H&M|ZALANDO|CUBUS|ZARA|XXL|LINDEX|KOMPLETT|IKEA|CLAS/.test(shop) && draw.chance(9))
    giveBack(draw, book, persona, id)
}

/** A purchase returned whole, some days later. */
const giveBack = (draw: Draw, book: Book.Book, persona: Persona, id: string): void => {
  const line = book.lines.find((line) => line.id === id)!
  const account = [persona.checking, persona.credit].find((account) => account?.key === line.account)!
  const day = bankDaysAfter(addDays(line.day, draw.between(2, 14)), 0)
  const description = Wording.purchaseText(draw, {
    account,
    bought: day,
    shop: line.who,
    town: persona.town.name,
    amount: -line.amount
  })
  book.add({ account, day, description, amount: -line.amount, nature: "refund", who: line.who })
}

const sums = [50, 80, 100, 100, 120, 150, 150, 200, 200, 250, 300, 340, 400, 500, 75, 65, 180]
const messages = ["", "", "Takk for sist", "pizza", "bursdag", "kino", "strøm", "Gave"]

const betweenPeople = (draw: Draw, book: Book.Book, persona: Persona, day: Day): void => {
  const into = draw.chance(38)
  const kroner = draw.chance(75) ? draw.pick(sums) : Math.round(within(draw, 40, 900))
  const friend = draw.pick(persona.friends)
  const description = Wording.vippsText(draw, persona.bank, friend, draw.pick(messages), into)
  book.add({
    account: persona.checking,
    day,
    description,
    amount: minor(kroner) * (into ? 1n : -1n),
    nature: "person",
    who: friend,
    repeats: true
  })
}

/** A gift card for just what a friend paid, on the other account: equal, close in time, and no move of money. */
const coincidence = (draw: Draw, book: Book.Book, persona: Persona, day: Day): void => {
  const amount = minor(draw.pick([200, 300, 500, 500, 1000]))
  const friend = draw.pick(persona.friends)
  const description = Wording.vippsText(draw, persona.bank, friend, "Gave", true)
  book.add({ account: persona.checking, day, description, amount, nature: "person", who: friend, repeats: true })
  if (persona.credit === null) return
  Book.buy(draw, book, persona, {
    day: addDays(day, draw.between(0, 2)),
    shop: draw.pick(["GAVEKORT NORSK", "ARK", "NORLI"]),
    amount,
    account: persona.credit
  })
}

const onceInAWhile = (draw: Draw, book: Book.Book, persona: Persona, awayOn: (day: Day) => boolean): void => {
  const days = [...daysFrom(persona.from, persona.to)].filter((day) => weekdayOf(day) !== 0 && !awayOn(day))
  for (const { names, least, most, card } of pickSome(draw, Shops.onceInAWhile, draw.between(3, 6))) {
    const day = draw.pick(days)
    const shop = draw.pick(names)
    const amount = minor(Math.round(Math.exp(within(draw, Math.log(least), Math.log(most)))))
    const account = draw.chance(persona.onCredit) ? (persona.credit ?? persona.checking) : persona.checking
    if (draw.chance(card)) Book.buy(draw, book, persona, { day, shop, amount, account })
    else {
      const paid = bankDayFrom(day)
      book.add({
        account: persona.checking,
        day: paid,
        description: Wording.billText(draw, persona.bank, shop, paid),
        amount: -amount,
        nature: "bill",
        who: shop
      })
    }
  }
}

const hairdresser = (draw: Draw, book: Book.Book, persona: Persona): void => {
  const shop = draw.pick(Shops.hair)
  const price = draw.pick([299, 349, 449, 595, 690, 890, 1190])
  for (let day = addDays(persona.from, draw.between(3, 50)); day <= persona.to; day = addDays(day, draw.between(32, 70))) {
    Book.buy(draw, book, persona, {
      day: weekdayOf(day) === 0 ? addDays(day, 1) : day,
      shop,
      amount: minor(price + draw.pick([0, 0, 0, 100, 150])),
      account: persona.checking
    })
  }
}

export const everyday = (draw: Draw, book: Book.Book, persona: Persona, awayOn: (day: Day) => boolean): void => {
  const social = within(draw, 0.4, 1.8)
  const december = pickSome(draw, Shops.gifts, draw.between(4, 7))
  for (const day of daysFrom(persona.from, persona.to)) {
    if (happens(draw, social / 7)) betweenPeople(draw, book, persona, day)
    if (happens(draw, 1 / 160)) coincidence(draw, book, persona, day)
    if (awayOn(day)) continue
    const advent = day.slice(5) >= "12-01" && day.slice(5) <= "12-23"
    for (const habit of persona.habits) {
      const busier = advent && habit.repeats !== true ? 1.25 : 1
      if (happens(draw, Math.min(0.95, (habit.weekly * habit.weekdays[weekdayOf(day)]! * busier) / 7)))
        visit(draw, book, persona, habit, day)
    }
    if (advent && weekdayOf(day) !== 0 && draw.chance(30)) {
      const { name, median, spread } = draw.pick(december)
      const account = draw.chance(persona.onCredit) ? (persona.credit ?? persona.checking) : persona.checking
      Book.buy(draw, book, persona, {
        day,
        shop: `${name} ${persona.town.places[0]}`,
        amount: minor(Math.max(60, amountAround(draw, median, spread))),
        account
      })
    }
  }
  onceInAWhile(draw, book, persona, awayOn)
  if (draw.chance(70)) hairdresser(draw, book, persona)
}
