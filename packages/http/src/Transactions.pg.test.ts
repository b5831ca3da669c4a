import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Database } from "@finance/core/database/Database"
import { Signals } from "@finance/core/database/Signals"
import { Vault } from "@finance/core/event-store/Vault"
import * as TestApp from "./TestApp.ts"

const withAccount = async (app: TestApp.TestApp["Service"], currency = "NOK") => {
  const kari = await app.register()
  const account = await kari.post("/v1/accounts/manual", { bank_name: "DNB", account_type: "checking", currency })
  return { kari, account_id: account.body.id as string }
}

const told = (use: (app: TestApp.TestApp["Service"]) => Promise<void>) => () =>
  Effect.flatMap(TestApp.TestApp, (app) => Effect.promise(() => use(app)))

/** Minor units of up to 15 digits, as a JSON number would be written. */
const Minor = Schema.Int.check(Schema.isBetween({ minimum: -999_999_999_999_999, maximum: 999_999_999_999_999 }))

const written = (minor: number): string => {
  const digits = String(Math.abs(minor)).padStart(3, "0")
  return `${minor < 0 ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

layer(TestApp.layer, { excludeTestServices: true })("Transactions", (it) => {
  it.effect.prop(
    "every amount comes back to the øre, in the answer and in the history",
    { minor: Minor },
    ({ minor }) =>
      Effect.gen(function* () {
        const app = yield* TestApp.TestApp
        const { kari, account_id } = yield* Effect.promise(() => shared(app))
        const amount = written(minor)
        const body = `{"account_id":"${account_id}","amount":${amount},"description":"x","occurred_at":"2026-11-20"}`
        const answer = yield* Effect.promise(() => kari.post("/v1/transactions", body))
        if (minor === 0) return assert.strictEqual(answer.status, 422)
        assert.strictEqual(answer.status, 201, answer.text)
        assert.strictEqual(Number(answer.body.amount).toFixed(2), amount)
        const history = yield* Effect.promise(() => kari.get(`/v1/transactions/${answer.body.id}/history`))
        assert.strictEqual(history.body[0].data.amount.toFixed(2), amount)
      }),
    { arbitrary: { runs: 40 } }
  )

  it.effect(
    "a purchase written by hand is categorised in the same commit, with its reason told in the reader's language",
    told(async (app) => {
      const { kari, account_id } = await withAccount(app)
      const answer = await kari.post(
        "/v1/transactions",
        { account_id, amount: -348.56, description: "REMA 1000 TORSHOV", occurred_at: "2026-11-20" },
        { "accept-language": "en" }
      )
      assert.deepInclude(answer.body, {
        account_id,
        amount: -348.56,
        currency: "NOK",
        merchant_name: "REMA 1000",
        category: "groceries",
        category_source: "rule",
        category_confidence: 0.99,
        needs_review: false,
        occurred_at: "2026-11-20T12:00:00.000Z",
        booking_date: "2026-11-20",
        source: "manual",
        anomaly_ids: []
      })
      assert.match(answer.body.category_explanation.text, /is REMA 1000/)
      const history = await kari.get(`/v1/transactions/${answer.body.id}/history`)
      assert.deepStrictEqual(
        history.body.map(({ type, version, actor }: Record<string, unknown>) => [type, version, actor]),
        [
          ["TransactionCreated", 1, kari.user_id],
          ["TransactionCategorized", 2, kari.user_id]
        ]
      )
    })
  )

  it.effect(
    "a time late on New Year's Eve in London belongs to the next day's books in Oslo",
    told(async (app) => {
      const { kari, account_id } = await withAccount(app)
      const { body } = await kari.post("/v1/transactions", {
        account_id,
        amount: -10,
        description: "Fireworks",
        occurred_at: "2025-12-31T23:30:00Z"
      })
      assert.strictEqual(body.occurred_at, "2025-12-31T23:30:00.000Z")
      assert.strictEqual(body.booking_date, "2026-01-01")
    })
  )

  it.effect(
    "a person's own choice of category holds, and is told with who made it",
    told(async (app) => {
      const { kari, account_id } = await withAccount(app)
      const purchase = { account_id, amount: -90, description: "KIWI 505 OSLO", occurred_at: "2026-11-20" }
      const made = await kari.post("/v1/transactions", { ...purchase, category: "dining" })
      assert.deepInclude(made.body, { category: "dining", category_source: "user", category_confidence: 1, needs_review: false })
      const changed = await kari.patch(`/v1/transactions/${made.body.id}/category`, { category: "travel" })
      assert.strictEqual(changed.status, 200)
      assert.deepInclude(changed.body, { category: "travel", category_source: "user" })
      assert.strictEqual(
        (await kari.patch(`/v1/transactions/${made.body.id}/category`, { category: "uncategorized" })).status,
        422
      )
    })
  )

  it.effect(
    "what is changed, deleted and restored is all there in the history, and nothing is lost",
    told(async (app) => {
      const { kari, account_id } = await withAccount(app)
      const made = await kari.post("/v1/transactions", {
        account_id,
        amount: -90,
        description: "Kaffe",
        occurred_at: "2026-11-20"
      })
      const path = `/v1/transactions/${made.body.id}`
      const patched = await kari.patch(path, {
        description: "Kaffe med Ola",
        notes: "på jobb",
        tags: ["jobb"],
        occurred_at: "2026-11-19"
      })
      assert.deepInclude(patched.body, {
        description: "Kaffe med Ola",
        notes: "på jobb",
        tags: ["jobb"],
        booking_date: "2026-11-19"
      })
      assert.strictEqual((await kari.remove(path)).status, 204)
      assert.strictEqual((await kari.patch(path, { description: "Te" })).status, 404)
      assert.strictEqual((await kari.remove(path)).status, 404)
      const restored = await kari.post(`${path}/restore`)
      assert.strictEqual(restored.status, 200)
      assert.strictEqual(restored.body.description, "Kaffe med Ola")
      assert.strictEqual((await kari.post(`${path}/restore`)).status, 409)
      const history = await kari.get(`${path}/history`)
      assert.deepStrictEqual(
        history.body.map(({ type }: { type: string }) => type),
        ["TransactionCreated", "TransactionCategorized", "TransactionUpdated", "TransactionDeleted", "TransactionRestored"]
      )
    })
  )

  it.effect(
    "an account that is closed takes nothing more in, and one in kroner no euros",
    told(async (app) => {
      const { kari, account_id } = await withAccount(app)
      const purchase = { account_id, amount: -90, description: "Kaffe", occurred_at: "2026-11-20" }
      assert.strictEqual((await kari.post("/v1/transactions", { ...purchase, currency: "EUR" })).status, 422)
      await kari.post(`/v1/accounts/${account_id}/close`)
      assert.strictEqual((await kari.post("/v1/transactions", purchase)).status, 409)
      assert.strictEqual((await kari.post(`/v1/accounts/${account_id}/imports`, "x")).status, 409)
    })
  )

  it.effect(
    "a preview says what lines are and stores nothing",
    told(async (app) => {
      const { kari } = await withAccount(app)
      const { status, body } = await kari.post("/v1/categorizer/preview", {
        lines: [
          { description: "KIWI 505 BARCODE", amount: -120.5 },
          { description: "qwerty uiop", amount: -1 }
        ]
      })
      assert.strictEqual(status, 200)
      assert.deepInclude(body.results[0], { category: "groceries", merchant_span: [0, 4] })
      assert.deepInclude(body.results[1], { category: "uncategorized", confidence: 0 })
      const long = await kari.post("/v1/categorizer/preview", {
        lines: Array.from({ length: 1_001 }, () => ({ description: "x", amount: 1 }))
      })
      assert.strictEqual(long.status, 422)
    })
  )

  it.effect(
    "a file that is no statement is refused whole, with its reason",
    told(async (app) => {
      const { kari, account_id } = await withAccount(app)
      const send = (body: Uint8Array, query = "") => kari.post(`/v1/accounts/${account_id}/imports${query}`, body)
      const empty = await send(new Uint8Array(0))
      assert.strictEqual(empty.status, 422, empty.text)
      assert.strictEqual(empty.body.type, "/problems/statement")
      const binary = await send(new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 0]))
      assert.strictEqual(binary.status, 422, binary.text)
      const large = await send(new Uint8Array(25 * 1024 * 1024 + 1))
      assert.strictEqual(large.status, 413)
      assert.strictEqual(large.body.max_bytes, 25 * 1024 * 1024)
      assert.deepStrictEqual((await kari.get("/v1/imports")).body, [])
    })
  )

  it.effect(
    "a statement is previewed row by row with nothing stored, then taken in once at a time",
    told(async (app) => {
      const { kari, account_id } = await withAccount(app)
      const file = new TextEncoder().encode("Dato;Beskrivelse;Beløp\n01.02.2026;REMA 1000;-10,00\n31.02.2026;KIWI;-5,00\n")
      const preview = await kari.post(`/v1/accounts/${account_id}/imports?dry_run=true`, file)
      assert.strictEqual(preview.status, 200, preview.text)
      assert.deepInclude(preview.body, { rows_total: 2, rows_new: 1, rows_rejected: 1 })
      assert.deepStrictEqual(
        preview.body.rows.map((row: { line: number; verdict: string }) => [row.line, row.verdict]),
        [
          [2, "new"],
          [3, "rejected"]
        ]
      )
      assert.deepStrictEqual((await kari.get("/v1/imports")).body, [])
      const started = await kari.post(`/v1/accounts/${account_id}/imports?filename=dnb.csv`, file)
      assert.strictEqual(started.status, 202)
      const { body } = await kari.get(`/v1/imports/${started.body.import_id}`)
      assert.deepInclude(body, { id: started.body.import_id, account_id, status: "running", filename: "dnb.csv", rows_total: 2 })
      const second = await kari.post(`/v1/accounts/${account_id}/imports`, file)
      assert.strictEqual(second.status, 409)
      assert.strictEqual(second.body.code, "import-running")
    })
  )
})

let sharing: ReturnType<typeof withAccount> | undefined
const shared = (app: TestApp.TestApp["Service"]) => (sharing ??= withAccount(app))

layer(TestApp.layer, { excludeTestServices: true })("a purchase that a newer release has gone on with", (it) => {
  it.effect("is not decided on here: the answer says to start the newer one, and other purchases are as they were", () =>
    Effect.gen(function* () {
      const app = yield* TestApp.TestApp
      const { kari, account_id } = yield* Effect.promise(() => withAccount(app))
      const purchase = { account_id, amount: -348.56, description: "REMA 1000", occurred_at: "2026-11-20" }
      const [newer, other] = yield* Effect.promise(() =>
        Promise.all([kari.post("/v1/transactions", purchase), kari.post("/v1/transactions", purchase)])
      )
      const sql = yield* Database.dedicated("projector", "test")
      const [event] = yield* sql<{
        event_id: string
      }>`SELECT event_id FROM events WHERE stream_id = ${newer.body.id} AND version = 2`
      const key = yield* (yield* Vault).keyOf(kari.user_id)
      const payload = key.seal(new TextEncoder().encode("{}"), `${kari.user_id}/${event!.event_id}/TransactionSplit/1`)
      yield* sql`UPDATE events SET type = 'TransactionSplit', payload = ${payload} WHERE event_id = ${event!.event_id}`
      // What this process wrote itself it need not read again.
      ;(yield* Signals).raise("erasures")
      const [refused, history, taken] = yield* Effect.promise(async () => [
        await kari.remove(`/v1/transactions/${newer.body.id}`),
        await kari.get(`/v1/transactions/${newer.body.id}/history`),
        await kari.remove(`/v1/transactions/${other.body.id}`)
      ])
      for (const answer of [refused!, history!]) {
        assert.strictEqual(answer.status, 503, answer.text)
        assert.strictEqual(answer.body.type, "/problems/unavailable")
        assert.match(answer.body.detail, /newer release.*Start the newer one/)
      }
      assert.strictEqual(taken!.status, 204, taken!.text)
      assert.deepStrictEqual(yield* sql`SELECT version FROM streams WHERE stream_id = ${newer.body.id}`, [{ version: 2n }])
    })
  )
})
