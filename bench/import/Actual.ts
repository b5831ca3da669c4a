/**
 * Actual: the peer, Actual Budget's own `importTransactions` (npm `@actual-app/api`), over a new local budget without a server. It is
 * handed rows that are parsed already, and keeps them in SQLite; the tracker is handed the file, and seals, logs, categorises, projects.
 */
import { fork } from "node:child_process"
import { readFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { ownNode } from "../Tracker.ts"
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

const program = fileURLToPath(new URL("ActualProgram.ts", import.meta.url))

const rowsOf = ({ lines }: BankFile): ReadonlyArray<Row> =>
  lines.map(({ day, description, amount }) => ({
    date: day,
    amount: Number(amount),
    payee_name: description,
    imported_payee: description
  }))

const ask = (order: Order) =>
  new Promise<Outcome>((resolve, reject) => {
    const child = fork(program, { execPath: ownNode, stdio: ["ignore", "ignore", "pipe", "ipc"], serialization: "advanced" })
    const errors: Array<string> = []
    child.stderr!.setEncoding("utf8").on("data", (text: string) => errors.push(text))
    child.once("message", (outcome) => {
      resolve(outcome as Outcome)
      child.kill()
    })
    child.once("exit", (code) => reject(new Error(`Actual broke off (${code}):\n${errors.join("").slice(-2_000)}`)))
    child.send(order)
  })

/** Milliseconds that Actual takes for the rows of the file, in a process and a budget of their own. */
export const timeToImport = async (file: BankFile, warmUp: BankFile): Promise<number> => {
  const directory = await mkdtemp(join(tmpdir(), "finance-bench-actual-"))
  try {
    const rows = rowsOf(file)
    const { count, sum, milliseconds } = await ask({ directory, rows, warmUp: rowsOf(warmUp) })
    const wanted = rows.reduce((sum, { amount }) => sum + amount, 0)
    if (count !== rows.length || sum !== wanted) throw new Error(`Actual holds ${count} rows, ${sum} øre; ${wanted} wanted`)
    return milliseconds
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
