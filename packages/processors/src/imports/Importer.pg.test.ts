import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as SqlClient from "effect/sql/SqlClient"
import { Database } from "@finance/core/database/Database"
import { Signals } from "@finance/core/database/Signals"
import { sparebank1File } from "@finance/core/demo/SpareBank1File"
import { newId } from "@finance/core/ledger/Id"
import * as ProcessorControl from "@finance/core/processors/ProcessorControl"
import { parse } from "@finance/core/statements/StatementFile"
import * as Processors from "../Processors.ts"
import * as TestLedger from "../TestLedger.ts"
import { begins, completed, eventually, kr, opens, type Person, settled, spends } from "../TestLedger.ts"
import { importer } from "./Importer.ts"

const fileOf = Effect.fnUntraced(function* (rows: number, seed: number) {
  const content = new TextEncoder().encode(sparebank1File(rows, seed))
  const statement = yield* parse(content, { filename: "file.csv", currency: "NOK" })
  const amounts = [...statement.rows].flatMap((row) => (row._tag === "Line" ? [row.amount] : []))
  return { content, sum: amounts.reduce((sum, amount) => sum + amount, 0n) }
})

/** A process with every program in it, until its scope closes: interrupted, as when it is told to stop. */
const start = Effect.gen(function* () {
  const scope = yield* Scope.make()
  yield* Layer.buildWithScope(Layer.fresh(Processors.layer), scope)
  yield* Effect.addFinalizer(() => Scope.close(scope, Exit.void))
  return { stop: Scope.close(scope, Exit.void) }
})

const rowsDone = Effect.fnUntraced(function* (import_id: string) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ rows_done: number; status: string }>`SELECT rows_done, status FROM imports WHERE id = ${import_id}`
  return row!
})

const hasBegun = (import_id: string) => eventually(Effect.map(rowsDone(import_id), ({ rows_done }) => rows_done >= 1_000))

/** As if the time of the lease had passed. */
const leaseRunsOut = Effect.fnUntraced(function* (import_id: string) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`UPDATE imports SET leased_until = now() - interval '1 second' WHERE id = ${import_id}`
  const signals = yield* Signals
  signals.raise("imports")
})

/** What there is of the import: transactions, balance, sums by day, verdicts, and lines of the log. */
const outcome = Effect.fnUntraced(function* ({ owner_id, account }: Person, import_id: string) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{
    rows_new: number
    balance: bigint
    transactions: bigint
    days: bigint
    verdicts: bigint
    ordinals: bigint
    created: bigint
    categorized: bigint
  }>`
    SELECT (SELECT rows_new FROM imports WHERE id = ${import_id}) AS rows_new,
      (SELECT current_balance FROM account_projections WHERE id = ${account.id}) AS balance,
      (SELECT count(*) FROM transactions WHERE import_id = ${import_id}) AS transactions,
      (SELECT sum(total_amount)::bigint FROM daily_aggregates WHERE owner_id = ${owner_id}) AS days,
      (SELECT count(*) FROM import_rows WHERE import_id = ${import_id} AND verdict = 'new') AS verdicts,
      (SELECT max(ordinal) + 1 FROM import_rows WHERE import_id = ${import_id})::bigint AS ordinals,
      (SELECT count(*) FROM events WHERE owner_id = ${owner_id} AND type = 'TransactionCreated') AS created,
      (SELECT count(*) FROM events WHERE owner_id = ${owner_id} AND type = 'TransactionCategorized') AS categorized`
  return row!
})

const whole = (rows: number, sum: bigint) => {
  const count = BigInt(rows)
  return {
    rows_new: rows,
    balance: sum,
    transactions: count,
    days: sum,
    verdicts: count,
    ordinals: count,
    created: count,
    categorized: count
  }
}

