/**
 * Somebody who enters purchases by hand and hears what the tracker makes of them. By turns a purchase takes a budget over its next
 * threshold, and one is the same as another of that day. They leave at fixed times, whether or not the last alert is there.
 *
 * Nobody is charged twice at one shop day after day: each pair is of another shop. A budget's threshold is told of once a month: those of ten categories, in the last month, this one and the
 * next, are ninety.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { smallBusinesses } from "@finance/core/demo/Shops"
import { liveEvents } from "../../LiveEvents.ts"
import { signedIn } from "../../Person.ts"
import * as Program from "../../Program.ts"
import type { Order, Said } from "./Order.ts"

const every = 120
const lateness = 15_000
const budget_amount = 10_000

const categories = "groceries dining transport utilities subscriptions shopping entertainment health education travel".split(" ")

/** What takes a budget over each of its thresholds. */
const steps = [
  { threshold: 80, spent: 8_100 },
  { threshold: 90, spent: 1_000 },
  { threshold: 100, spent: 1_000 }
]

const today = new Date().toISOString().slice(0, 10)
const months = [-1, 0, 1].map((months) => {
  const [year, month] = today.split("-").map(Number) as [number, number]
  return new Date(Date.UTC(year, month - 1 + months, 1)).toISOString().slice(0, 7)
})

interface Purchase {
  readonly description: string
  readonly amount: number
  readonly occurred_at: string
  readonly category?: string
}

type Kind = "budgets" | "anomalies"

/** What is entered, and by what its alert will be known: its own id where that is null. */
interface Entry {
  readonly purchase: Purchase
  readonly alert: { readonly kind: Kind; readonly key: string | null } | null
}

const entries = function* (): Generator<Entry, void> {
  const shops = smallBusinesses.first.flatMap((first) => smallBusinesses.last.map((last) => `${first} ${last}`))
  for (const month of months) {
    for (const category of categories) {
      for (const { threshold, spent } of steps) {
        const purchase = { description: `Handel ${category}`, amount: -spent, occurred_at: `${month}-15`, category }
        yield { purchase, alert: { kind: "budgets", key: `${category} ${month} ${threshold}` } }
        const twice = { description: shops.pop()!, amount: -249, occurred_at: today }
        yield { purchase: twice, alert: null }
        yield { purchase: twice, alert: { kind: "anomalies", key: null } }
      }
    }
  }
}

const work = async ({ url, token, account_id }: Order): Promise<void> => {
  const person = signedIn(url, token)
  for (const category of categories) await person.post("/budgets", { category, budget_amount, month: months[0]! })

  /** When each alert was heard of. */
  const heard = new Map<string, number>()
  const begun = Promise.withResolvers<void>()
  const follow = async () => {
    for await (const { name, data } of liveEvents(person)) {
      if (name === "snapshot") begun.resolve()
      if (name !== "budget" && name !== "anomaly") continue
      const { category, month, threshold_percentage, transaction_id } = JSON.parse(data)
      const key = name === "anomaly" ? transaction_id : `${category} ${month} ${threshold_percentage}`
      if (!heard.has(key)) heard.set(key, performance.now())
    }
  }
  void follow()
  await begun.promise

  const wanted: Array<{ readonly kind: Kind; readonly key: string; readonly sent: number }> = []
  const enter = async ({ purchase, alert }: Entry) => {
    const sent = performance.now()
    const { id } = await person.post<{ readonly id: string }>("/transactions", { account_id, ...purchase })
    if (alert !== null) wanted.push({ kind: alert.kind, key: alert.key ?? id, sent })
  }
  let isOver = false
  process.once("message", () => (isOver = true))
  Program.say({ ready: true } satisfies Said)
  const entered: Array<Promise<void>> = []
  const start = performance.now()
  for (const entry of entries()) {
    if (isOver) break
    await sleep(Math.max(0, start + entered.length * every - performance.now()))
    entered.push(enter(entry))
    // what is the same as another comes after it
    if (entry.alert === null) await entered.at(-1)
  }
  await Promise.all(entered)
  const last = performance.now()
  const missing = () => wanted.filter(({ key }) => !heard.has(key))
  while (missing().length > 0 && performance.now() - last < lateness) await sleep(10)
  if (missing().length > 0) {
    const some = missing()
      .slice(0, 5)
      .map(({ kind, key }) => `${kind} ${key}`)
    throw new Error(`${missing().length} of ${wanted.length} alerts never came: ${some.join(", ")}`)
  }
  const latencies = (wantedKind: Kind) =>
    wanted.filter(({ kind }) => kind === wantedKind).map(({ key, sent }) => heard.get(key)! - sent)
  Program.say({ budgets: latencies("budgets"), anomalies: latencies("anomalies") } satisfies Said)
}

Program.carryOut(work)
