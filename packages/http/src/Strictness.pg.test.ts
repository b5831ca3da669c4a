import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { maxJsonBytes } from "./Strictness.ts"
import * as TestApp from "./TestApp.ts"

const told = (use: (app: TestApp.TestApp["Service"]) => Promise<void>) => () =>
  Effect.flatMap(TestApp.TestApp, (app) => Effect.promise(() => use(app)))

const withAccount = async (app: TestApp.TestApp["Service"]) => {
  const kari = await app.register()
  const account = await kari.post("/v1/accounts/manual", { bank_name: "DNB", account_type: "checking", currency: "NOK" })
  return { kari, account_id: account.body.id as string }
}

const isProblem = (answer: TestApp.Answer, status: number, type: string) => {
  assert.strictEqual(answer.status, status, answer.text)
  assert.include(answer.headers.get("content-type"), "application/problem+json")
  assert.strictEqual(answer.body.type, `/problems/${type}`)
  assert.strictEqual(answer.body.status, status)
}

const pathsOf = (answer: TestApp.Answer) => answer.body.errors.map((error: { path: string }) => error.path).toSorted()

layer(TestApp.layer, { excludeTestServices: true })("Strictness", (it) => {
  it.effect(
    "a misspelled filter is refused and named, on every list",
    told(async (app) => {
      const { kari, account_id } = await withAccount(app)
      for (const path of [
        "/v1/transactions",
        "/v1/accounts",
        "/v1/budgets",
        "/v1/budgets/settings",
        "/v1/imports",
        "/v1/analytics/spending",
        "/v1/processors",
        "/v1/user/consents",
        "/v1/auth/me",
        "/v1/categorizer/stats",
        `/v1/accounts/${account_id}`,
        `/v1/accounts/${account_id}/balance`
      ]) {
        const answer = await kari.get(`${path}?catgory=dining`)
        isProblem(answer, 422, "validation")
        assert.deepStrictEqual(pathsOf(answer), ["catgory"], path)
      }
    })
  )

  it.effect(
    "everything that is wrong with a body is told at once, by field",
    told(async (app) => {
      const { kari } = await withAccount(app)
      const answer = await kari.post("/v1/transactions", { account_id: "mine", amount: "12", description: " ", extra: true })
      isProblem(answer, 422, "validation")
      assert.deepStrictEqual(pathsOf(answer), ["account_id", "amount", "description", "extra", "occurred_at"])
    })
  )

  it.effect(
    "an amount that a double would round is refused, not rounded",
    told(async (app) => {
      const { kari, account_id } = await withAccount(app)
      const create = (amount: string) =>
        kari.post(
          "/v1/transactions",
          `{"account_id":"${account_id}","amount":${amount},"description":"Bil","occurred_at":"2026-11-20"}`
        )
      for (const amount of [
        "12345678901234567.89",
        "0.1000000000000000055511151231257827",
        "1e15",
        "1e400",
        "0.001",
        "-10.005",
        "0",
        "-0.00"
      ]) {
        const answer = await create(amount)
        isProblem(answer, 422, "validation")
        assert.deepStrictEqual(pathsOf(answer), ["amount"], amount)
      }
      for (const [amount, kept] of [
        ["-0.01", -0.01],
        ["9999999999999.99", 9999999999999.99],
        ["1e2", 100],
        ["10.00", 10]
      ] as const) {
        const answer = await create(amount)
        assert.strictEqual(answer.status, 201, answer.text)
        assert.strictEqual(answer.body.amount, kept)
      }
    })
  )

  it.effect(
    "yen have no decimals and Kuwaiti dinars have three",
    told(async (app) => {
      const kari = await app.register()
      const open = (currency: string, opening_balance: number) =>
        kari.post("/v1/accounts/manual", { bank_name: "Wise", account_type: "cash", currency, opening_balance })
      assert.strictEqual((await open("JPY", 100.5)).status, 422)
      assert.strictEqual((await open("JPY", 100)).body.current_balance, 100)
      assert.strictEqual((await open("KWD", 1.234)).body.current_balance, 1.234)
      assert.strictEqual((await open("XYZ", 1)).status, 422)
    })
  )

  it.effect(
    "a body that is no JSON, of another kind, too large or missing is told apart",
    told(async (app) => {
      const { kari } = await withAccount(app)
      isProblem(await kari.post("/v1/budgets", "{"), 400, "malformed")
      isProblem(await kari.post("/v1/budgets", ""), 400, "malformed")
      isProblem(await kari.post("/v1/budgets"), 400, "malformed")
      isProblem(
        await kari.post("/v1/budgets", new Uint8Array([0x22, 0xff, 0x22]), { "content-type": "application/json" }),
        400,
        "malformed"
      )
      isProblem(
        await kari.post("/v1/budgets", "a=1", { "content-type": "application/x-www-form-urlencoded" }),
        415,
        "unsupported-media-type"
      )
      isProblem(await kari.post("/v1/budgets", `"${"x".repeat(maxJsonBytes)}"`), 413, "too-large")
      isProblem(await kari.post("/v1/budgets", "null"), 422, "validation")
      const deep = (inner: string) => `${"[".repeat(50_000)}${inner}${"]".repeat(50_000)}`
      isProblem(await kari.post("/v1/budgets", deep("1")), 422, "validation")
      isProblem(await kari.post("/v1/budgets", deep("12345678901234567890")), 400, "malformed")
    })
  )

  it.effect(
    "an unknown path is 404 and a known one with another method 405, always with a document",
    told(async (app) => {
      const { kari, account_id } = await withAccount(app)
      isProblem(await kari.get("/v1/nothing"), 404, "not-found")
      isProblem(await kari.get("/v1"), 404, "not-found")
      isProblem(await app.send("/v1/nothing"), 404, "not-found")
      const put = await kari.send("/v1/transactions", { method: "PUT", body: {} })
      isProblem(put, 405, "method-not-allowed")
      assert.deepStrictEqual(put.headers.get("allow")?.split(", ").toSorted(), ["GET", "POST"])
      isProblem(await kari.remove(`/v1/accounts/${account_id}`), 405, "method-not-allowed")
      isProblem(await app.send("/health", { method: "POST" }), 405, "method-not-allowed")
      isProblem(await app.send("/assets/gone-1234.js"), 404, "not-found")
    })
  )

  it.effect(
    "dates that do not exist, months and times that are none, and cursors that were made up are refused",
    told(async (app) => {
      const { kari, account_id } = await withAccount(app)
      for (const path of [
        "/v1/transactions?from_date=2025-02-29",
        "/v1/transactions?from_date=01.02.2026",
        "/v1/transactions?min_amount=ten",
        "/v1/transactions?needs_review=yes",
        "/v1/transactions?limit=101",
        "/v1/transactions?limit=0",
        "/v1/transactions?page=0",
        "/v1/transactions?page=1.5",
        "/v1/transactions?page=1&page=2",
        "/v1/transactions?category=food",
        "/v1/transactions?cursor=abc",
        "/v1/transactions?account_id=1",
        "/v1/transactions?q=%00",
        "/v1/budgets?month=2026-13",
        "/v1/analytics/spending?period=decade",
        `/v1/accounts/${account_id}/balance?on=2026-02-30`,
        `/v1/accounts/${account_id}/balance?known_at=yesterday`,
        "/v1/accounts/1"
      ]) {
        isProblem(await kari.get(path), 422, "validation")
      }
    })
  )

  it.effect(
    "text that no database can hold is refused, and all other text comes back as it was written",
    told(async (app) => {
      const { kari, account_id } = await withAccount(app)
      const create = (description: string) =>
        kari.post("/v1/transactions", { account_id, amount: -1, description, occurred_at: "2026-11-20" })
      isProblem(await create("a\0b"), 422, "validation")
      isProblem(
        await kari.post(
          "/v1/transactions",
          `{"account_id":"${account_id}","amount":-1,"description":"\\ud800","occurred_at":"2026-11-20"}`
        ),
        422,
        "validation"
      )
      for (const text of [
        "Ærlig talt; \"ost\" & 'brød' \\ %_",
        "😀 家計簿 العربية",
        "<script>alert(1)</script>",
        "'; DROP TABLE users; --"
      ]) {
        assert.strictEqual((await create(text)).body.description, text)
      }
    })
  )

  it.effect(
    "no answer goes out without its security headers and the id of its request, whatever it is",
    told(async (app) => {
      const { kari } = await withAccount(app)
      const answers = [
        await kari.get("/v1/accounts"),
        await kari.get("/v1/nothing"),
        await app.send("/v1/accounts"),
        await kari.post("/v1/budgets", "{"),
        await app.send("/"),
        await app.send("/health"),
        await app.send("/docs"),
        await app.send("/openapi.json"),
        await app.send("/%zz")
      ]
      for (const { headers, status } of answers) {
        assert.include(headers.get("content-security-policy"), "default-src 'none'", String(status))
        assert.notInclude(headers.get("content-security-policy"), "unsafe-inline")
        assert.strictEqual(headers.get("x-content-type-options"), "nosniff")
        assert.strictEqual(headers.get("referrer-policy"), "no-referrer")
        assert.strictEqual(headers.get("cross-origin-opener-policy"), "same-origin")
      }
      assert.strictEqual(
        (await kari.send("/v1/accounts", { headers: { "x-request-id": "my-request-1" } })).headers.get("x-request-id"),
        "my-request-1"
      )
    })
  )

  it.effect(
    "the contract is published as OpenAPI 3.1 with every path of it, and its page needs nothing from elsewhere",
    told(async (app) => {
      const { body } = await app.send("/openapi.json")
      assert.match(body.openapi, /^3\.1\./)
      for (const path of [
        "/v1/auth/login",
        "/v1/accounts/{id}/imports",
        "/v1/transactions/{id}/category",
        "/v1/budgets",
        "/v1/analytics/spending"
      ]) {
        assert.property(body.paths, path)
      }
      const page = await app.send("/docs")
      assert.strictEqual(page.status, 200)
      assert.notMatch(page.text, /<(script|link)[^>]+(src|href)="https?:/)
    })
  )

  it.effect(
    "answers are compressed for those who can take it, and only when there is enough of them",
    told(async (app) => {
      const kari = await app.register()
      const large = await app.fetch("/openapi.json", { headers: { "accept-encoding": "gzip" } })
      assert.strictEqual(large.headers.get("content-encoding"), "gzip")
      const small = await app.fetch("/health", { headers: { "accept-encoding": "gzip, br" } })
      assert.isNull(small.headers.get("content-encoding"))
      assert.strictEqual((await kari.get("/v1/accounts")).headers.get("cache-control"), "no-store")
    })
  )

  it.effect(
    "what was asked is counted by route, without the ids in it",
    told(async (app) => {
      const { kari, account_id } = await withAccount(app)
      await kari.get(`/v1/accounts/${account_id}/balance`)
      const { text } = await app.send("/metrics")
      assert.match(text, /http_requests_total\{[^}]*route="\/v1\/accounts\/:id\/balance"[^}]*\} \d+/)
      assert.notInclude(text, account_id)
      assert.include(text, "http_request_duration_seconds_bucket")
    })
  )
})
