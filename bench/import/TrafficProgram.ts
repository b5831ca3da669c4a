/**
 * The process of Traffic. Requests leave at fixed times, whether or not the last one is back: a server that stalls is asked on, and all
 * who wait are counted.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { signedIn } from "../Person.ts"
import type { Answer, Latencies, Order, Told } from "./Traffic.ts"

const listEvery = 25
const enterEvery = 150
/** However long the import takes: so many requests, and no more. */
const mostRequests = 20_000
const lateness = 10_000

const { url, token, account_id }: Order = JSON.parse(process.argv[2]!)
const person = signedIn(url, token)
const lists: Array<number> = []
const arrivals: Array<number> = []
let alone = 0
const stopping = new AbortController()

/** What was entered and has not arrived yet, oldest first. */
interface Entered {
  readonly description: string
  readonly day: string
  readonly sent: number
}
const underway = new Set<Entered>()

const arrive = (told: (entered: Entered) => boolean): number => {
  const found = [...underway].filter(told)
  for (const entered of found) {
    arrivals.push(performance.now() - entered.sent)
    underway.delete(entered)
  }
  return found.length
}

/**
 * A transaction is told by itself, or within a change of many, which says up to which day: each is entered on a later day than the one
 * before, and all on later ones than the file has, so that the day tells which are among them.
 */
const take = (event: string) => {
  const [, name, data] = /^event: (\w+)\n[^]*^data: (.*)$/m.exec(event) ?? []
  if (name === "transaction") alone += arrive(({ description }) => JSON.parse(data!).description === description)
  if (name === "transactions") arrive(({ day }) => day <= JSON.parse(data!).to_date)
}

/** Reads the live stream; resolves once it has begun. */
const watch = async () => {
  const response = await fetch(`${url}/v1/live`, { headers: { authorization: `Bearer ${token}` } })
  if (!response.ok || response.body === null) throw new Error(`${response.status} from the live stream`)
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ""
  const next = async () => {
    const { value, done } = await reader.read()
    if (done) throw new Error("the live stream has ended")
    const events = (text + value).split("\n\n")
    text = events.pop()!
    events.forEach(take)
  }
  await next()
  const follow = async () => {
    while (true) await next()
  }
  void follow()
}

const list = async () => {
  const begun = performance.now()
  await person.get("/transactions?limit=50")
  lists.push(performance.now() - begun)
}

let entered = 0
const enter = async () => {
  entered++
  const day = new Date(Date.UTC(2026, 0, entered)).toISOString().slice(0, 10)
  const description = `Kaffe ${entered}`
  underway.add({ description, day, sent: performance.now() })
  await person.post("/transactions", { account_id, amount: -42, description, occurred_at: day })
}

/** Starts one at a time at its time, as long as traffic is wanted; resolves when all are back. */
const regularly = async (every: number, request: () => Promise<void>) => {
  const waiting: Array<Promise<void>> = []
  const begun = performance.now()
  while (!stopping.signal.aborted && waiting.length < mostRequests) {
    waiting.push(request())
    await sleep(Math.max(0, begun + waiting.length * every - performance.now()))
  }
  await Promise.all(waiting)
}

const answer = (message: Answer) => process.send!(message)

const work = async () => {
  await Promise.all([regularly(listEvery, list), regularly(enterEvery, enter)])
  const last = performance.now()
  while (underway.size > 0 && performance.now() - last < lateness) await sleep(10)
  if (underway.size > 0) throw new Error(`${underway.size} of ${entered} transactions never arrived on the live stream`)
  answer({ latencies: { lists, arrivals, alone: alone / entered } satisfies Latencies })
}

process.on("message", (message: Told) => {
  if (message === "stop") stopping.abort()
  else void work()
})
process.on("disconnect", () => process.exit(1))

await watch()
for (let warm = 0; warm < 5; warm++) await list()
lists.length = 0
answer({ ready: true })
