/**
 * Book: the lines as they come about, each with an id, and the series and moves that they are known to belong to.
 */
import type { Draw } from "@finance/core/demo/Draw"
import { inventedAccount } from "@finance/core/demo/SpareBank1Statement"
import { addDays, type Day } from "@finance/core/ledger/Day"
import { bankDayFrom, bankDaysAfter } from "./Calendar.ts"
import type { Persona } from "./Persona.ts"
import * as Wording from "./Wording.ts"
import type { Account, Cadence, Line, Series } from "./Year.ts"

export interface Book {
  readonly lines: Array<Line>
  readonly series: Array<Series>
  readonly transfers: Array<readonly [string, string]>
  readonly add: (line: Omit<Line, "id" | "account" | "counterpart" | "repeats"> & Entry) => string
  /** Adds a line to a series, which is named when its first line is. */
  readonly within: (series: Omit<Series, "lines">, id: string) => void
}

export interface Entry {
  readonly account: Account
  readonly counterpart?: string
  readonly repeats?: boolean
}

/** What is booked after the last day is in nobody's export yet. */
export const newBook = (): Book => {
  const lines: Array<Line> = []
  const series = new Map<string, Omit<Series, "lines"> & { readonly lines: Array<string> }>()
  return {
    lines,
    transfers: [],
    get series() {
      return [...series.values()]
    },
    add: ({ account, counterpart, repeats, ...line }) => {
      const id = `L${String(lines.length + 1).padStart(5, "0")}`
      lines.push({
        id,
        ...line,
        account: account.key,
        counterpart: counterpart ?? inventedAccount(line.who),
        repeats: repeats ?? false
      })
      return id
    },
    within: (described, id) => {
      const known = series.get(described.name)
      if (known === undefined) series.set(described.name, { ...described, lines: [id] })
      else known.lines.push(id)
    }
  }
}

/** When a card purchase is booked: credit cards and two of the banks wait for a bank day. */
const booked = (draw: Draw, account: Account, bought: Day): Day => {
  if (account.type === "credit") return bankDaysAfter(addDays(bought, 1), draw.below(2))
  if (account.bank === "dnb" || account.bank === "sbanken") return bankDayFrom(bought)
  return draw.chance(80) ? bought : addDays(bought, 1)
}

export interface Bought {
  readonly day: Day
  readonly shop: string
  /** Øre, positive. */
  readonly amount: bigint
  readonly account: Account
  readonly repeats?: boolean
  readonly vipps?: boolean
  readonly nature?: Line["nature"]
}

export const buy = (draw: Draw, book: Book, persona: Persona, bought: Bought): string => {
  const { day, shop, amount, account } = bought
  const description = bought.vipps
    ? Wording.vippsShopText(account.bank, shop)
    : Wording.purchaseText(draw, { account, bought: day, shop, town: persona.town.name, amount })
  return book.add({
    account,
    day: booked(draw, account, day),
    description,
    amount: -amount,
    nature: bought.nature ?? "purchase",
    who: shop,
    repeats: bought.repeats ?? false
  })
}

/** Over the net or abroad, in another currency: the rate of the day, drawn around the usual one. */
export const buyAbroad = (
  draw: Draw,
  book: Book,
  bought: Omit<Bought, "amount"> & {
    readonly currency: string
    readonly cents: bigint
    readonly rate: number
    readonly town: string
  }
): string => {
  const { account, day, shop, currency, cents, town } = bought
  const rate = Math.round(bought.rate * (0.97 + draw.below(600) / 10_000) * 10_000) / 10_000
  const amount = BigInt(Math.round(Number(cents) * rate))
  return book.add({
    account,
    day: booked(draw, account, day),
    description: Wording.abroadText({ account, bought: day, shop, town, amount, currency, cents, rate }),
    amount: -amount,
    nature: bought.nature ?? "purchase",
    who: shop,
    repeats: bought.repeats ?? false
  })
}

export const series = (name: string, cadence: Cadence, kind: Series["kind"], varies: boolean): Omit<Series, "lines"> => ({
  name,
  cadence,
  kind,
  varies
})
