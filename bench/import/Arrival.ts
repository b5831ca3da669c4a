/**
 * Arrival: when a file has arrived: the import says so, every row is in the list of transactions, none waits for its category any more,
 * and balance and spending are the file's to the øre.
 */
import { setTimeout as sleep } from "node:timers/promises"
import type { Person } from "../Person.ts"
import type { BankFile, Books } from "./BankFile.ts"

interface Import {
  readonly status: "running" | "completed" | "failed" | "reverted"
  readonly rows_new: number
}

interface Account {
  readonly id: string
  readonly current_balance: number
}

interface Stats {
  readonly by_category: ReadonlyArray<{ readonly category: string; readonly transactions: number }>
}

interface Spending {
  readonly groups: ReadonlyArray<{ readonly key: string; readonly total: number }>
}

interface Page {
  readonly total: number
  readonly transactions: ReadonlyArray<{ readonly category_explanation: { readonly code: string } }>
}

/** Beyond this after its end was announced, an import that does not add up is wrong and not late. */
const grace = 2_000
const patience = 300_000

const øre = (amount: number) => BigInt(Math.round(amount * 100))

const differences = (name: string, found: ReadonlyMap<string, unknown>, wanted: ReadonlyMap<string, unknown>) =>
  [...new Set([...found.keys(), ...wanted.keys()])]
    .filter((key) => found.get(key) !== wanted.get(key))
    .map((key) => `${name} ${key}: ${found.get(key)} instead of ${wanted.get(key)}`)

const spendingAmiss = async (person: Person, year: string, wanted: ReadonlyMap<string, bigint>) => {
  const { groups } = await person.get<Spending>(`/analytics/spending?period=year&group_by=category&on=${year}-07-01`)
  return differences(`spent in ${year} on`, new Map(groups.map(({ key, total }) => [key, øre(total)])), wanted)
}

/** The list's last page of what has no category: the rows that came in last. */
const waiting = async (person: Person, uncategorized: number) => {
  const last = Math.max(1, Math.ceil(uncategorized / 100))
  const { transactions } = await person.get<Page>(`/transactions?category=uncategorized&limit=100&page=${last}`)
  return transactions.some(({ category_explanation: { code } }) => code === "category.pending")
    ? ["rows wait for a category"]
    : []
}

/** What the books of this person, who has nothing but this file, say otherwise than the file does. */
const amiss = async (person: Person, account_id: string, books: Books): Promise<ReadonlyArray<string>> => {
  const [page, { by_category }, account, pending, ...spending] = await Promise.all([
    person.get<Page>("/transactions?limit=1"),
    person.get<Stats>("/categorizer/stats"),
    person.get<Account>(`/accounts/${account_id}`),
    waiting(person, books.counts.get("uncategorized") ?? 0),
    ...[...books.spent].map(([year, wanted]) => spendingAmiss(person, year, wanted))
  ])
  const counts = new Map(by_category.map(({ category, transactions }) => [category, transactions]))
  return [
    ...(page.total === books.rows ? [] : [`${page.total} transactions instead of ${books.rows}`]),
    ...(øre(account.current_balance) === books.balance ? [] : [`${account.current_balance} on the account`]),
    ...differences("transactions in", counts, books.counts),
    ...pending,
    ...spending.flat()
  ]
}

/** Asks at every fiftieth of the time that has passed, so that asking neither slows the import down nor blurs its end by over 2 %. */
const pause = (begun: number) => sleep(Math.min(250, Math.max(5, (performance.now() - begun) / 50)))

/** Waits until the import has ended; fails when it ends badly. */
export const ended = async (person: Person, import_id: string): Promise<void> => {
  const begun = performance.now()
  while (true) {
    const { status } = await person.get<Import>(`/imports/${import_id}`)
    if (status === "completed") return
    if (status !== "running") throw new Error(`the import has ${status}`)
    if (performance.now() - begun > patience) throw new Error("the import does not end")
    await pause(begun)
  }
}

/** Waits until all of the file has arrived; fails when it adds up to something else. */
export const arrived = async (person: Person, account_id: string, import_id: string, books: Books): Promise<void> => {
  await ended(person, import_id)
  const begun = performance.now()
  while (true) {
    const found = await amiss(person, account_id, books)
    if (found.length === 0) return
    if (performance.now() - begun > grace) throw new Error(`the books are wrong: ${found.join("; ")}`)
    await pause(begun)
  }
}

/** Milliseconds from handing the file in until all of it has arrived. */
export const timeToArrive = async (person: Person, account_id: string, file: BankFile, books: Books): Promise<number> => {
  const begun = performance.now()
  await arrived(person, account_id, await person.upload(account_id, file.content), books)
  return performance.now() - begun
}
