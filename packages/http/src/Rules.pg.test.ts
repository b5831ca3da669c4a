import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestApp from "./TestApp.ts"

const told = (use: (app: TestApp.TestApp["Service"]) => Promise<void>) => () =>
  Effect.flatMap(TestApp.TestApp, (app) => Effect.promise(() => use(app)))

const canteen = { name: "Kantina", match: { text: "kantina", max_amount: -10.5 }, category: "dining", merchant_name: "Kantina" }

layer(TestApp.layer, { excludeTestServices: true })("Rules", (it) => {
  it.effect(
    "a rule that a person writes speaks on their next purchase, and says so",
    told(async (app) => {
      const kari = await app.register()
      const account = await kari.post("/v1/accounts/manual", { bank_name: "DNB", account_type: "checking", currency: "NOK" })
      const rule = await kari.post("/v1/rules", canteen)
      assert.strictEqual(rule.status, 201, rule.text)
      assert.deepStrictEqual((await kari.get("/v1/rules")).body, [{ id: rule.body.id, ...canteen }])
      const buy = (amount: number) =>
        kari.post(
          "/v1/transactions",
          { account_id: account.body.id, amount, description: "IZ *KANTINA 4 ETG", occurred_at: "2026-11-20" },
          { "accept-language": "en" }
        )
      const lunch = await buy(-89)
      assert.deepInclude(lunch.body, { category: "dining", category_source: "rule", merchant_name: "Kantina" })
      assert.strictEqual(lunch.body.category_explanation.text, "Your rule “Kantina” matches.")
      assert.strictEqual((await buy(-10)).body.category, "uncategorized")
    })
  )

  it.effect(
    "a rule can be changed in its place and taken away",
    told(async (app) => {
      const kari = await app.register()
      const { id } = (await kari.post("/v1/rules", canteen)).body
      const changed = await kari.patch(`/v1/rules/${id}`, { category: "groceries", merchant_name: null })
      assert.deepStrictEqual(changed.body, { id, name: canteen.name, match: canteen.match, category: "groceries" })
      assert.strictEqual((await kari.remove(`/v1/rules/${id}`)).status, 204)
      assert.deepStrictEqual((await kari.get("/v1/rules")).body, [])
      assert.strictEqual((await kari.remove(`/v1/rules/${id}`)).status, 404)
    })
  )

  it.effect(
    "a rule that would match nothing, or that asks in no amount of kroner, is refused by field",
    told(async (app) => {
      const kari = await app.register()
      const empty = await kari.post("/v1/rules", { ...canteen, match: {} })
      assert.deepInclude(empty.body, { status: 422 })
      const odd = await kari.post("/v1/rules", { ...canteen, match: { min_amount: -1.234 } })
      assert.strictEqual(odd.body.errors[0].path, "match.min_amount")
      const unknown = await kari.post("/v1/rules", { ...canteen, colour: "red" })
      assert.strictEqual(unknown.status, 422)
    })
  )

  it.effect(
    "nobody sees, changes or removes another person's rule",
    told(async (app) => {
      const [kari, ola] = [await app.register(), await app.register()]
      const { id } = (await kari.post("/v1/rules", canteen)).body
      assert.deepStrictEqual((await ola.get("/v1/rules")).body, [])
      assert.strictEqual((await ola.patch(`/v1/rules/${id}`, { name: "Mine" })).status, 404)
      assert.strictEqual((await ola.remove(`/v1/rules/${id}`)).status, 404)
      assert.strictEqual((await kari.get("/v1/rules")).body[0].name, "Kantina")
    })
  )
})
