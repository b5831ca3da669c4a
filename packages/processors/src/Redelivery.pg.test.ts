/**
 * What a bus may do at its worst, at length: every event once to five times, keys in any order among each other. More events than the
 * default with REDELIVERED_EVENTS=100000.
 */
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import * as Result from "effect/Result"
import * as SqlClient from "effect/sql/SqlClient"
import type { CloudEvent } from "@finance/core/bus/CloudEvent"
import { type Draw, drawFrom } from "@finance/core/demo/Draw"
import { type Append, EventStore } from "@finance/core/event-store/EventStore"
import { ReadFence } from "@finance/core/event-store/ReadFence"
import { addDays, type Day, noonOf } from "@finance/core/ledger/Day"
import { newId } from "@finance/core/ledger/Id"
import * as Transaction from "@finance/core/ledger/Transaction"
import { anomalyWatch } from "./anomalies/AnomalyWatch.ts"
import { budgetWatch } from "./budgets/BudgetWatch.ts"
import { categorization } from "./categorization/Categorization.ts"
import type * as Processor from "./Processor.ts"
import { projections } from "./projections/Projections.ts"
import { rebuildables, type RebuildableName } from "./projections/Rebuildables.ts"
import * as Rebuild from "./Rebuild.ts"
import { recurring } from "./recurring/Recurring.ts"
import { reconcile } from "./reconciliation/Reconciliation.ts"
import { transfers } from "./transfers/Transfers.ts"
import * as TestLedger from "./TestLedger.ts"
import {
  actor,
  atOnce,
  budgets,
  cutsMonths,
  type Delivery,
  kr,
  messagesAfter,
  opens,
  type Person,
  recordedBetween
} from "./TestLedger.ts"

const wanted = Number(process.env.REDELIVERED_EVENTS ?? 5_000)

// ---- Lives ----

const shops = ["REMA 1000 TORSHOV", "KIWI 505 OSLO", "Ukjent Butikk", "RUTER APP", "Peppes Pizza", "Lønn FJELLTUN AS"]

const created = (draw: Draw, { account }: Person, id: string): Transaction.Create => {
  const day = addDays("2025-01-10" as Day, draw.below(90))
  const isMove = draw.chance(8)
  const bought = draw.chance(8) ? draw.between(100, 60_000) : -draw.between(100, 90_000)
  return {
    command: "Create",
    transaction_id: id,
    account_id: account.id,
    amount: isMove ? kr(draw.pick([500, 1_000, -1_000, -2_500])) : BigInt(bought),
    currency: account.currency,
    description: isMove ? "Overføring mellom egne kontoer" : draw.pick(shops),
    occurred_at: noonOf(day).toISOString(),
    booking_date: day,
    value_date: null,
    external_id: null,
    source: draw.chance(80) ? "bank_sync" : "manual",
    import_id: null,
    raw_data: null
  }
}

const secondThought = (
  draw: Draw,
  { owner_id }: Person,
  { deleted }: Transaction.Transaction
): Transaction.TransactionCommand => {
  if (deleted) return { command: "Restore" }
  const day = addDays("2025-01-10" as Day, draw.below(90))
  return draw.pick<Transaction.TransactionCommand>([
    { command: "Override", category: draw.pick(["groceries", "dining", "uncategorized"]), user_id: owner_id },
    { command: "Update", occurred_at: { at: noonOf(day).toISOString(), day } },
    { command: "Update", merchant_name: draw.pick([null, "Kiwi"]), tags: ["mat"], notes: "kvittering" },
    { command: "Delete" }
  ])
}

const writtenAtOnce = 400

/** So many events of people who buy, think again and take back, written as an import writes them. */
const happens = Effect.fnUntraced(function* (draw: Draw, people: ReadonlyArray<Person>, events: number) {
  const store = yield* EventStore
  const known: Array<{ readonly person: Person; state: Transaction.Transaction; version: number }> = []
  for (let written = 0; written < events;) {
    const commands = new Map<string, Append>()
    while (commands.size < Math.min(writtenAtOnce, events - written)) {
      const old = known.length > 50 && draw.chance(25) ? draw.pick(known) : null
      const person = old?.person ?? draw.pick(people)
      const id = old?.state.id ?? newId()
      if (commands.has(id)) continue
      const command = old === null ? created(draw, person, id) : secondThought(draw, person, old.state)
      const decided = Result.getOrElse(Transaction.decide(old?.state ?? null, command), () => [])
      if (decided.length === 0) continue
      const next = decided.reduce<Transaction.Transaction | null>(Transaction.evolve, old?.state ?? null)!
      const at = {
        stream_id: id,
        stream_type: "transaction",
        owner_id: person.owner_id,
        metadata: { actor: person.owner_id }
      } as const
      commands.set(id, { ...at, expected: old?.version ?? "none", events: decided })
      if (old === null) known.push({ person, state: next, version: decided.length })
      else Object.assign(old, { state: next, version: old.version + decided.length })
    }
    for (const answer of yield* store.append([...commands.values()])) assert.isTrue(Result.isSuccess(answer))
    written += commands.size
  }
})

const livesOf = Effect.fnUntraced(function* (events: number) {
  const draw = drawFrom("redelivery")
  const accounts: Array<Person> = []
  for (let people = Math.max(8, events / 2_000); people > 0; people--) {
    const person = yield* opens({ opening_balance: kr(1_000) })
    accounts.push(person, yield* opens({ owner_id: person.owner_id }))
    if (draw.chance(40)) yield* cutsMonths(person, { month_starts_on: 25, on_working_day: true, from_month: null })
    for (const category of ["groceries", "dining"] as const) {
      const amount = kr(draw.between(900, 9_000))
      yield* budgets(person, { command: "Set", category, amount, currency: "NOK", month: "2025-01", rollover: "both" })
    }
  }
  // what the programs say of them adds nearly half as many again
  yield* happens(draw, accounts, Math.floor(events * 0.7))
})

