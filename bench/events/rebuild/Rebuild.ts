/**
 * Rebuild: how fast the read models of transactions and daily sums are made anew from the log, decryption included, in a process that has
 * not seen the events before. The peer gets fewer events, because it takes so much longer for each.
 */
import { alternately, type Side } from "../../Measurement.ts"
import { ask } from "../../Program.ts"
import { load } from "../../Report.ts"
import { against, atLeast, type Figure, figure, type Setting } from "../../Suite.ts"
import * as Emmett from "../Emmett.ts"
import { type Place, run, type Server } from "../Server.ts"
import * as EmmettBooks from "./EmmettBooks.ts"
import { type Books, booksOf, eventsEach } from "./Story.ts"

export interface Order {
  readonly side: "ours" | "peer"
  readonly work: "fill" | "rebuild"
  readonly place: Place
  readonly transactions: number
}

/** Milliseconds that it took, and that its process computed from its start on. */
export interface Done {
  readonly milliseconds: number
  readonly cpu: number
}

const program = new URL("RebuildProgram.ts", import.meta.url)

const sizes = ({ quick }: Setting) => (quick ? { ours: 5_000, peer: 250 } : { ours: 500_000, peer: 5_000 })

interface Row {
  readonly category: string
  readonly count: string
  readonly total: string
}

/** Fails when the read models say otherwise than the stories. */
const check = async (side: Order["side"], { url }: Place, wanted: Books) => {
  const days = await run<Row>(
    url,
    `SELECT category, sum(transaction_count) AS count, sum(total_amount) AS total FROM daily_aggregates
     GROUP BY category HAVING sum(transaction_count) <> 0`
  )
  const list = await run<Row>(url, "SELECT category, count(*) AS count, sum(amount) AS total FROM transactions GROUP BY category")
  for (const found of [days, list]) {
    const amiss = found.filter(({ category, count, total }) => {
      const sum = wanted.get(category)
      return sum?.count !== Number(count) || sum.total !== BigInt(total)
    })
    if (found.length === wanted.size && amiss.length === 0) continue
    throw new Error(`${side} rebuilt other books: ${JSON.stringify({ found, wanted: [...wanted.keys()] })}`)
  }
}

const prepared = async (server: Server, setting: Setting, side: Order["side"]) => {
  const transactions = sizes(setting)[side]
  const place = await (side === "ours" ? server.ledger("rebuild_ours") : server.empty("rebuild_peer"))
  if (side === "peer") await EmmettBooks.prepare(place)
  const { milliseconds } = await ask<Done>(program, { side, work: "fill", place, transactions } satisfies Order)
  setting.say(`${side}: ${transactions * eventsEach} events appended in ${(milliseconds / 1_000).toFixed(1)} s`)
  await run(place.url, "ANALYZE")
  const books = booksOf(transactions)
  return {
    name: side,
    runs: setting.runs,
    run: async () => {
      const before = load()
      const { milliseconds, cpu } = await ask<Done>(program, { side, work: "rebuild", place, transactions } satisfies Order)
      await check(side, place, books)
      const rate = (transactions * eventsEach * 1_000) / milliseconds
      const computed = `${((cpu * 1_000) / (transactions * eventsEach)).toFixed(0)} µs CPU each`
      setting.say(
        `rebuild, ${side}: ${rate.toFixed(0)} events/s in ${(milliseconds / 1_000).toFixed(1)} s, ${computed} (load ${before})`
      )
      return rate
    }
  } satisfies Side
}

export const measure = async (server: Server, setting: Setting): Promise<ReadonlyArray<Figure>> => {
  const sides = [await prepared(server, setting, "ours"), await prepared(server, setting, "peer")]
  const rates = await alternately(sides)
  const [ours, theirs] = [rates.get("ours")!, rates.get("peer")!]
  const { ours: transactions, peer } = sizes(setting)
  const events = (count: number) => `${(count * eventsEach).toLocaleString("en")} events`
  return [
    figure(`rebuild from ${events(transactions)}`, "events/s", ours, atLeast(40_000)),
    against(`rebuild against peer (${events(peer)})`, "events/s", ours, { name: Emmett.name, runs: theirs }, atLeast(20))
  ]
}
