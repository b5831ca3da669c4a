import { readFileSync } from "node:fs"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { sparebank1File } from "@finance/core/demo/SpareBank1File"
import { parse } from "@finance/core/statements/StatementFile"
import { type Line, imports, kr, opens, type Person, running, settled, statementOf } from "./TestLedger.ts"

const fixture = readFileSync(new URL("../../core/src/statements/fixtures/sparebank1.csv", import.meta.url))

const kiwi: Line = { day: "2025-01-15", amount: -kr(99), description: "KIWI MAJORSTUEN" }
const ruter: Line = { day: "2025-01-14", amount: -kr(42), description: "RUTER" }
const husleie: Line = { day: "2025-02-01", amount: -kr(9000), description: "HUSLEIE FEBRUAR" }
const lønn: Line = { day: "2025-02-12", amount: kr(31_415.92), description: "Lønn FJELLTUN REGNSKAP AS" }

/** The person's money as each read model has it: they must agree. */
const told = Effect.fnUntraced(function* ({ owner_id, account }: Person) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ balance: bigint; count: bigint; transactions: bigint; lines: bigint; books: bigint; days: bigint }>`
    SELECT a.current_balance AS balance, a.transaction_count AS count,
      (SELECT coalesce(sum(amount), 0)::bigint FROM transactions t WHERE t.account_id = a.id AND NOT deleted) AS transactions,
      (SELECT count(*) FROM transactions t WHERE t.account_id = a.id AND NOT deleted) AS lines,
      (SELECT coalesce(sum(balance_change), 0)::bigint FROM transaction_events e WHERE e.account_id = a.id) AS books,
      (SELECT coalesce(sum(total_amount), 0)::bigint FROM daily_aggregates d WHERE d.owner_id = ${owner_id}) AS days
    FROM account_projections a WHERE a.id = ${account.id}`
  return row!
})

const verdictsOf = Effect.fnUntraced(function* (import_id: string) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<{ line: number; verdict: string; code: string | null; entered: boolean }>`
    SELECT line, verdict, reason->>'code' AS code, transaction_id IS NOT NULL AS entered FROM import_rows
    WHERE import_id = ${import_id} ORDER BY ordinal`
})

const countsOf = Effect.fnUntraced(function* (import_id: string) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<Record<"rows_new" | "rows_duplicate" | "rows_rejected" | "rows_skipped", number>>`
    SELECT rows_new, rows_duplicate, rows_rejected, rows_skipped FROM imports WHERE id = ${import_id}`
  return row!
})

const none = { rows_new: 0, rows_duplicate: 0, rows_rejected: 0, rows_skipped: 0 }

const amountsOf = Effect.fnUntraced(function* ({ account }: Person) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ amount: bigint }>`
    SELECT amount FROM transactions WHERE account_id = ${account.id} ORDER BY booking_date, amount`
  return rows.map(({ amount }) => amount)
})

