/**
 * Statements: the year as files that its banks would export: one an account and month, newest first, in the layout of the account's bank.
 */
import { type Month, monthOf } from "@finance/core/ledger/Day"
import { monthsFrom } from "./Calendar.ts"
import type { Account, Bank, Line, Year } from "./Year.ts"

interface Layout {
  readonly header: string
  readonly row: (line: Line, account: Account) => string
}

const size = (amount: bigint) => (amount < 0n ? -amount : amount)
const decimals = (amount: bigint, mark: string) =>
  `${amount < 0n ? "-" : ""}${size(amount) / 100n}${mark}${String(size(amount) % 100n).padStart(2, "0")}`
const norwegian = (day: string) => day.split("-").toReversed().join(".")
const quoted = (text: string) => (text === "" ? "" : `"${text}"`)

/** The columns for money in and money out. */
const inAndOut = <A>(amount: bigint, written: (amount: bigint) => A, nothing: A): readonly [A, A] =>
  amount < 0n ? [nothing, written(amount)] : [written(amount), nothing]

const layouts: Readonly<Record<Bank, Layout>> = {
  sparebank1: {
    header: "Dato;Beskrivelse;Rentedato;Inn;Ut;Til konto;Fra konto;",
    row: ({ day, description, amount, counterpart }, { number }) => {
      const [inn, ut] = inAndOut(amount, (amount) => quoted(decimals(amount, ",")), "")
      const [to, from] = amount < 0n ? [counterpart, number] : [number, counterpart]
      return `"${norwegian(day)}";"${description}";;${inn};${ut};"${to}";"${from}";`
    }
  },
  dnb: {
    header: `"Dato";"Forklaring";"Rentedato";"Ut fra konto";"Inn på konto"`,
    row: ({ day, description, amount }) => {
      const [inn, ut] = inAndOut(amount, (amount) => decimals(size(amount), "."), `""`)
      return `"${norwegian(day)}";"${description}";"${norwegian(day)}";${ut};${inn}`
    }
  },
  sbanken: {
    header: "BOKFØRINGSDATO\tRENTEDATO\tARKIVREFERANSE\tTYPE\tTEKST\tUT FRA KONTO\tINN PÅ KONTO",
    row: ({ id, day, description, amount, nature }) => {
      const [inn, ut] = inAndOut(amount, (amount) => decimals(size(amount), ","), "")
      const type =
        nature === "bill" ? "NETTGIRO" : nature === "move" ? "OVFNETTB" : nature === "purchase" ? "VISA VARE" : "DIVERSE"
      return [norwegian(day), norwegian(day), id.replace(/\D/g, "").padStart(9, "8"), type, description, ut, inn].join("\t")
    }
  },
  other: {
    header: "Bokført dato;Beskrivelse;Beløp;Valuta",
    row: ({ day, description, amount }, { currency }) => `${day};${description};${decimals(amount, ",")};${currency}`
  }
}

export interface Statement {
  readonly account: Account
  readonly month: Month
  readonly lines: ReadonlyArray<Line>
  readonly file: string
}

/** What the person downloads, month by month; an account without lines that month has no file. */
export const statementsOf = (year: Year): ReadonlyArray<Statement> => {
  const byMonth = Map.groupBy(year.lines, ({ account, day }) => `${account} ${monthOf(day)}`)
  return [...monthsFrom(year.from, year.to)].flatMap((month) =>
    year.accounts.flatMap((account) => {
      const lines = (byMonth.get(`${account.key} ${month}`) ?? []).toReversed()
      const { header, row } = layouts[account.currency === "NOK" ? account.bank : "other"]
      return lines.length === 0
        ? []
        : [{ account, month, lines, file: [header, ...lines.map((line) => row(line, account)), ""].join("\n") }]
    })
  )
}
