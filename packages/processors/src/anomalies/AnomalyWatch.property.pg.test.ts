import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import * as Anomaly from "@finance/core/anomalies/Anomaly"
import { type Draw, drawFrom } from "@finance/core/demo/Draw"
import { carryOut } from "@finance/core/event-store/Decider"
import { EventStore } from "@finance/core/event-store/EventStore"
import type { LedgerEvent } from "@finance/core/event-store/LedgerEvent"
import { addDays, noonOf } from "@finance/core/ledger/Day"
import { newId } from "@finance/core/ledger/Id"
import { categorization } from "../categorization/Categorization.ts"
import { projections } from "../projections/Projections.ts"
import * as TestLedger from "../TestLedger.ts"
import { atOnce, type Delivery, handOver, kr, type Line, oneByOne, opens, orders, type Person, receives } from "../TestLedger.ts"
import { anomalyWatch } from "./AnomalyWatch.ts"
import { arrive, complete } from "./TestImports.ts"

const shops = ["REMA 1000 SAGENE", "CLAS OHLSON STORO", "SPOTIFY STOCKHOLM", "RUTER ENKELTBILLETT", "BRATLI KERAMIKK"] as const
const prices = [49, 189, 189, 219, 340, 389, 389, 3_900, 14_900]

const drawnLine = (draw: Draw): Line => ({
  day: addDays("2025-01-01", draw.below(300)),
  amount: kr(draw.pick(prices)) * (draw.chance(95) ? -1n : 1n),
  description: draw.pick(shops)
})

/** A file of a year of one shop or two, with a purchase or a price that stands out, in an order of its own. */
const drawnFile = (draw: Draw): ReadonlyArray<Line> => {
  const lines: Array<Line> = []
  for (let month = 0; month < 10; month++) {
    lines.push({ day: addDays("2025-01-04", 30 * month), amount: -kr(month < 7 ? 189 : 219), description: "SPOTIFY STOCKHOLM" })
    for (let count = 0; count < 5; count++) {
      lines.push({
        day: addDays("2025-01-02", 30 * month + 6 * count),
        amount: -kr(draw.between(150, 420)),
        description: "REMA 1000 SAGENE"
      })
    }
  }
  lines.push(drawnLine(draw), drawnLine(draw), drawnLine(draw))
  const sorted = lines.toSorted((one, other) => (one.day < other.day ? -1 : 1))
  return draw.chance(50) ? sorted : sorted.toReversed()
}

const changeOf = (draw: Draw, { owner_id }: Person): Parameters<typeof orders>[2] => {
  const day = addDays("2025-01-01", draw.below(300))
  return draw.pick<Parameters<typeof orders>[2]>([
    { command: "Delete" },
    { command: "Delete" },
    { command: "Restore" },
    { command: "Override", category: draw.pick(["groceries", "shopping", "transfer"]), user_id: owner_id },
    { command: "Update", occurred_at: { at: noonOf(day).toISOString(), day } },
    { command: "Update", merchant_name: draw.pick(["REMA 1000", "Clas Ohlson", null]) },
    { command: "Update", description: draw.pick(shops) }
  ])
}

interface Life {
  readonly person: Person
  readonly ids: Array<string>
  /** Imports on their way. */
  readonly open: Set<string>
}

const happens = Effect.fnUntraced(function* (draw: Draw, { person, ids, open }: Life, start: bigint) {
  const kind = draw.below(100)
  if (kind < 30) {
    const line = drawnLine(draw)
    for (let times = draw.between(1, 2); times > 0; times--) ids.push(yield* receives(person, line, "bank_sync"))
    return yield* handOver(categorization, atOnce, start)
  }
  if (kind < 45) {
    const import_id = newId()
    open.add(import_id)
    const file = drawnFile(draw)
    const half = draw.below(file.length)
    for (const lines of [file.slice(0, half), file.slice(half)]) ids.push(...(yield* arrive(person, import_id, lines)))
    return
  }
  if (kind < 60) {
    const [import_id] = open
    if (import_id === undefined) return
    open.delete(import_id)
    return yield* complete(person, import_id)
  }
  if (kind < 63) return yield* handOver(categorization, atOnce, start)
  if (kind < 70) return yield* dismissesOne(draw, person, start)
  // Among the latest, or anywhere.
  const id = draw.pick(draw.chance(80) ? ids.slice(-3) : ids)
  if (id !== undefined) yield* Effect.ignore(orders(person, id, changeOf(draw, person)))
})

