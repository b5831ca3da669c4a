import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import * as TestLedger from "../TestLedger.ts"
import { files, handOver, kr, logOf, opens, orders, type Person, receives, spends, workThrough } from "../TestLedger.ts"
import { categorization } from "./Categorization.ts"

const line = (description: string, day = "2025-03-10") => ({ day, amount: -kr(120), description })

/** How the transaction is filed, by whom, and whether a person is asked about it. */
const filed = Effect.fnUntraced(function* (transaction_id: string) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ category: string; source: string; code: string; needs_review: boolean }>`
    SELECT category, category_source AS source, category_explanation->>'code' AS code, needs_review FROM transactions
    WHERE id = ${transaction_id}`
  return row!
})

const opinions = Effect.fnUntraced(function* (person: Person, transaction_id: string) {
  const log = yield* logOf([person])
  return log.filter(({ stream_id, type }) => stream_id === transaction_id && type === "TransactionCategorized").length
})

layer(TestLedger.still, { excludeTestServices: true })("categorisation", (it) => {
  it.effect("files what it knows, and asks the person about what it does not", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      const known = yield* receives(person, line("KIWI MAJORSTUEN"))
      const unknown = yield* receives(person, line("UKJENT BUTIKK AS"))
      yield* workThrough()
      assert.deepStrictEqual(yield* filed(known), {
        category: "groceries",
        source: "rule",
        code: "category.merchant-rule",
        needs_review: false
      })
      assert.deepStrictEqual(yield* filed(unknown), {
        category: "uncategorized",
        source: "rule",
        code: "category.unknown",
        needs_review: true
      })
    })
  )

  it.effect("remembers a correction for the same shop on another day, for that person only", () =>
    Effect.gen(function* () {
      const [person, other] = [yield* opens(), yield* opens()]
      const first = yield* receives(person, line("KIWI MAJORSTUEN"))
      yield* workThrough()
      yield* files(person, first, "dining")
      yield* workThrough()
      const next = yield* receives(person, line("Varekjøp KIWI GRÜNERLØKKA 14.03", "2025-03-14"))
      const others = yield* receives(other, line("KIWI MAJORSTUEN"))
      yield* workThrough()
      assert.deepStrictEqual(yield* filed(next), {
        category: "dining",
        source: "user",
        code: "category.correction",
        needs_review: false
      })
      assert.strictEqual((yield* filed(others)).category, "groceries")
    })
  )

  it.effect("goes by the last of several corrections", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      const first = yield* receives(person, line("UKJENT BUTIKK AS"))
      yield* files(person, first, "dining")
      yield* files(person, first, "health")
      yield* workThrough()
      const next = yield* receives(person, line("UKJENT BUTIKK AS", "2025-03-20"))
      yield* workThrough()
      assert.strictEqual((yield* filed(next)).category, "health")
    })
  )

  it.effect("never writes over what the person chose before it came to the line", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      const bought = yield* receives(person, line("KIWI MAJORSTUEN"))
      // The program is handed the line alone, as if the choice were made while it was thinking.
      const seen = yield* logOf([person])
      yield* files(person, bought, "health")
      yield* handOver(categorization, (messages) => [
        messages.filter(({ id }) => seen.some(({ event_id }) => event_id === id)),
        messages
      ])
      yield* workThrough()
      assert.deepStrictEqual(yield* filed(bought), {
        category: "health",
        source: "user",
        code: "category.user",
        needs_review: false
      })
      assert.strictEqual(yield* opinions(person, bought), 0)
    })
  )

  it.effect("still has its say on a line whose text the person mended meanwhile", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      const bought = yield* receives(person, line("KIWI MAJORSTUEN"))
      yield* orders(person, bought, { command: "Update", notes: "fredagstaco" })
      yield* workThrough()
      assert.strictEqual((yield* filed(bought)).category, "groceries")
      assert.strictEqual(yield* opinions(person, bought), 1)
    })
  )

  it.effect("leaves alone what was deleted meanwhile, and files the others", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      const gone = yield* receives(person, line("KIWI MAJORSTUEN"))
      const stays = yield* receives(person, line("MENY BOGSTADVEIEN"))
      yield* orders(person, gone, { command: "Delete" })
      const status = yield* handOver(categorization)
      yield* workThrough()
      assert.deepStrictEqual(status.errors, [])
      assert.strictEqual(yield* opinions(person, gone), 0)
      assert.strictEqual((yield* filed(stays)).category, "groceries")
    })
  )

  it.effect("leaves alone what a person wrote by hand", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      const written = yield* receives(person, line("KIWI MAJORSTUEN"), "manual")
      yield* workThrough()
      assert.strictEqual(yield* opinions(person, written), 0)
    })
  )

  it.effect("has one opinion on a line, however often it is told of it", () =>
    Effect.gen(function* () {
      const person = yield* opens()
      const bought = yield* receives(person, line("KIWI MAJORSTUEN"))
      const mended = yield* spends(person, "travel", 100)
      yield* handOver(categorization, (messages) => [messages, messages, [...messages, ...messages]])
      assert.strictEqual(yield* opinions(person, bought), 1)
      assert.strictEqual(yield* opinions(person, mended), 0)
    })
  )
})
