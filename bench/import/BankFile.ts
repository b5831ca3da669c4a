/**
 * BankFile: a SpareBank 1 file to import, and what the books must say of it afterwards. Reads the file by itself, so that the tracker's
 * own parser does not vouch for itself.
 */
import { sparebank1File } from "@finance/core/demo/SpareBank1File"
import type { Person } from "../Person.ts"

export interface Line {
  /** `YYYY-MM-DD` */
  readonly day: string
  readonly description: string
  /** Øre; negative is money out. */
  readonly amount: bigint
}

export interface BankFile {
  readonly content: string
  readonly lines: ReadonlyArray<Line>
}

/** What the tracker has to show of a file. */
export interface Books {
  readonly rows: number
  /** Øre on the account. */
  readonly balance: bigint
  /** How many transactions are in each category. */
  readonly counts: ReadonlyMap<string, number>
  /** Øre spent, by year and then category; transfers are no spending. */
  readonly spent: ReadonlyMap<string, ReadonlyMap<string, bigint>>
}

/** The amounts' columns, `Inn` and `Ut`, hold one number between them. */
const readLine = (text: string): Line => {
  const [date, description, , moneyIn, moneyOut] = text.split(";").map((field) => field.replaceAll('"', "")) as [
    string,
    string,
    string,
    string,
    string
  ]
  return {
    day: date.split(".").toReversed().join("-"),
    description,
    amount: BigInt((moneyIn + moneyOut).replace(",", ""))
  }
}

/** The same file for the same number of rows. */
export const bankFile = (rows: number): BankFile => {
  const content = sparebank1File(rows, rows)
  const [, ...lines] = content.trimEnd().split("\n")
  if (lines.length !== rows) throw new Error(`asked for ${rows} rows, got ${lines.length}`)
  return { content, lines: lines.map(readLine) }
}

const previewed = 1_000

/** The categories are the tracker's own, asked line by line beforehand: that all lines arrive and all sums hold is what is checked. */
const categoriesOf = async (person: Person, { lines }: BankFile): Promise<ReadonlyArray<string>> => {
  const categories: Array<string> = []
  for (let from = 0; from < lines.length; from += previewed) {
    const asked = lines
      .slice(from, from + previewed)
      .map(({ description, amount }) => ({ description, amount: Number(amount) / 100 }))
    const { results } = await person.post<{ readonly results: ReadonlyArray<{ readonly category: string }> }>(
      "/categorizer/preview",
      { lines: asked }
    )
    categories.push(...results.map(({ category }) => category))
  }
  return categories
}

export const booksOf = async (person: Person, file: BankFile): Promise<Books> => {
  const categories = await categoriesOf(person, file)
  const counts = new Map<string, number>()
  const spent = new Map<string, Map<string, bigint>>()
  for (const [index, { day, amount }] of file.lines.entries()) {
    const category = categories[index]!
    counts.set(category, (counts.get(category) ?? 0) + 1)
    if (category === "transfer" || amount > 0n) continue
    const year = day.slice(0, 4)
    const ofYear = spent.get(year) ?? new Map<string, bigint>()
    spent.set(year, ofYear.set(category, (ofYear.get(category) ?? 0n) - amount))
  }
  const balance = file.lines.reduce((sum, { amount }) => sum + amount, 0n)
  return { rows: file.lines.length, balance, counts, spent }
}
