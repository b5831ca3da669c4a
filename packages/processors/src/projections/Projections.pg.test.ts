import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { drawFrom } from "@finance/core/demo/Draw"
import type { RecordedEvent } from "@finance/core/event-store/EventStore"
import { noonOf } from "@finance/core/ledger/Day"
import { alertsOf } from "../budgets/AlertFold.ts"
import { budgetWatch } from "../budgets/BudgetWatch.ts"
import { categorization } from "../categorization/Categorization.ts"
import { firstDifference, type Models, modelsOf } from "../reconciliation/PersonFold.ts"
import { readModels } from "../reconciliation/ReadModels.ts"
import * as TestLedger from "../TestLedger.ts"
import {
  atOnce,
  budgets,
  cutsMonths,
  type Delivery,
  handOver,
  kr,
  logOf,
  opens,
  orders,
  type Person,
  receives,
  recordedBetween
} from "../TestLedger.ts"
import { projections } from "./Projections.ts"

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const days = ["2025-01-31", "2025-02-01", "2025-02-14", "2025-03-10", "2025-03-11"] as const
const months = ["2025-01", "2025-02", "2025-03"] as const
const kinds = ["groceries", "dining", "income", "transfer", "uncategorized"] as const
const spendings = ["groceries", "dining"] as const
const rollovers = ["none", "surplus", "deficit", "both"] as const
const starts = [1, 15, 25, 31] as const
const shops = ["KIWI MAJORSTUEN", "Peppes Pizza", "UKJENT AS", "Lønn KOMPLETT AS"] as const

/** One thing that happens; `which` picks among the person's transactions so far. */
const Happening = Schema.Struct({
  who: Schema.Literals([0, 1]),
  what: Schema.Literals([
    "receive",
    "receive",
    "receive",
    "file",
    "file",
    "describe",
    "date",
    "name",
    "opine",
    "delete",
    "restore",
    "budget",
    "budget",
    "budget",
    "end budget",
    "cut months",
    "categorize"
  ]),
  which: between(0, 20),
  øre: between(-150_000, 60_000),
  day: Schema.Literals(days),
  month: Schema.Literals(months),
  kind: Schema.Literals(kinds),
  spending: Schema.Literals(spendings),
  shop: Schema.Literals(shops),
  rollover: Schema.Literals(rollovers),
  one_month: Schema.Boolean,
  starts_on: Schema.Literals(starts)
})
type Happening = typeof Happening.Type

const commandOf = (happening: Happening, person: Person): Parameters<typeof orders>[2] | null => {
  const { what, day, kind, shop, which } = happening
  switch (what) {
    case "file":
      return { command: "Override", category: kind, user_id: person.owner_id }
    case "describe":
      return { command: "Update", description: `${shop} ${which}`, notes: which % 2 === 0 ? null : shop, tags: [shop] }
    case "date":
      return { command: "Update", occurred_at: { at: noonOf(day).toISOString(), day } }
    case "name":
      return { command: "Update", merchant_name: which % 3 === 0 ? null : shop }
    case "opine":
      return {
        command: "Categorize",
        category: kind,
        confidence: 0.5,
        source: "ml",
        merchant_name: which % 3 === 0 ? null : `${shop}!`,
        explanation: { code: "category.unknown", params: {} },
        alternatives: which % 2 === 0 ? [] : [{ category: kind, confidence: 0.25 }]
      }
    case "delete":
      return { command: "Delete" }
    case "restore":
      return { command: "Restore" }
    default:
      return null
  }
}

const happens = Effect.fnUntraced(function* (happening: Happening, person: Person, ids: Array<string>, start: bigint) {
  const { what, which, øre, day, month, spending: category, shop, rollover, one_month } = happening
  if (what === "categorize") return yield* handOver(categorization, atOnce, start)
  if (what === "budget") {
    const amount = BigInt(Math.abs(øre)) + kr(100)
    return yield* budgets(person, { command: "Set", category, amount, currency: "NOK", month, rollover, one_month })
  }
  if (what === "end budget") return yield* budgets(person, { command: "Remove", category, month, one_month })
  if (what === "cut months") {
    const from_month = which % 2 === 0 ? null : month
    return yield* cutsMonths(person, { month_starts_on: happening.starts_on, on_working_day: which % 3 === 0, from_month })
  }
  if (what === "receive" || ids.length === 0) {
    return ids.push(yield* receives(person, { day, amount: BigInt(øre === 0 ? 1 : øre), description: shop }))
  }
  const command = commandOf(happening, person)
  return command === null ? undefined : yield* orders(person, ids[which % ids.length]!, command)
})