layer(running, { excludeTestServices: true })("the way of a transaction", (it) => {
  it.effect("a statement goes in, and its lines come out categorised, summed and balanced to the øre", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const person = yield* opens({ opening_balance: kr(1000) })
      const import_id = yield* imports(person, fixture)
      const sum = 396_065n
      assert.deepStrictEqual(yield* told(person), {
        balance: kr(1000) + sum,
        count: 15n,
        transactions: sum,
        lines: 15n,
        books: sum,
        days: sum
      })
      const filed = yield* sql<{ description: string; category: string; merchant_name: string | null }>`
        SELECT description, category, merchant_name FROM transactions
        WHERE import_id = ${import_id} AND NOT needs_review AND category_source = 'rule' AND category_confidence > 0.6`
      const filedAs = new Map(filed.map(({ description, category, merchant_name }) => [description, [category, merchant_name]]))
      assert.deepStrictEqual(filedAs.get("KIWI MAJORSTUEN"), ["groceries", "KIWI"])
      assert.strictEqual(filedAs.get("Lønn KOMPLETT AS")?.[0], "income")
      assert.strictEqual(filedAs.get("Overføring til Sparekonto")?.[0], "transfer")
      const days = yield* sql<{ total: bigint; spent: bigint; count: bigint }>`
        SELECT total_amount AS total, spent_amount AS spent, transaction_count AS count FROM daily_aggregates
        WHERE owner_id = ${person.owner_id} AND day = '2025-02-28' AND category = 'groceries' AND merchant_name = 'KIWI'`
      assert.deepStrictEqual(days, [{ total: -34_856n, spent: 34_856n, count: 1n }])
      assert.lengthOf(yield* sql`SELECT FROM import_files WHERE import_id = ${import_id}`, 0, "the staged file is gone")
    })
  )

  it.effect("the same file again adds nothing, and says of every row that it is there already", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      yield* imports(person, fixture)
      const before = yield* told(person)
      const again = yield* imports(person, fixture)
      assert.deepStrictEqual(yield* countsOf(again), { ...none, rows_duplicate: 15 })
      for (const row of yield* verdictsOf(again)) {
        assert.deepStrictEqual([row.verdict, row.code, row.entered], ["duplicate", "already-imported", false])
      }
      yield* settled
      assert.deepStrictEqual(yield* told(person), before)
    })
  )

  it.effect("two exports that overlap add each line once, and of equal purchases as many as the fuller one shows", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      yield* imports(person, statementOf([kiwi, kiwi, ruter]))
      const second = yield* imports(person, statementOf([lønn, husleie, kiwi, kiwi, kiwi]))
      assert.deepStrictEqual(yield* countsOf(second), { ...none, rows_new: 3, rows_duplicate: 2 })
      assert.deepStrictEqual(
        yield* amountsOf(person),
        [ruter, kiwi, kiwi, kiwi, husleie, lønn].map(({ amount }) => amount)
      )
      const sum = ruter.amount + 3n * kiwi.amount + husleie.amount + lønn.amount
      const { balance, books, days } = yield* told(person)
      assert.deepStrictEqual([balance, books, days], [sum, sum, sum])
    })
  )

  it.effect("two equal purchases in one file are two", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      const import_id = yield* imports(person, statementOf([kiwi, kiwi]))
      assert.deepStrictEqual(yield* countsOf(import_id), { ...none, rows_new: 2 })
      assert.deepStrictEqual(yield* amountsOf(person), [kiwi.amount, kiwi.amount])
    })
  )

  it.effect("a row that cannot be read is told with its line number and reason, and keeps no other from going in", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      const file = [
        "Dato;Beskrivelse;Rentedato;Inn;Ut;Til konto;Fra konto;",
        `"28.02.2025";"KIWI MAJORSTUEN";;;"-348,56";"12345678901";"98765432109";`,
        `"30.02.2025";"RUTER";;;"-42,00";"12345678901";"98765432109";`,
        `"26.02.2025";"MENY";;;"mye";"12345678901";"98765432109";`,
        `"25.02.2025";"POWER";;;"-100,00";"12345678901";"98765432109";`,
        ""
      ].join("\n")
      const import_id = yield* imports(person, new TextEncoder().encode(file))
      assert.deepStrictEqual(yield* countsOf(import_id), { ...none, rows_new: 2, rows_rejected: 2 })
      assert.deepStrictEqual(yield* verdictsOf(import_id), [
        { line: 2, verdict: "new", code: null, entered: true },
        { line: 3, verdict: "rejected", code: "invalid-date", entered: false },
        { line: 4, verdict: "rejected", code: "invalid-amount", entered: false },
        { line: 5, verdict: "new", code: null, entered: true }
      ])
      assert.strictEqual((yield* told(person)).balance, -44_856n)
    })
  )

  it.effect("two people who import the same file at once each have it once, and see nothing of each other's", () =>
    Effect.gen(function* () {
      const people = [yield* opens(), yield* opens({ opening_balance: kr(5) })]
      yield* Effect.forEach(people, (person) => imports(person, fixture), { concurrency: "unbounded" })
      const [one, other] = yield* Effect.forEach(people, told)
      const sums = { count: 15n, transactions: 396_065n, lines: 15n, books: 396_065n, days: 396_065n }
      assert.deepStrictEqual(one, { balance: 396_065n, ...sums })
      assert.deepStrictEqual(other, { balance: 396_565n, ...sums })
    })
  )

  it.effect("a file sent twice at once goes in once", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      const answers = yield* Effect.forEach([1, 2], () => Effect.exit(imports(person, fixture)), { concurrency: "unbounded" })
      assert.include(
        answers.map((answer) => answer._tag),
        "Success"
      )
      yield* settled
      assert.strictEqual((yield* told(person)).balance, 396_065n)
    })
  )

  it.effect("a file of 3,000 rows equals its own sums in every read model", () =>
    Effect.gen(function* () {
      const person = yield* opens({ opening_balance: kr(12_345.67) })
      const file = new TextEncoder().encode(sparebank1File(3_000, 7))
      const statement = yield* parse(file, { filename: "file.csv", currency: "NOK" })
      const lines = [...statement.rows].flatMap((row) => (row._tag === "Line" ? [row] : []))
      assert.lengthOf(lines, 3_000)
      const sum = lines.reduce((sum, { amount }) => sum + amount, 0n)
      yield* imports(person, file)
      assert.deepStrictEqual(yield* told(person), {
        balance: kr(12_345.67) + sum,
        count: 3_000n,
        transactions: sum,
        lines: 3_000n,
        books: sum,
        days: sum
      })
      const sql = yield* SqlClient.SqlClient
      const byDay = yield* sql<{ day: string; total: bigint; count: bigint }>`
        SELECT day::text, sum(total_amount)::bigint AS total, sum(transaction_count)::bigint AS count FROM daily_aggregates
        WHERE owner_id = ${person.owner_id} GROUP BY day ORDER BY day`
      const wanted = [...Map.groupBy(lines, ({ booking_date }) => booking_date)]
        .map(([day, own]) => ({
          day: day as string,
          total: own.reduce((sum, { amount }) => sum + amount, 0n),
          count: BigInt(own.length)
        }))
        .toSorted((one, other) => (one.day < other.day ? -1 : 1))
      assert.deepStrictEqual(byDay, wanted)
      const pending = yield* sql`
        SELECT FROM transactions WHERE owner_id = ${person.owner_id} AND category_explanation->>'code' = 'category.pending'`
      assert.lengthOf(pending, 0, "a completed import has an opinion on every line")
    })
  )
})
