import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestApp from "./TestApp.ts"

const told = (use: (app: TestApp.TestApp["Service"]) => Promise<void>) => () =>
  Effect.flatMap(TestApp.TestApp, (app) => Effect.promise(() => use(app)))

const put = (person: TestApp.Person, body: unknown) => person.send("/v1/budgets/settings", { method: "PUT", body })

const pathsOf = (answer: TestApp.Answer) => answer.body.errors.map((error: { path: string }) => error.path).toSorted()

layer(TestApp.layer, { excludeTestServices: true })("Budgets", (it) => {
  it.effect(
    "a budget is set again rather than twice, and refused where it makes no sense",
    told(async (app) => {
      const kari = await app.register()
      const set = (body: unknown) => kari.post("/v1/budgets", body)
      const first = await set({ category: "groceries", budget_amount: 5000, month: "2026-11" })
      assert.strictEqual(first.status, 201)
      assert.deepStrictEqual(first.body, {
        category: "groceries",
        budget_amount: 5000,
        carried_amount: 0,
        available_amount: 5000,
        spent_amount: 0,
        remaining_amount: 5000,
        percentage_used: 0,
        alert_threshold_reached: false,
        thresholds_reached: [],
        month: "2026-11",
        from: "2026-11-01",
        to: "2026-11-30",
        rollover: "none",
        currency: "NOK"
      })
      const again = await set({
        category: "groceries",
        budget_amount: 6000,
        month: "2026-11",
        rollover: "surplus",
        one_month: true
      })
      assert.deepInclude(again.body, { budget_amount: 6000, rollover: "surplus" })
      assert.strictEqual((await set({ category: "groceries", budget_amount: 0 })).status, 422)
      assert.strictEqual((await set({ category: "groceries", budget_amount: -5 })).status, 422)
      assert.strictEqual((await set({ category: "income", budget_amount: 5 })).status, 422)
      assert.strictEqual((await kari.remove("/v1/budgets/groceries?month=2026-11&one_month=true")).status, 204)
      assert.strictEqual((await kari.remove("/v1/budgets/groceries?month=2026-11&one_month=true")).status, 404)
      assert.strictEqual((await kari.remove("/v1/budgets/groceries?month=2026-12")).status, 204)
      assert.strictEqual((await kari.remove("/v1/budgets/groceries?month=2026-12")).status, 404)
      assert.strictEqual((await kari.remove("/v1/budgets/dining?month=2026-11")).status, 404)
      assert.strictEqual((await kari.remove("/v1/budgets/food")).status, 422)
    })
  )

  it.effect(
    "what is no month, no way to roll over and no day to begin on is refused, by field",
    told(async (app) => {
      const kari = await app.register()
      const good = { category: "dining", budget_amount: 100 }
      const wrong: ReadonlyArray<readonly [Record<string, unknown>, string]> = [
        [{ month: "2026-13" }, "month"],
        [{ month: "2026-00" }, "month"],
        [{ month: "0000-01" }, "month"],
        [{ month: "2026-11-01" }, "month"],
        [{ month: null }, "month"],
        [{ rollover: "all" }, "rollover"],
        [{ rollover: true }, "rollover"],
        [{ one_month: "yes" }, "one_month"],
        [{ carried_amount: 5 }, "carried_amount"]
      ]
      for (const [fields, path] of wrong) {
        const answer = await kari.post("/v1/budgets", { ...good, ...fields })
        assert.strictEqual(answer.status, 422, JSON.stringify(fields))
        assert.deepStrictEqual(pathsOf(answer), [path])
      }
      for (const query of ["month=2026-13", "month=0000-01", "one_month=1", "rollover=both"]) {
        assert.strictEqual((await kari.remove(`/v1/budgets/dining?${query}`)).status, 422, query)
      }
      const starts: ReadonlyArray<readonly [unknown, string]> = [
        [{ month_starts_on: 0 }, "month_starts_on"],
        [{ month_starts_on: 32 }, "month_starts_on"],
        [{ month_starts_on: 2.5 }, "month_starts_on"],
        [{ month_starts_on: "25" }, "month_starts_on"],
        [{}, "month_starts_on"],
        [{ month_starts_on: 25, on_working_day: 1 }, "on_working_day"],
        [{ month_starts_on: 25, from_month: "2026-13" }, "from_month"],
        [{ month_starts_on: 25, from_month: "0000-01" }, "from_month"],
        [{ month_starts_on: 25, month: "2026-11" }, "month"]
      ]
      for (const [body, path] of starts) {
        const answer = await put(kari, body)
        assert.strictEqual(answer.status, 422, JSON.stringify(body))
        assert.deepStrictEqual(pathsOf(answer), [path])
      }
    })
  )

  it.effect(
    "months are the calendar's until a person says otherwise, and what they say is told back with the days it means",
    told(async (app) => {
      const kari = await app.register()
      const before = await kari.get("/v1/budgets/settings")
      assert.strictEqual(before.status, 200)
      assert.deepInclude(before.body, { month_starts_on: 1, on_working_day: false, from_month: null })
      assert.deepStrictEqual(before.body.current.from, `${before.body.current.month}-01`)
      const payday = await put(kari, { month_starts_on: 25, on_working_day: true })
      assert.strictEqual(payday.status, 200)
      assert.deepInclude(payday.body, { month_starts_on: 25, on_working_day: true, from_month: null })
      const today = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Oslo" }).format(new Date())
      const { from, to } = payday.body.current
      assert.isTrue(from <= today && today <= to, `${from} ${today} ${to}`)
    })
  )

  it.effect(
    "a start that would take all days from the month before is refused",
    told(async (app) => {
      const kari = await app.register()
      await put(kari, { month_starts_on: 16 })
      const answer = await put(kari, { month_starts_on: 17, on_working_day: true, from_month: "2026-02" })
      assert.strictEqual(answer.status, 422)
      assert.deepStrictEqual(pathsOf(answer), ["from_month"])
    })
  )
})
