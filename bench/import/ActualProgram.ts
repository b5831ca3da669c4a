/**
 * The process of Actual: it holds one budget at a time in module state, and writes a lot to its standard output.
 */
import * as api from "@actual-app/api"
import { carryOut, say } from "../Program.ts"
import type { Order, Outcome, Row } from "./Actual.ts"

const open = async (name: string) => api.createAccount({ name, offbudget: false }, 0)

const add = async (account: string, rows: ReadonlyArray<Row>) => {
  const { errors } = await api.importTransactions(
    account,
    rows.map((row) => ({ ...row, account }))
  )
  if (errors !== undefined && errors.length > 0) throw new Error(errors[0]!.message)
}

const inAccount = async (account: string, expression: Record<string, string>) => {
  const { data } = (await api.aqlQuery(api.q("transactions").filter({ account }).calculate(expression))) as {
    readonly data: number
  }
  return data
}

const work = async ({ directory, warmUp, rows }: Order) => {
  await api.init({ dataDir: directory })
  const accounts = { warm: "", measured: "" }
  await api.runImport("Bench", async () => {
    accounts.warm = await open("Warm-up")
    accounts.measured = await open("Brukskonto")
  })
  await add(accounts.warm, warmUp)
  const begun = performance.now()
  await add(accounts.measured, rows)
  const milliseconds = performance.now() - begun
  const count = await inAccount(accounts.measured, { $count: "$id" })
  const sum = await inAccount(accounts.measured, { $sum: "$amount" })
  say({ count, sum, milliseconds } satisfies Outcome)
}

carryOut(work)
