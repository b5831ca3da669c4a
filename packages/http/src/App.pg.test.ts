import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestApp from "./TestApp.ts"

layer(TestApp.layer, { excludeTestServices: true })("App", (it) => {
  it.effect("a person opens an account and writes a purchase down", () =>
    Effect.gen(function* () {
      const app = yield* TestApp.TestApp
      yield* Effect.promise(async () => {
        const kari = await app.register()
        const me = await kari.get("/v1/auth/me")
        assert.strictEqual(me.status, 200, me.text)
        const opened = await kari.post("/v1/accounts/manual", {
          bank_name: "DNB",
          account_type: "checking",
          currency: "NOK",
          opening_balance: 1000.5
        })
        assert.strictEqual(opened.status, 201, opened.text)
        console.log(opened.body)
        const made = await kari.post("/v1/transactions", {
          account_id: opened.body.id,
          amount: -348.56,
          description: "REMA 1000 TORSHOV",
          occurred_at: "2026-11-20"
        })
        assert.strictEqual(made.status, 201, made.text)
        console.log(made.body)
        for (const path of [
          "/v1/transactions?limit=2",
          "/v1/budgets",
          "/v1/analytics/spending",
          "/v1/processors",
          "/health",
          "/ready",
          "/v1/transactions/" + made.body.id + "/history",
          "/v1/nope",
          "/v1/transactions?foo=1",
          "/v1/user/consents",
          "/v1/imports",
          "/v1/categorizer/stats",
          "/"
        ]) {
          const a = await kari.get(path)
          console.log(path, a.status, a.text.slice(0, 300))
        }
        const b = await kari.post("/v1/budgets", { category: "groceries", budget_amount: 5000 })
        console.log(b.status, b.text)
        const big = await kari.post(
          "/v1/transactions",
          `{"account_id":"${opened.body.id}","amount":12345678901234567.89,"description":"x","occurred_at":"2026-11-20"}`
        )
        console.log(big.status, big.text)
        const bad = await kari.post("/v1/transactions", { account_id: "x", amount: "1", foo: 1 })
        console.log(bad.status, bad.text)
        const dry = await kari.post(
          `/v1/accounts/${opened.body.id}/imports?dry_run=true`,
          new TextEncoder().encode("Dato;Beskrivelse;Beløp\n01.02.2026;REMA;-10,00\n")
        )
        console.log(dry.status, dry.text.slice(0, 500))
      })
    })
  )
})
