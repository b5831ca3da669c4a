/** The year of a seed: the same on every machine. */
import { drawFrom } from "@finance/core/demo/Draw"
import type { Day } from "@finance/core/ledger/Day"
import { newBook } from "./Book.ts"
import { everyday } from "./Everyday.ts"
import { journeys, journeysOf } from "./Journeys.ts"
import { moves } from "./Moves.ts"
import { type Persona, personaOf } from "./Persona.ts"
import { standing } from "./Standing.ts"
import type { Account, Line, Year } from "./Year.ts"

const accountsOf = ({ checking, savings, credit, euro }: Persona): ReadonlyArray<Account> =>
  [checking, savings, credit, euro].filter((account) => account !== null)

export const yearOf = (seed: number): Year => {
  const persona = personaOf(drawFrom(`persona ${seed}`), seed)
  const book = newBook()
  const away = journeysOf(drawFrom(`journeys ${seed}`), persona)
  const awayOn = (day: Day) => away.some(({ from, to }) => day >= from && day <= to)
  standing(drawFrom(`standing ${seed}`), book, persona, awayOn)
  everyday(drawFrom(`everyday ${seed}`), book, persona, awayOn)
  journeys(drawFrom(`abroad ${seed}`), book, persona, away)
  moves(drawFrom(`moves ${seed}`), book, persona)
  const lines = inOrder(book.lines.filter(({ day }) => day >= persona.from && day <= persona.to))
  const place = new Map(lines.map(({ id }, index) => [id, index]))
  const kept = (ids: ReadonlyArray<string>) => ids.filter((id) => place.has(id)).toSorted((a, b) => place.get(a)! - place.get(b)!)
  return {
    seed,
    town: persona.town.name,
    from: persona.from,
    to: persona.to,
    accounts: accountsOf(persona),
    lines,
    truth: {
      series: book.series.map((series) => ({ ...series, lines: kept(series.lines) })).filter(({ lines }) => lines.length > 0),
      transfers: book.transfers.filter((legs) => legs.every((id) => place.has(id))),
      anomalies: []
    }
  }
}

/** Oldest first; of one day as they came about. */
export const inOrder = (lines: ReadonlyArray<Line>): ReadonlyArray<Line> =>
  lines.toSorted((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0))