layer(TestLedger.still, { excludeTestServices: true })("an import that is cut short", (it) => {
  it.effect("goes on after the program was stopped in its middle, and loses and doubles nothing", () =>
    Effect.gen(function* () {
      const { content, sum } = yield* fileOf(5_000, 1)
      const person = yield* opens()
      const first = yield* start
      const import_id = yield* begins(person, content)
      yield* hasBegun(import_id)
      yield* first.stop
      const { rows_done, status } = yield* rowsDone(import_id)
      assert.isBelow(rows_done, 5_000, "it was stopped in the middle")
      assert.strictEqual(status, "running")

      yield* leaseRunsOut(import_id)
      yield* start
      yield* completed(import_id)
      assert.deepStrictEqual(yield* outcome(person, import_id), whole(5_000, sum))
    })
  )

  it.effect("goes on after the database cut every connection, and loses and doubles nothing", () =>
    Effect.gen(function* () {
      const { content, sum } = yield* fileOf(3_000, 2)
      const person = yield* opens()
      yield* start
      const import_id = yield* begins(person, content)
      yield* hasBegun(import_id)
      const administrator = yield* Database.dedicated("migrator", "test")
      const cut = yield* administrator`
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`
      assert.isAbove(cut.length, 2)
      yield* eventually(Effect.as(Effect.retry(leaseRunsOut(import_id), { times: 20 }), true))
      yield* completed(import_id)
      yield* settled
      assert.deepStrictEqual(yield* outcome(person, import_id), whole(3_000, sum))
    })
  )

  it.effect("is complete only when its last lines can be seen, also when it was stopped just before its end", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { content, sum } = yield* fileOf(400, 3)
      const person = yield* opens()
      const account = yield* start
      yield* eventually(
        Effect.map(sql`SELECT FROM account_projections WHERE id = ${person.account.id}`, ({ length }) => length === 1)
      )
      yield* account.stop
      const import_id = yield* begins(person, content)
      // Nobody but the importer is at work, so the only chunk goes in and nobody projects it.
      yield* Effect.raceFirst(importer, eventually(Effect.map(rowsDone(import_id), ({ rows_done }) => rows_done === 400)))
      assert.strictEqual((yield* rowsDone(import_id)).status, "running")

      yield* leaseRunsOut(import_id)
      yield* start
      yield* completed(import_id)
      assert.deepStrictEqual(yield* outcome(person, import_id), whole(400, sum))
    })
  )
})

layer(TestLedger.running, { excludeTestServices: true })("imports side by side", (it) => {
  it.effect("a person at work while their file comes in finds all of it, categorised, once it is complete", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { content } = yield* fileOf(1_200, 9)
      const person = yield* opens()
      const import_id = yield* begins(person, content)
      const atWork = Effect.forever(Effect.andThen(spends(person, "groceries", 10), Effect.sleep("30 millis")))
      yield* Effect.raceFirst(completed(import_id), atWork)
      const [seen] = yield* sql<{ rows: bigint; waiting: bigint }>`
        SELECT count(*) AS rows, count(*) FILTER (WHERE category_explanation->>'code' = 'category.pending') AS waiting
        FROM transactions WHERE import_id = ${import_id}`
      assert.deepStrictEqual(seen, { rows: 1_200n, waiting: 0n })
    })
  )

  it.effect("one that waits for read models that are paused stays its program's, and goes on when they are resumed", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const { content, sum } = yield* fileOf(2_000, 10)
      const person = yield* opens()
      yield* eventually(
        Effect.map(sql`SELECT FROM account_projections WHERE id = ${person.account.id}`, ({ length }) => length === 1)
      )
      yield* ProcessorControl.pause("projections")
      const import_id = yield* begins(person, content)
      const lease = Effect.map(
        sql<{ until: Date | null }>`SELECT leased_until AS until FROM imports WHERE id = ${import_id}`,
        ([row]) => row!.until?.getTime() ?? 0
      )
      yield* hasBegun(import_id)
      const first = yield* lease
      yield* eventually(Effect.map(lease, (until) => until > first + 1_000))
      assert.strictEqual((yield* rowsDone(import_id)).status, "running")
      yield* ProcessorControl.resume("projections")
      yield* completed(import_id)
      assert.deepStrictEqual(yield* outcome(person, import_id), whole(2_000, sum))
    })
  )

  it.effect("two programs that work on one import take its lines in once: one gives way", () =>
    Effect.gen(function* () {
      const { content, sum } = yield* fileOf(2_500, 4)
      const person = yield* opens()
      const import_id = yield* begins(person, content)
      yield* hasBegun(import_id)
      yield* Effect.forkScoped(importer)
      yield* leaseRunsOut(import_id)
      yield* completed(import_id)
      yield* settled
      assert.deepStrictEqual(yield* outcome(person, import_id), whole(2_500, sum))
    })
  )

  it.effect("one whose account is not there yet holds up nobody else's", () =>
    Effect.gen(function* () {
      const { content, sum } = yield* fileOf(20, 5)
      const nowhere: Person = { owner_id: newId(), account: { id: newId(), currency: "NOK" } }
      yield* begins(nowhere, content)
      const person = yield* opens({ opening_balance: kr(1) })
      const import_id = yield* begins(person, content)
      yield* completed(import_id)
      assert.strictEqual((yield* outcome(person, import_id)).balance, kr(1) + sum)
    })
  )
})
