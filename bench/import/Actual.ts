/**
 * Actual: the peer, Actual Budget's own `importTransactions` (npm `@actual-app/api`), over a new local budget without a server. It is
 * handed rows that are parsed already, and keeps them in SQLite; the tracker is handed the file, and seals, logs, categorises, projects.
 */
import { readFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ask } from "../Program.ts"
import type { BankFile } from "./BankFile.ts"

export interface Row {
  readonly date: string
  /** Øre: integers, as Actual wants them. */
  readonly amount: number
  readonly payee_name: string
  readonly imported_payee: string
}

/** First rows to warm up on, in an account of their own, then those that count. */
export interface Order {
  readonly directory: string
  readonly warmUp: ReadonlyArray<Row>
  readonly rows: ReadonlyArray<Row>
}

/** What its program answers: rows in the budget and their sum afterwards, and the milliseconds of `importTransactions`. */
export interface Outcome {
  readonly count: number
  readonly sum: number
  readonly milliseconds: number
}

const packageFile = new URL("../node_modules/@actual-app/api/package.json", import.meta.url)
export const name = () => `@actual-app/api ${JSON.parse(readFileSync(packageFile, "utf8")).version}`

const program = new URL("ActualProgram.ts", import.meta.url)

const rowsOf = ({ lines }: BankFile): ReadonlyArray<Row> =>
  lines.map(({ day, description, amount }) => ({
    date: day,
    amount: Number(amount),
    payee_name: description,
    imported_payee: description
  }))

/** Milliseconds that Actual takes for the rows of the file, in a process and a budget of their own. */
export const timeToImport = async (file: BankFile, warmUp: BankFile): Promise<number> => {
  const directory = await mkdtemp(join(tmpdir(), "finance-bench-actual-"))
  try {
    const rows = rowsOf(file)
    const { count, sum, milliseconds } = await ask<Outcome>(program, { directory, rows, warmUp: rowsOf(warmUp) } satisfies Order)
    const wanted = rows.reduce((sum, { amount }) => sum + amount, 0)
    if (count !== rows.length || sum !== wanted) throw new Error(`Actual holds ${count} rows, ${sum} øre; ${wanted} wanted`)
    return milliseconds
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
