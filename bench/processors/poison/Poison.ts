/**
 * Poison: one event among 10,000 that a program cannot handle, and how much later everybody else sees what they do for it.
 *
 * While all programs are paused somebody enters purchases, and one byte of the first one's ciphertext is turned over, in the database and
 * as its owner. The tracker is started anew, so that nobody remembers the event as it was. Then the programs go on and the files of others
 * come in, each of whom enters purchases by hand meanwhile: from sending one until it is there to be read is what is timed. In every
 * other round nothing is turned over, and all else is the same. At last the byte is turned back and what was parked replayed: all of it
 * has to be there.
 */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { run } from "../../events/Server.ts"
import { ended } from "../../import/Arrival.ts"
import { bankFile } from "../../import/BankFile.ts"
import { percentile } from "../../Measurement.ts"
import { openAccount, type Person, register, signedIn } from "../../Person.ts"
import { load } from "../../Report.ts"
import { atMost, type Figure, figure, type Setting } from "../../Suite.ts"
import * as Tracker from "../../Tracker.ts"
import { caughtUp, processors, until } from "../lives/Operator.ts"

const people = 25
const rowsEach = 400
const purchases = [100, 200, 300]
/** Milliseconds between two purchases of somebody. */
const between = 250

interface Household {
  readonly person: Person
  readonly account_id: string
}

const household = async (url: string): Promise<Household> => {
  const person = await register(url)
  return { person, account_id: await openAccount(person) }
}

/** The tracker's own database, as its superuser. */
const databaseOf = async (directory: string): Promise<string> => {
  const secret = (await readFile(join(directory, "keys/postgres-superuser"), "utf8")).trim()
  const port = (await readFile(join(directory, "postgres/postmaster.pid"), "utf8")).split("\n")[3]!.trim()
  return `postgres://postgres:${secret}@127.0.0.1:${port}/finance`
}

/** Turns a byte of the stream's first event over; done twice it is as before. */
const turnOver = (database: string, stream_id: string) =>
  run(
    database,
    `UPDATE events SET payload = set_byte(payload, 20, get_byte(payload, 20) # 255) WHERE stream_id = '${stream_id}' AND version = 1`
  )

const everyProgram = async (operator: Person, command: "pause" | "resume") => {
  const all = await processors(operator)
  for (const { name } of all) await operator.post(`/processors/${name}/${command}`, {})
  await until(`every program obeys ${command}`, async () =>
    (await processors(operator)).every(({ state }) => (state === "paused") === (command === "pause"))
  )
}

/** Milliseconds from sending a purchase until it is there to be read, of everybody who enters some while their file comes in. */
const delaysOf = async (others: ReadonlyArray<Household>): Promise<ReadonlyArray<number>> => {
  const { content } = bankFile(rowsEach)
  const delays: Array<number> = []
  const enter = async ({ person, account_id }: Household) => {
    const begun = performance.now()
    const purchase = { account_id, amount: -42, description: "Kaffe", occurred_at: "2026-01-10" }
    const { id } = await person.post<{ readonly id: string }>("/transactions", purchase)
    await until("a purchase is there", () => isThere(person, id))
    delays.push(performance.now() - begun)
  }
  await Promise.all(
    others.map(async (household) => {
      const { person, account_id } = household
      const arrival = person.upload(account_id, content).then((import_id) => ended(person, import_id))
      const over = arrival.then(() => true)
      do await enter(household)
      while (!(await Promise.race([over, sleep(between, false)])))
    })
  )
  return delays
}

const isThere = async (person: Person, id: string): Promise<boolean> => {
  const { transactions } = await person.get<{ readonly transactions: ReadonlyArray<{ readonly id: string }> }>(
    "/transactions?limit=100"
  )
  return transactions.some((transaction) => transaction.id === id)
}

interface Prepared {
  readonly operator: Person
  readonly victim: Household
  readonly others: ReadonlyArray<Household>
  /** The first of the purchases that nobody has handled yet. */
  readonly first: string
}

const prepare = async (url: string, operator: Person): Promise<Prepared> => {
  const victim = await household(url)
  const others = await Promise.all(Array.from({ length: people }, () => household(url)))
  await caughtUp(operator)
  await everyProgram(operator, "pause")
  const ids: Array<string> = []
  for (const amount of purchases) {
    const purchase = { account_id: victim.account_id, amount: -amount, description: "KIWI", occurred_at: "2025-03-10" }
    ids.push((await victim.person.post<{ readonly id: string }>("/transactions", purchase)).id)
  }
  return { operator, victim, others, first: ids[0]! }
}

/** The same people of a tracker that was started again. */
const at = (url: string, { operator, victim, others, first }: Prepared): Prepared => {
  const again = ({ token }: Person) => signedIn(url, token)
  const household = ({ person, account_id }: Household) => ({ person: again(person), account_id })
  return { operator: again(operator), victim: household(victim), others: others.map(household), first }
}

const replay = async (operator: Person) => {
  for (const { name, parked } of await processors(operator)) {
    if (parked > 0) await operator.post(`/processors/${name}/parked/replay`, {})
  }
}

const goOn = async (
  { operator, victim, others, first }: Prepared,
  database: string,
  isPoisoned: boolean
): Promise<ReadonlyArray<number>> => {
  await everyProgram(operator, "resume")
  const delays = await delaysOf(others)
  if (isPoisoned) {
    await until("the poison is parked", async () => (await processors(operator)).some(({ parked }) => parked > 0))
    await turnOver(database, first)
    await replay(operator)
  }
  const spent = -purchases.reduce((sum, amount) => sum + amount, 0)
  await until("all that was parked is there", async () => {
    const { current_balance } = await victim.person.get<{ readonly current_balance: number }>(`/accounts/${victim.account_id}`)
    return current_balance === spent && (await processors(operator)).every(({ parked }) => parked === 0)
  })
  return delays
}

/** One tracker prepares, and another over the same directory goes on. */
const round = async (directory: string, token: string, isPoisoned: boolean): Promise<ReadonlyArray<number>> => {
  const prepared = await Tracker.during(directory, async ({ url }) => {
    const prepared = await prepare(url, signedIn(url, token))
    if (isPoisoned) await turnOver(await databaseOf(directory), prepared.first)
    return prepared
  })
  return Tracker.during(directory, async ({ url }) => goOn(at(url, prepared), await databaseOf(directory), isPoisoned))
}

export const poison = (setting: Setting): Promise<ReadonlyArray<Figure>> =>
  Tracker.inDirectory(async (directory) => {
    const { token } = await Tracker.during(directory, ({ url }) => register(url))
    await round(directory, token, false)
    const later: Array<number> = []
    for (let run = 0; run < setting.runs; run++) {
      const before = load()
      const clean = await round(directory, token, false)
      const poisoned = await round(directory, token, true)
      later.push(percentile(poisoned, 0.99) - percentile(clean, 0.99))
      const told = (delays: ReadonlyArray<number>) =>
        `p50 ${percentile(delays, 0.5).toFixed(0)} p99 ${percentile(delays, 0.99).toFixed(0)} most ${Math.max(...delays).toFixed(0)} ms of ${delays.length}`
      setting.say(
        `others enter while ${people * rowsEach} rows come in: ${told(clean)}; with one event that cannot be read ${told(poisoned)} (load ${before})`
      )
    }
    return [figure("p99 of others later for one event that cannot be handled", "ms", later, atMost(1_000))]
  })
