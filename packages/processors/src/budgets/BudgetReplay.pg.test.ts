import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import * as Budget from "@finance/core/budgets/Budget"
import { drawFrom } from "@finance/core/demo/Draw"
import type { RecordedEvent } from "@finance/core/event-store/EventStore"
import { ReadFence } from "@finance/core/event-store/ReadFence"
import { addDays, dayIn, monthOf, noonOf } from "@finance/core/ledger/Day"
import * as Rebuild from "../Rebuild.ts"
import * as TestLedger from "../TestLedger.ts"
import {
  atOnce,
  budgets,
  cutsMonths,
  type Delivery,
  files,
  handOver,
  kr,
  logOf,
  oneByOne,
  opens,
  orders,
  type Person,
  receives,
  recordedBetween,
  settled,
  spends
} from "../TestLedger.ts"
import { alertsOf } from "./AlertFold.ts"
import { budgetWatch, rebuiltBudgets } from "./BudgetWatch.ts"

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const months = ["2025-01", "2025-02", "2025-03", "2025-04"] as const

/** One thing that a person does about their budgets; purchases come most often. */
const Doing = Schema.Struct({
  what: Schema.Literals([
    "buy",
    "buy",
    "buy",
    "buy",
    "buy",
    "refund",
    "refile",
    "move",
    "delete",
    "restore",
    "set",
    "end",
    "cut"
  ]),
  which: between(0, 40),
  kroner: between(20, 700),
  day: between(0, 119),
  month: Schema.Literals(months),
  category: Schema.Literals(["groceries", "dining"]),
  rollover: Budget.Rollover,
  one_month: Schema.Boolean,
  starts_on: between(1, 31)
})
type Doing = typeof Doing.Type

const does = Effect.fnUntraced(function* (person: Person, doing: Doing, bought: Array<string>) {
  const { what, which, kroner, month, category, rollover, one_month, starts_on } = doing
  const day = addDays("2025-01-01", doing.day)
  const known = bought[which % Math.max(bought.length, 1)]
  switch (what) {
    case "set":
      return yield* budgets(person, {
        command: "Set",
        category,
        amount: kr(300 + kroner),
        currency: "NOK",
        month,
        rollover,
        one_month
      })
    case "end":
      return yield* budgets(person, { command: "Remove", category, month, one_month })
    case "cut": {
      const from_month = which % 2 === 0 ? null : month
      return yield* cutsMonths(person, { month_starts_on: starts_on, on_working_day: which % 3 === 0, from_month })
    }
    case "refund": {
      const refund = yield* receives(person, { day, amount: kr(kroner), description: "Retur" })
      yield* files(person, refund, category)
      return bought.push(refund)
    }
    case "buy":
      return bought.push(yield* spends(person, category, kroner, day))
  }
  if (known === undefined) return
  if (what === "refile") return yield* files(person, known, category)
  if (what === "move")
    return yield* orders(person, known, { command: "Update", occurred_at: { at: noonOf(day).toISOString(), day } })
  return yield* orders(person, known, { command: what === "delete" ? "Delete" : "Restore" })
})

/** What of the log the person was told of budgets, without the ids. */
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

const tables = Object.keys(rebuiltBudgets.tables)

/** Every row of the person in every table of the program, to the letter. */
const rows = Effect.fnUntraced(function* ({ owner_id }: Person) {
  const sql = yield* SqlClient.SqlClient
  const all: Record<string, ReadonlyArray<object>> = {}
  for (const table of tables) {
    all[table] = yield* sql.unsafe(`SELECT t.* FROM ${table} t WHERE owner_id = $1 ORDER BY t::text`, [owner_id])
  }
  return all
})

const forget = Effect.fnUntraced(function* (start: bigint) {
  const sql = yield* SqlClient.SqlClient
  yield* sql.unsafe(`TRUNCATE ${tables.join(", ")}`)
  yield* sql`UPDATE checkpoints SET position = ${start} WHERE processor = 'budgets'`
})

const head = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ position: bigint }>`SELECT coalesce(max(position), 0) AS position FROM events`
  return row!.position
})

const inBatches =
  (seed: string): Delivery =>
  (messages) => {
    const draw = drawFrom(seed)
    const batches = []
    for (let next = 0; next < messages.length;) {
      const length = draw.between(1, 9)
      batches.push(messages.slice(Math.max(0, next - draw.below(3)), next + length))
      next += length
    }
    return batches
  }

const still = Layer.provideMerge(ReadFence.layer, TestLedger.still)

