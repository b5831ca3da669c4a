/**
 * Moves: money between a person's own accounts: the monthly saving, the card's settlement, top-ups and surpluses, euros bought and sold.
 * The two legs are booked up to three days apart, and each is worded by the bank of its own account.
 */
import { type Draw } from "@finance/core/demo/Draw"
import { addDays, type Day, daysOfMonth, type Month } from "@finance/core/ledger/Day"
import type { Book } from "./Book.ts"
import * as Bookkeeping from "./Book.ts"
import { bankDayFrom, dateIn, monthAfter, monthsFrom, numberOf } from "./Calendar.ts"
import { minor, within } from "./Chance.ts"
import type { Persona } from "./Persona.ts"
import * as Wording from "./Wording.ts"
import type { Account } from "./Year.ts"

/** Most arrive the same day, a card's settlement later, and weekends in between make it more. */
const drift = [0, 0, 0, 0, 0, 1, 1, 2, 3]
const cardDrift = [0, 1, 1, 1, 2, 2, 3]

interface Move {
  readonly from: Account
  readonly to: Account
  readonly day: Day
  readonly out: bigint
  /** Minor units of the receiving account's currency. */
  readonly into: bigint
}

const move = (draw: Draw, book: Book, persona: Persona, { from, to, day, out, into }: Move): readonly [string, string] | null => {
  const arrives = addDays(day, draw.pick(to.type === "credit" ? cardDrift : drift))
  if (arrives > persona.to) return null
  const legs = [
    book.add({
      account: from,
      day,
      description: Wording.moveText(draw, from, to, day, false),
      amount: -out,
      nature: "move",
      who: to.name,
      counterpart: to.number
    }),
    book.add({
      account: to,
      day: arrives,
      description: Wording.moveText(draw, to, from, arrives, true),
      amount: into,
      nature: "move",
      who: from.name,
      counterpart: from.number
    })
  ] as const
  book.transfers.push(legs)
  return legs
}

const balanceOn = (book: Book, account: Account, day: Day): bigint =>
  book.lines.reduce(
    (sum, line) => (line.account === account.key && line.day <= day ? sum + line.amount : sum),
    account.opening_balance
  )

const settleCard = (draw: Draw, book: Book, persona: Persona, credit: Account, month: Month): void => {
  const { to } = daysOfMonth(monthAfter(month, -1))
  const owed = -balanceOn(book, credit, to)
  const day = bankDayFrom(dateIn(month, 20))
  if (owed <= 0n || day > persona.to) return
  move(draw, book, persona, { from: persona.checking, to: credit, day, out: owed, into: owed })
}

const exchange = (draw: Draw, book: Book, persona: Persona, euro: Account, month: Month): void => {
  const day = bankDayFrom(dateIn(month, draw.between(3, 25)))
  const rate = within(draw, 11.3, 11.9)
  const spread = within(draw, 0.985, 0.998)
  const euros = minor(draw.pick([50, 100, 150, 200, 300, 500]))
  const kroner = BigInt(Math.round(Number(euros) * rate))
  const enough = balanceOn(book, euro, day) > euros * 2n
  if (enough && draw.chance(40)) {
    const received = BigInt(Math.round(Number(kroner) * spread))
    move(draw, book, persona, { from: euro, to: persona.checking, day, out: euros, into: received })
  } else
    move(draw, book, persona, {
      from: persona.checking,
      to: euro,
      day,
      out: kroner,
      into: BigInt(Math.round(Number(euros) * spread))
    })
}

/** Bought with the euros: so that the account is used for something. */
const spendEuros = (draw: Draw, book: Book, persona: Persona, euro: Account, month: Month): void => {
  const shops = ["AMAZON.DE", "THOMANN", "MUJI EUROPE", "RYANAIR", "DEUTSCHE BAHN", "STEAM EU"]
  for (let count = draw.below(3); count > 0; count--) {
    const day = dateIn(month, draw.between(1, 28))
    const shop = draw.pick(shops)
    book.add({ account: euro, day, description: shop, amount: -minor(within(draw, 8, 74)), nature: "purchase", who: shop })
  }
}

const keepLevel = (draw: Draw, book: Book, persona: Persona, month: Month): void => {
  const { checking, savings, pay } = persona
  const day = dateIn(month, draw.between(22, 27))
  const left = balanceOn(book, checking, day)
  const thousands = (kroner: number) => minor(Math.max(1, Math.round(kroner / 1000)) * 1000)
  const least = minor(pay * 0.2)
  const most = minor(pay * 1.1)
  if (left < least) {
    const wanted = thousands(Number(least - left) / 100 + within(draw, 1000, 9000))
    const saved = balanceOn(book, savings, day)
    const amount = wanted < saved ? wanted : saved
    if (amount > 0n) move(draw, book, persona, { from: savings, to: checking, day, out: amount, into: amount })
  } else if (left > most) {
    const amount = thousands(Number(left - most) / 100 + within(draw, 1000, 9000))
    move(draw, book, persona, { from: checking, to: savings, day, out: amount, into: amount })
  }
  if (!draw.chance(25)) return
  const small = minor(draw.pick([200, 300, 500, 500, 1000, 1500, 2000]))
  const on = dateIn(month, draw.between(2, 20))
  const [from, to] = draw.chance(50) ? [savings, checking] : [checking, savings]
  move(draw, book, persona, { from, to, day: on, out: small, into: small })
}

/** Comes last: what is moved depends on what was spent. */
export const moves = (draw: Draw, book: Book, persona: Persona): void => {
  const { checking, savings, credit, euro } = persona
  const saved = minor(Math.round((persona.pay * within(draw, 0.04, 0.12)) / 500) * 500)
  const saves = draw.chance(85)
  const date = Math.min(28, persona.payDate + draw.between(0, 2))
  for (const month of monthsFrom(persona.from, persona.to)) {
    if (saves) {
      const legs = move(draw, book, persona, {
        from: checking,
        to: savings,
        day: bankDayFrom(dateIn(month, date)),
        out: saved,
        into: saved
      })
      if (legs !== null) book.within(Bookkeeping.series("monthly saving", "monthly", "saving", false), legs[0])
    }
    if (credit !== null) settleCard(draw, book, persona, credit, month)
    if (euro !== null) {
      spendEuros(draw, book, persona, euro, month)
      if (draw.chance(45)) exchange(draw, book, persona, euro, month)
    }
    keepLevel(draw, book, persona, month)
    if (numberOf(month) === 12) {
      const day = daysOfMonth(month).to
      const interest = (balanceOn(book, savings, day) * 31n) / 1000n
      if (interest > 0n && day <= persona.to)
        book.add({ account: savings, day, description: "Kreditrenter", amount: interest, nature: "bank", who: "bank" })
    }
    if (checking.bank !== "other" && daysOfMonth(month).to <= persona.to)
      book.within(
        Bookkeeping.series("bank's fee", "monthly", "payment", true),
        book.add({
          account: checking,
          day: bankDayFrom(daysOfMonth(month).to),
          description: "Prislagte tjenester",
          amount: -minor(draw.pick([15, 25, 25, 30, 45])),
          nature: "bank",
          who: "bank"
        })
      )
  }
}