const dismissesOne = Effect.fnUntraced(function* (draw: Draw, { owner_id }: Person, start: bigint) {
  const sql = yield* SqlClient.SqlClient
  yield* handOver(anomalyWatch, atOnce, start)
  yield* handOver(projections, atOnce, start)
  const rows = yield* sql<{ id: string }>`SELECT id FROM anomalies WHERE owner_id = ${owner_id} ORDER BY id`
  if (rows.length === 0) return
  const on = { stream_id: draw.pick(rows).id, owner_id, metadata: { actor: owner_id } }
  yield* carryOut(Anomaly.decider, on, { command: "Dismiss" })
})

/** Everything that the program keeps, to the letter. */
const remembered = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const tables = ["anomaly_lines", "anomaly_imports", "anomaly_habits", "anomaly_findings", "anomaly_lessons"]
  return yield* Effect.forEach(tables, (table) => sql.unsafe(`SELECT t::text FROM ${table} t ORDER BY 1`))
})

const forget = Effect.fnUntraced(function* (start: bigint) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`TRUNCATE anomaly_lines, anomaly_imports, anomaly_habits, anomaly_findings, anomaly_lessons`
  yield* sql`UPDATE checkpoints SET position = ${start} WHERE processor = 'anomalies'`
})

/** What the program tells when it goes through the log in these batches, by stream. */
const tells = Effect.fnUntraced(function* (delivery: Delivery, start: bigint) {
  const store = yield* EventStore
  const told = new Map<string, Array<LedgerEvent>>()
  const listening = EventStore.of({
    ...store,
    append: (commands) =>
      Effect.sync(() =>
        commands.map(({ stream_id, events }) => {
          told.set(stream_id, [...(told.get(stream_id) ?? []), ...events])
          return Result.succeed({ stream_id, version: 1, position: 1n, event_ids: [] })
        })
      )
  })
  yield* forget(start)
  yield* Effect.provideService(handOver(anomalyWatch, delivery, start), EventStore, listening)
  return Object.fromEntries([...told].toSorted(([one], [other]) => (one < other ? -1 : 1)))
})

const head = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ position: bigint }>`SELECT coalesce(max(position), 0) AS position FROM events`
  return row!.position
})

const inBatches =
  (seed: string, most: number): Delivery =>
  (messages) => {
    const draw = drawFrom(seed)
    const batches = []
    for (let next = 0; next < messages.length;) {
      const length = draw.between(1, most)
      batches.push(messages.slice(Math.max(0, next - draw.below(3)), next + length))
      next += length
    }
    return batches
  }

layer(TestLedger.still, { excludeTestServices: true })("1: what the anomaly watch tells and remembers", (it) => {
  it.effect.prop(
    "is the same however the log is split into batches, and whatever comes twice",
    [Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 }))],
    ([seed]) =>
      Effect.gen(function* () {
        const start = yield* head
        const draw = drawFrom(seed)
        const lives: ReadonlyArray<Life> = [
          { person: yield* opens(), ids: [], open: new Set() },
          { person: yield* opens(), ids: [], open: new Set() }
        ]
        for (let step = 0; step < 40; step++) yield* happens(draw, draw.pick(lives), start)
        yield* handOver(categorization, atOnce, start)
        const whole = yield* tells(atOnce, start)
        const wanted = yield* remembered
        for (const delivery of [oneByOne, inBatches(`${seed}`, 7), inBatches(`${seed}/`, 120)]) {
          assert.deepStrictEqual(yield* tells(delivery, start), whole)
          assert.deepStrictEqual(yield* remembered, wanted)
        }
      }),
    { arbitrary: { runs: 8 } }
  )
})