layer(still, { excludeTestServices: true })("budgets, replayed", (it) => {
  it.effect.prop(
    "hold and tell what the log says, however it is split into batches, and a rebuild leaves every row as it was and tells nothing",
    [Schema.Array(Doing).check(Schema.isMinLength(20), Schema.isMaxLength(50)), between(0, 1_000)],
    ([doings, seed]) =>
      Effect.gen(function* () {
        const start = yield* head
        const person = yield* opens()
        for (const category of ["groceries", "dining"] as const) {
          const set = { command: "Set", amount: kr(800), currency: "NOK", month: "2025-01", rollover: "both" } as const
          yield* budgets(person, { ...set, category })
        }
        const bought: Array<string> = []
        for (const doing of doings) {
          yield* does(person, doing, bought).pipe(
            Effect.catchTags({
              TransactionRefused: () => Effect.void,
              BudgetRefused: () => Effect.void,
              PeriodsRefused: () => Effect.void
            })
          )
        }
        yield* recordedBetween(start, "2025-01-05", "2025-05-05")
        const alerts = alertsOf(yield* logOf([person], start))
        let held: object | null = null
        for (const delivery of [atOnce, oneByOne, inBatches(`${seed}`)]) {
          yield* forget(start)
          const before = yield* head
          yield* handOver(budgetWatch, delivery, start)
          assert.deepStrictEqual(alertsIn(yield* logOf([person], before)), alerts)
          const now = yield* rows(person)
          assert.deepStrictEqual(now, (held ??= now))
        }
        const told = yield* head
        yield* Rebuild.run(rebuiltBudgets)
        assert.deepStrictEqual(yield* rows(person), held)
        yield* handOver(budgetWatch, atOnce, start)
        assert.strictEqual(yield* head, told)
      }),
    { arbitrary: { runs: 12, size: 50 } }
  )

  it.effect("leave to the program what it has not handled: a person hears of it afterwards, and of nothing else again", () =>
    Effect.gen(function* () {
      const today = dayIn(new Date())
      const [kari, ola] = [yield* opens(), yield* opens()]
      for (const person of [kari, ola]) {
        const month = monthOf(addDays(today, -40))
        yield* budgets(person, { command: "Set", category: "dining", amount: kr(1_000), currency: "NOK", month })
        yield* spends(person, "dining", 850, today)
      }
      yield* handOver(budgetWatch)
      yield* spends(kari, "dining", 100, today)
      const before = yield* head
      yield* Rebuild.run(rebuiltBudgets)
      assert.strictEqual(yield* head, before)
      yield* handOver(budgetWatch)
      const thresholds = Effect.fnUntraced(function* (person: Person) {
        const log = yield* logOf([person])
        return log.flatMap(({ event }) => (event.type === "BudgetExceeded" ? [event.threshold_percentage] : []))
      })
      assert.deepStrictEqual(yield* thresholds(kari), [80, 90])
      assert.deepStrictEqual(yield* thresholds(ola), [80])
    })
  )
})

layer(Layer.provideMerge(ReadFence.layer, TestLedger.running), { excludeTestServices: true, timeout: "60 seconds" })(
  "budgets, rebuilt while people shop",
  (it) => {
    it.effect("lose no purchase and tell of no threshold twice", () =>
      Effect.gen(function* () {
        const today = dayIn(new Date())
        const people = yield* Effect.forEach(["Kari", "Ola", "Åse"], () => opens())
        const shops = Effect.fnUntraced(function* (person: Person) {
          yield* budgets(person, {
            command: "Set",
            category: "dining",
            amount: kr(1_000),
            currency: "NOK",
            month: monthOf(today)
          })
          for (let purchase = 0; purchase < 25; purchase++) yield* spends(person, "dining", 40, today)
        })
        const shopping = yield* Effect.forkChild(Effect.forEach(people, shops, { concurrency: "unbounded" }))
        for (let times = 0; times < 4; times++) yield* Rebuild.run(rebuiltBudgets)
        yield* Fiber.join(shopping)
        yield* Rebuild.run(rebuiltBudgets)
        yield* settled
        for (const person of people) {
          const log = yield* logOf([person])
          const told = log.flatMap(({ event }) => (event.type === "BudgetExceeded" ? [event.threshold_percentage] : []))
          assert.deepStrictEqual(told, [80, 90, 100])
          const { budget_days } = yield* rows(person)
          const spent = (budget_days as ReadonlyArray<{ spent: ReadonlyArray<bigint> }>).flatMap(({ spent }) => spent)
          assert.strictEqual(
            spent.reduce((sum, day) => sum + day, 0n),
            kr(1_000)
          )
        }
      })
    )
  }
)
