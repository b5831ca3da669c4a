/**
 * Life: an invented year lived with the tracker: its person registers, opens the accounts, and hands in each month's files as the months
 * go by. Afterwards what the tracker says is read back over REST, in the year's own terms.
 */
import { ended } from "../../import/Arrival.ts"
import { type Person, register } from "../../Person.ts"
import { statementsOf } from "../year/Statements.ts"
import type { Cadence, Line, Year } from "../year/Year.ts"

/** A transaction as `GET /v1/transactions` has it. */
interface Transaction {
  readonly id: string
  readonly account_id: string
  readonly amount: number
  readonly description: string
  readonly occurred_at: string
  readonly transfer_id: string | null
}

export interface Found {
  readonly type: string
  readonly transaction_id: string
}

export interface Recurring {
  readonly cadence: Cadence
  readonly last_transaction_id: string | null
}

/** What the tracker has to say of a life, transactions by id. */
export interface Told {
  /** The line that each transaction is; of lines that are equal in all that a bank tells, any. */
  readonly lineOf: ReadonlyMap<string, Line>
  readonly anomalies: ReadonlyArray<Found>
  readonly recurring: ReadonlyArray<Recurring>
  /** Transactions that are linked, two and two. */
  readonly transfers: ReadonlyArray<readonly [string, string]>
}

/** Equal for lines that nothing on a statement tells apart. */
export const sameness = ({ account, day, description, amount }: Omit<Line, "id">): string =>
  [account, day, amount, description.replace(/\s+/g, " ").trim().toLowerCase()].join("|")

/** Lives the year and gives who lived it, with the accounts' ids. */
export const live = async (url: string, year: Year) => {
  const person = await register(url)
  const accounts = new Map<string, string>()
  for (const { key, name, type, currency, opening_balance } of year.accounts) {
    const account = await person.post<{ readonly id: string }>("/accounts/manual", {
      name,
      bank_name: "Banken",
      account_type: type,
      currency,
      opening_balance: Number(opening_balance) / 100,
      opened_on: year.from
    })
    accounts.set(key, account.id)
  }
  for (const { account, file } of statementsOf(year)) await ended(person, await person.upload(accounts.get(account.key)!, file))
  return { person, accounts }
}

const everyPage = async <A>(
  person: Person,
  path: string,
  listOf: (page: never) => ReadonlyArray<A>
): Promise<ReadonlyArray<A>> => {
  const all: Array<A> = []
  for (let page = 1; ; page++) {
    const found = listOf(await person.get<never>(`${path}${path.includes("?") ? "&" : "?"}limit=100&page=${page}`))
    all.push(...found)
    if (found.length < 100) return all
  }
}

const linesOf = (year: Year, transactions: ReadonlyArray<Transaction>, accounts: ReadonlyMap<string, string>) => {
  const left = new Map<string, Array<Line>>()
  for (const line of year.lines) left.set(sameness(line), [...(left.get(sameness(line)) ?? []), line])
  const keyOf = new Map([...accounts].map(([key, id]) => [id, key]))
  return new Map(
    transactions.map(({ id, account_id, amount, description, occurred_at }) => {
      const seen = {
        account: keyOf.get(account_id)!,
        day: occurred_at.slice(0, 10),
        description,
        amount: BigInt(Math.round(amount * 100))
      }
      const line = left.get(sameness(seen as Line))?.shift()
      if (line === undefined)
        throw new Error(
          `the tracker has a transaction that was in no file: ${JSON.stringify(seen, (_, value) => (typeof value === "bigint" ? String(value) : value))}`
        )
      return [id, line] as const
    })
  )
}

const legs = (transactions: ReadonlyArray<Transaction>): ReadonlyArray<readonly [string, string]> => {
  const linked = Map.groupBy(
    transactions.filter(({ transfer_id }) => transfer_id !== null && transfer_id !== undefined),
    ({ transfer_id }) => transfer_id
  )
  return [...linked.values()].map((pair) => {
    const [out, into] = pair.toSorted((a, b) => a.amount - b.amount)
    if (pair.length !== 2 || out === undefined || into === undefined) throw new Error(`a transfer has ${pair.length} legs`)
    return [out.id, into.id] as const
  })
}

/** Reads back what the tracker says. Asks for the anomalies and recurring payments only where they are wanted. */
export const toldOf = async (
  person: Person,
  accounts: ReadonlyMap<string, string>,
  year: Year,
  parts: ReadonlySet<string>
): Promise<Told> => {
  const transactions = await everyPage<Transaction>(person, "/transactions", ({ transactions }) => transactions)
  if (transactions.length !== year.lines.length)
    throw new Error(`${transactions.length} transactions of ${year.lines.length} lines`)
  interface Anomaly {
    readonly anomaly_type: string
    readonly transaction_id: string
  }
  const anomalies = parts.has("anomalies") ? await everyPage<Anomaly>(person, "/anomalies", (list) => list) : []
  return {
    lineOf: linesOf(year, transactions, accounts),
    anomalies: anomalies.map(({ anomaly_type, transaction_id }) => ({ type: anomaly_type, transaction_id })),
    recurring: parts.has("recurring") ? await person.get<ReadonlyArray<Recurring>>("/recurring") : [],
    transfers: parts.has("transfers") ? legs(transactions) : []
  }
}
