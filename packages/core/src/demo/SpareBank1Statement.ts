/**
 * SpareBank1Statement: invented lines written as SpareBank 1's web bank writes them: newest first, money out negative in `Ut`,
 * decimal commas, quotes around filled fields only, and a last empty column.
 */
import type { Day } from "../ledger/Day.ts"
import { drawFrom } from "./Draw.ts"

export interface DemoLine {
  /** The day the bank booked it. */
  readonly day: Day
  readonly description: string
  /** Øre; negative is money out. */
  readonly amount: bigint
}

const header = "Dato;Beskrivelse;Rentedato;Inn;Ut;Til konto;Fra konto;"

const weights = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]

/** Whether eleven digits could be a Norwegian account: their last is the MOD11 check digit of the others. */
export const isAccountNumber = (digits: string): boolean => {
  if (!/^\d{11}$/.test(digits)) return false
  const sum = weights.reduce((sum, weight, index) => sum + weight * Number(digits[index]), 0)
  return (11 - (sum % 11)) % 11 === Number(digits[10])
}

/** Eleven digits for a name, always the same, and never those of an account that somebody may own. */
export const inventedAccount = (name: string): string => {
  const draw = drawFrom(name)
  const ten = `9${String(draw.below(1_000_000_000)).padStart(9, "0")}`
  return isAccountNumber(`${ten}0`) ? `${ten}1` : `${ten}0`
}

/** The order of the bank's list: newest first, and of one day as they were booked. */
export const newestFirst = (lines: ReadonlyArray<DemoLine>): ReadonlyArray<DemoLine> =>
  lines.toSorted((a, b) => (a.day < b.day ? 1 : a.day > b.day ? -1 : 0))

/** The file, in the order of the lines given. */
export const toStatement = (lines: ReadonlyArray<DemoLine>, account: string): string => {
  const accounts = new Map<string, string>()
  const otherSide = (description: string): string => {
    const name = description.replace(/[\d.*:]+/g, "").trim()
    const known = accounts.get(name)
    if (known !== undefined) return known
    const invented = inventedAccount(name)
    accounts.set(name, invented)
    return invented
  }
  const rows = lines.map(({ day, description, amount }) => {
    const [year, month, date] = day.split("-")
    const size = amount < 0n ? -amount : amount
    const kroner = `${size / 100n},${String(size % 100n).padStart(2, "0")}`
    const [inn, ut] = amount < 0n ? ["", `"-${kroner}"`] : [`"${kroner}"`, ""]
    const other = otherSide(description)
    const [to, from] = amount < 0n ? [other, account] : [account, other]
    return `"${date}.${month}.${year}";"${description}";;${inn};${ut};"${to}";"${from}";`
  })
  return [header, ...rows, ""].join("\n")
}
