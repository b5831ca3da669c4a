/**
 * Standing: what comes back by itself: pay, what is owed (Obligations), the weekly class.
 *
 * Dates drift as they do: pay comes before a closed day and bills after it, a card is charged a day late now and then, a bill is paid
 * some days early. Prices stand still: what rises for good is Injection's.
 */
import type { Draw } from "@finance/core/demo/Draw"
import { addDays, type Day } from "@finance/core/ledger/Day"
import * as Book from "./Book.ts"
import { bankDayFrom, bankDayUpTo, dateIn, daysFrom, monthsFrom, numberOf, weekdayOf } from "./Calendar.ts"
import { amountAround, minor, within } from "./Chance.ts"
import { type Obligation, obligationsOf } from "./Obligations.ts"
import type { Persona } from "./Persona.ts"
import * as Wording from "./Wording.ts"
import type { Account, Cadence } from "./Year.ts"

const cadenceOf = { 1: "monthly", 3: "quarterly", 12: "yearly" } as const satisfies Record<number, Cadence>

/** Some services write a number of their own behind their name, another each month. */
const decorated = (draw: Draw, payee: string): string =>
  payee === "SPOTIFY" ? `SPOTIFY P${draw.between(100_000, 999_999)}` : payee === "GOOGLE ONE" ? "GOOGLE *GOOGLE ONE" : payee

const settle = (draw: Draw, book: Book.Book, persona: Persona, card: Account, obligation: Obligation): void => {
  const { name, payee, every, anchor = 1, months: [first, last] = [0, 99], pays, nature } = obligation
  const early = draw.chance(30) ? 3 : 0
  let nth = -1
  for (const month of monthsFrom(persona.from, persona.to)) {
    nth++
    if (nth < first || nth >= last || (numberOf(month) - anchor + 12) % every !== 0) continue
    const amount = obligation.amount(month, nth)
    if (amount === 0) continue
    const due = addDays(dateIn(month, obligation.date), -draw.below(early + 1))
    const described = Book.series(
      name,
      cadenceOf[every],
      name === "savings plan" ? "saving" : "payment",
      obligation.varies === true
    )
    const common = { day: bankDayFrom(due), nature: nature ?? "bill", who: payee } as const
    const checking = persona.checking
    if (pays === "bill" || pays === "transfer") {
      const description =
        pays === "bill"
          ? Wording.billText(draw, checking.bank, payee, common.day)
          : Wording.paymentText(draw, checking.bank, payee, "", common.day, false)
      book.within(described, book.add({ ...common, account: checking, description, amount: -minor(amount) }))
      continue
    }
    const charged = addDays(dateIn(month, obligation.date), draw.chance(15) ? 1 : 0)
    const bought = { day: charged, shop: decorated(draw, payee), account: card, ...(nature === undefined ? {} : { nature }) }
    const id =
      pays === "card"
        ? Book.buy(draw, book, persona, { ...bought, amount: minor(amount) })
        : Book.buyAbroad(draw, book, { ...bought, ...pays, cents: minor(amount), town: persona.town.name })
    book.within(described, id)
  }
}

const pay = (draw: Draw, book: Book.Book, persona: Persona): void => {
  const { checking, employer, payDate, partner, children, from, to } = persona
  for (const month of monthsFrom(from, to)) {
    const number = numberOf(month)
    const day = bankDayUpTo(dateIn(month, payDate))
    const share = number === 6 ? 1.22 : number === 12 ? 1.14 : 1
    const earned = minor(persona.pay * share * amountAround(draw, 1, share === 1 ? 0.012 : 0.03))
    const salary = { account: checking, day, nature: "income", who: employer } as const
    book.within(
      Book.series("salary", "monthly", "income", true),
      book.add({ ...salary, description: Wording.salaryText(checking.bank, employer), amount: earned })
    )
    if (partner !== null) {
      const shared = { account: checking, day: bankDayFrom(dateIn(month, 26)), nature: "income", who: partner.name } as const
      book.within(
        Book.series("partner's share", "monthly", "income", false),
        book.add({
          ...shared,
          description: Wording.paymentText(draw, checking.bank, partner.name, "felles", shared.day, true),
          amount: minor(partner.share)
        })
      )
    }
    if (children > 0) {
      const benefit = { account: checking, day: bankDayFrom(dateIn(month, 28)), nature: "income", who: "NAV" } as const
      book.within(
        Book.series("child benefit", "monthly", "income", false),
        book.add({
          ...benefit,
          description: Wording.paymentText(draw, checking.bank, "NAV", "Barnetrygd", benefit.day, true),
          amount: minor(1968 * children)
        })
      )
    }
    if (number === 6 && draw.chance(75)) {
      const refund = {
        account: checking,
        day: bankDayFrom(dateIn(month, draw.between(18, 28))),
        nature: "refund",
        who: "SKATTEETATEN"
      } as const
      book.add({
        ...refund,
        description: Wording.paymentText(draw, checking.bank, "SKATTEETATEN", "Skatteoppgjør", refund.day, true),
        amount: minor(within(draw, 900, 16_000))
      })
    }
  }
}

/** A class on the same weekday, for the same price, but not in July nor at Christmas, and now and then missed. */
const weekly = (draw: Draw, book: Book.Book, persona: Persona, card: Account, awayOn: (day: Day) => boolean): void => {
  const course = draw.pick([
    { shop: "YOGASTUDIO ROM", price: 180 },
    { shop: "KLATRESENTERET KURS", price: 150 },
    { shop: "KULTURSKOLEN PIANO", price: 320 },
    { shop: "SVØMMEKLUBBEN DELFIN", price: 125 },
    { shop: "KERAMIKKVERKSTEDET", price: 240 },
    { shop: "VASKEHJELP RENT HJEM AS", price: 690 }
  ])
  const weekday = draw.between(1, 5)
  const vipps = draw.chance(35)
  for (const day of daysFrom(persona.from, persona.to)) {
    const closed = day.slice(5, 7) === "07" || day.slice(5) >= "12-20" || day.slice(5) <= "01-04"
    if (weekdayOf(day) !== weekday || closed || awayOn(day) || draw.chance(4)) continue
    const bought = { day, shop: course.shop, amount: minor(course.price), account: vipps ? persona.checking : card, vipps }
    book.within(Book.series("weekly class", "weekly", "payment", false), Book.buy(draw, book, persona, bought))
  }
}

export const standing = (draw: Draw, book: Book.Book, persona: Persona, awayOn: (day: Day) => boolean): void => {
  const months = [...monthsFrom(persona.from, persona.to)].length
  const card = persona.credit !== null && draw.chance(50) ? persona.credit : persona.checking
  for (const obligation of obligationsOf(draw, persona, months)) settle(draw, book, persona, card, obligation)
  pay(draw, book, persona)
  if (draw.chance(55)) weekly(draw, book, persona, card, awayOn)
}
