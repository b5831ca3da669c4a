import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import * as TestApp from "./TestApp.ts"

const told = (use: (app: TestApp.TestApp["Service"]) => Promise<void>) => () =>
  Effect.flatMap(TestApp.TestApp, (app) => Effect.promise(() => use(app)))

const withAccount = async (app: TestApp.TestApp["Service"]) => {
  const kari = await app.register()
  const account = await kari.post("/v1/accounts/manual", { bank_name: "DNB", account_type: "checking", currency: "NOK" })
  const purchase = { account_id: account.body.id as string, amount: -100, description: "REMA 1000", occurred_at: "2026-11-20" }
  return { kari, purchase }
}

layer(TestApp.layer, { excludeTestServices: true })("Idempotency", (it) => {
  it.effect(
    "a purchase sent twice under one key is written down once, and answered the same",
    told(async (app) => {
      const { kari, purchase } = await withAccount(app)
      const first = await kari.post("/v1/transactions", purchase, { "idempotency-key": "a" })
      const second = await kari.post("/v1/transactions", purchase, { "idempotency-key": "a" })
      assert.strictEqual(first.status, 201)
      assert.isNull(first.headers.get("idempotency-replayed"))
      assert.strictEqual(second.status, 201)
      assert.strictEqual(second.text, first.text)
      assert.strictEqual(second.headers.get("idempotency-replayed"), "true")
      const third = await kari.post("/v1/transactions", purchase, { "idempotency-key": "b" })
      assert.notStrictEqual(third.body.id, first.body.id)
    })
  )

  it.effect(
    "a key that comes back with another body or for another path is refused",
    told(async (app) => {
      const { kari, purchase } = await withAccount(app)
      const key = { "idempotency-key": "a" }
      await kari.post("/v1/transactions", purchase, key)
      const other = await kari.post("/v1/transactions", { ...purchase, amount: -200 }, key)
      assert.strictEqual(other.status, 422)
      assert.strictEqual(other.body.errors[0].path, "idempotency-key")
      assert.strictEqual((await kari.post("/v1/budgets", { category: "dining", budget_amount: 1 }, key)).status, 422)
      assert.strictEqual((await kari.post("/v1/transactions", purchase, { "idempotency-key": "no spaces" })).status, 422)
    })
  )

  it.effect(
    "of ten at once one is carried out",
    told(async (app) => {
      const { kari, purchase } = await withAccount(app)
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => kari.post("/v1/transactions", purchase, { "idempotency-key": "once" }))
      )
      assert.isTrue(answers.every(({ status }) => status === 201 || status === 409))
      const made = new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.id))
      assert.strictEqual(made.size, 1)
    })
  )

  it.effect(
    "two people may use the same key",
    told(async (app) => {
      const one = await withAccount(app)
      const two = await withAccount(app)
      const first = await one.kari.post("/v1/transactions", one.purchase, { "idempotency-key": "same" })
      const second = await two.kari.post("/v1/transactions", two.purchase, { "idempotency-key": "same" })
      assert.strictEqual(second.status, 201)
      assert.notStrictEqual(first.body.id, second.body.id)
    })
  )

  it.effect(
    "what was refused may be put right and sent again under the same key",
    told(async (app) => {
      const { kari, purchase } = await withAccount(app)
      const key = { "idempotency-key": "a" }
      assert.strictEqual((await kari.post("/v1/transactions", { ...purchase, amount: 0 }, key)).status, 422)
      assert.strictEqual((await kari.post("/v1/transactions", purchase, key)).status, 201)
    })
  )

  it.effect("a purchase that was written down just before a crash is not written down again", () =>
    Effect.gen(function* () {
      const app = yield* TestApp.TestApp
      const sql = yield* SqlClient.SqlClient
      const { kari, purchase } = yield* Effect.promise(() => withAccount(app))
      const key = { "idempotency-key": "a" }
      const first = yield* Effect.promise(() => kari.post("/v1/transactions", purchase, key))
      // The crash came between the append and the answer; while its process lives, the command may still be answered by it.
      yield* sql`UPDATE commands SET status = NULL, result = NULL WHERE owner_id = ${kari.user_id}`
      const early = yield* Effect.promise(() => kari.post("/v1/transactions", purchase, key))
      assert.strictEqual(early.status, 409)
      yield* sql`UPDATE commands SET claimed_by = claimed_by + 1 WHERE owner_id = ${kari.user_id}`
      const later = yield* Effect.promise(() => kari.post("/v1/transactions", purchase, key))
      assert.strictEqual(later.status, 201, later.text)
      assert.strictEqual(later.body.id, first.body.id)
      const [count] = yield* sql<{ count: number }>`
        SELECT count(*)::int AS count FROM events WHERE owner_id = ${kari.user_id} AND type = 'TransactionCreated'`
      assert.strictEqual(count!.count, 1)
    })
  )

  it.effect("kept answers hold nothing that can be read without the person's key", () =>
    Effect.gen(function* () {
      const app = yield* TestApp.TestApp
      const sql = yield* SqlClient.SqlClient
      const { kari, purchase } = yield* Effect.promise(() => withAccount(app))
      yield* Effect.promise(() => kari.post("/v1/transactions", purchase, { "idempotency-key": "a" }))
      const [kept] = yield* sql<{ result: Uint8Array }>`SELECT result FROM commands WHERE owner_id = ${kari.user_id}`
      assert.isAbove(kept!.result.length, 100)
      assert.notInclude(Buffer.from(kept!.result).toString("latin1"), "REMA")
    })
  )
})