// ---- Deliveries ----

/** A key's events in their order, some of them again from an earlier one on: each comes once to five times. */
const repeated = (draw: Draw, events: ReadonlyArray<CloudEvent>): Array<CloudEvent> => {
  const sequence: Array<CloudEvent> = []
  for (let next = 0; next < events.length;) {
    const stretch = events.slice(next, next + draw.between(1, 20))
    for (let times = draw.between(1, 5); times > 0; times--) sequence.push(...stretch)
    next += stretch.length
  }
  return sequence
}

/** Every key's events once to five times, keys in any order among each other, in batches of any size. */
const shuffled =
  (seed: string): Delivery =>
  (messages) => {
    const draw = drawFrom(seed)
    const keys = [...Map.groupBy(messages, ({ partitionkey }) => partitionkey).values()].map((events) => repeated(draw, events))
    const batches: Array<ReadonlyArray<CloudEvent>> = []
    while (keys.length > 0) {
      const batch: Array<CloudEvent> = []
      for (const size = draw.between(1, 300); batch.length < size && keys.length > 0;) {
        const at = draw.below(keys.length)
        batch.push(...keys[at]!.splice(0, draw.between(1, 30)))
        if (keys[at]!.length === 0) keys.splice(at, 1)
      }
      batches.push(batch)
    }
    return batches
  }

const inBatches =
  (seed: string, most: number): Delivery =>
  (messages) => {
    const draw = drawFrom(seed)
    const batches: Array<ReadonlyArray<CloudEvent>> = []
    for (let next = 0; next < messages.length; next += batches.at(-1)!.length) {
      batches.push(messages.slice(next, next + draw.between(1, most)))
    }
    return batches
  }

/** Hands the program the log: all of it, or what comes after the position. */
const delivered = Effect.fnUntraced(function* <E, R>(program: Processor.Program<E, R>, delivery: Delivery, after = 0n) {
  const { deliver } = yield* actor(program)
  for (const [partition, messages] of yield* messagesAfter(after)) {
    for (const events of delivery(messages)) yield* deliver({ partition, events })
  }
}, Effect.scoped)

const head = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ position: bigint }>`SELECT max(position) AS position FROM events`
  return row!.position
})

/** Every program has the log, and what they and others make of it, until nothing more comes of it. */
const workThrough = Effect.gen(function* () {
  for (let after = 0n, end = yield* head; after < end; [after, end] = [end, yield* head]) {
    yield* delivered(categorization, shuffled("categorization"), after)
    if (after === 0n) yield* recordedBetween(0n, "2025-01-20", "2025-04-10")
    yield* delivered(transfers, shuffled("transfers"), after)
    yield* delivered(budgetWatch, shuffled("budgets"), after)
    yield* delivered(anomalyWatch, shuffled("anomalies"), after)
    yield* delivered(recurring, shuffled("recurring"), after)
    yield* delivered(projections, shuffled("projections"), after)
  }
})

// ---- Read models ----

const tablesOf = (name: RebuildableName) => Object.keys(rebuildables[name].tables)

/** A hash of everything that each table holds. */
const hashes = Effect.fnUntraced(function* (tables: ReadonlyArray<string>) {
  const sql = yield* SqlClient.SqlClient
  const found: Record<string, string> = {}
  for (const table of tables) {
    const [row] = yield* sql<{ hash: string }>`
      SELECT encode(sha256(convert_to(coalesce(string_agg(t::text, chr(10) ORDER BY t::text COLLATE "C"), ''), 'UTF8')), 'hex') AS hash
      FROM ${sql(table)} t`
    found[table] = row!.hash
  }
  return found
})

/** SHA-256 of no row at all. */
const ofNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

const names = Object.keys(rebuildables) as Array<RebuildableName>
const everything = hashes(names.flatMap(tablesOf))

/** As if the program had read nothing yet. */
const forgotten = Effect.fnUntraced(function* (name: RebuildableName) {
  const sql = yield* SqlClient.SqlClient
  yield* sql.unsafe(`TRUNCATE ${tablesOf(name).join(", ")}`)
  yield* sql`UPDATE checkpoints SET position = 0 WHERE processor = ${name}`
})

const still = ReadFence.layer.pipe(
  Layer.provideMerge(TestLedger.still),
  Layer.provideMerge(Layer.succeed(References.MinimumLogLevel, "Warn"))
)

layer(still, { excludeTestServices: true, timeout: "1 hour" })(
  `${wanted} events, each delivered once to five times, shuffled across people`,
  (it) => {
    it.effect(
      "leave every read model as a clean replay of the log does, and as it is after being rebuilt ten times",
      () =>
        Effect.gen(function* () {
          yield* livesOf(wanted)
          yield* workThrough
          const live = yield* everything
          const { events, rows } = yield* reconcile()
          assert.isAtLeast(events, wanted)
          assert.isAbove(rows, wanted)
          for (const table of ["budget_alerts", "budget_status", "anomalies", "recurring", "transfer_lines"]) {
            assert.notStrictEqual(live[table], ofNothing, table)
          }

          for (const delivery of [atOnce, inBatches("small", 60), inBatches("large", 2_000)]) {
            yield* forgotten("projections")
            yield* delivered(projections, delivery)
            assert.deepStrictEqual(yield* everything, live)
          }
          const { events: after } = yield* reconcile()
          assert.strictEqual(after, events)
          for (let time = 0; time < 10; time++) {
            for (const name of names) yield* Rebuild.run(rebuildables[name])
            assert.deepStrictEqual(yield* everything, live)
          }
        }),
      { timeout: 3_600_000 }
    )
  }
)