const alertsIn = (log: ReadonlyArray<RecordedEvent>) =>
  log
    .flatMap(({ event, owner_id }) =>
      event.type === "BudgetExceeded"
        ? [
            `${owner_id}/${event.category}/${event.period}/${event.currency} at ${event.threshold_percentage}: ` +
              `${event.current_spent} of ${event.budget_amount} and ${event.carried_amount}`
          ]
        : []
    )
    .toSorted()

/** As if nothing had been read yet of what these people did. */
const forget = Effect.fnUntraced(function* (start: bigint) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`TRUNCATE account_projections, transactions, transaction_events, daily_aggregates, budgets, budget_settings, budget_days, budget_status,
    budget_alerts`
  yield* sql`UPDATE checkpoints SET position = ${start} WHERE processor IN ('projections', 'budgets')`
})

const head = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ position: bigint }>`SELECT coalesce(max(position), 0) AS position FROM events`
  return row!.position
})

/** What the tables hold of the person. */
const tablesOf = Effect.fnUntraced(function* ({ owner_id }: Person) {
  const sql = yield* SqlClient.SqlClient
  const models: Record<string, Models[string]> = {}
  for (const { name, query } of readModels) {
    const rows = yield* sql.unsafe<{ key: string }>(`SELECT * FROM (${query}) AS rows WHERE owner_id = $1`, [owner_id])
    models[name] = new Map(rows.map(({ key, ...columns }) => [key, columns]))
  }
  return models
})

const inBatches =
  (seed: string): Delivery =>
  (messages) => {
    const draw = drawFrom(seed)
    const batches = []
    for (let next = 0; next < messages.length;) {
      const length = draw.between(1, 5)
      batches.push(messages.slice(Math.max(0, next - draw.below(3)), next + length))
      next += length
    }
    return batches
  }

layer(TestLedger.still, { excludeTestServices: true })("the read models", (it) => {
  it.effect.prop(
    "say what the log says, whatever two people do and however it is split into batches",
    [Schema.Array(Happening).check(Schema.isMaxLength(60)), between(0, 1_000)],
    ([happenings, seed]) =>
      Effect.gen(function* () {
        const start = yield* head
        const people = [yield* opens({ opening_balance: kr(1_000) }), yield* opens()]
        const ids: ReadonlyArray<Array<string>> = [[], []]
        for (const happening of happenings) {
          // What a person may not do is refused, and nothing has happened.
          yield* happens(happening, people[happening.who]!, ids[happening.who]!, start).pipe(
            Effect.catchTags({
              TransactionRefused: () => Effect.void,
              BudgetRefused: () => Effect.void,
              PeriodsRefused: () => Effect.void
            })
          )
        }
        yield* handOver(categorization, atOnce, start)
        yield* recordedBetween(start, "2025-01-20", "2025-04-10")
        const alerts = alertsOf(yield* logOf(people, start))
        for (const delivery of [atOnce, inBatches(`${seed}`)]) {
          yield* forget(start)
          const before = yield* head
          yield* handOver(budgetWatch, delivery, start)
          yield* handOver(projections, delivery, start)
          for (const person of people) {
            const log = yield* logOf([person], start)
            const wanted = modelsOf({ projections: log, budgets: log, told: log })
            assert.isNull(firstDifference(wanted, yield* tablesOf(person)))
          }
          assert.deepStrictEqual(alertsIn(yield* logOf(people, before)), alerts)
        }
      }),
    { arbitrary: { runs: 15, size: 60 } }
  )

  it.effect("keep what else a purchase might be, for a person who thinks again about their own choice", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const person = yield* opens()
      const alternatives = [{ category: "dining", confidence: 0.25 }] as const
      for (const reading of [handOver(projections), Effect.void]) {
        const bought = yield* receives(person, { day: "2025-03-10", amount: -kr(99), description: "UKJENT AS" })
        yield* reading
        yield* orders(person, bought, {
          command: "Categorize",
          category: "groceries",
          confidence: 0.5,
          source: "ml",
          merchant_name: "Ukjent",
          explanation: { code: "category.unknown", params: {} },
          alternatives
        })
        yield* reading
        yield* orders(person, bought, { command: "Override", category: "health", user_id: person.owner_id })
        yield* handOver(projections)
        assert.deepStrictEqual(yield* sql`SELECT category, merchant_name, alternatives FROM transactions WHERE id = ${bought}`, [
          { category: "health", merchant_name: "Ukjent", alternatives }
        ])
      }
    })
  )
})
