import { assert, layer } from "@effect/vitest"
import { type Person } from "@finance/http/TestApp"
import { addMonths, dayIn, daysOfMonth, monthOf } from "@finance/core/ledger/Day"
import { told, tracker } from "./TestTracker.ts"

const open = async (person: Person): Promise<string> => {
  const { body } = await person.post("/v1/accounts/manual", { bank_name: "DNB", account_type: "checking", currency: "NOK" })
  return body.id
}

const put = (person: Person, body: unknown) => person.send("/v1/budgets/settings", { method: "PUT", body })

const buyer = (person: Person, account_id: string) => (amount: number, occurred_at: string) =>
  person.post("/v1/transactions", { account_id, amount: -amount, description: "Middag", occurred_at, category: "dining" })

layer(tracker, { excludeTestServices: true })("Budgets as a person lives with them", (it) => {
  it.effect(
    "what is left of a month is there in the next, and an old purchase takes it away again from all of them",
    told(async (app) => {
      const kari = await app.register()
      const buy = buyer(kari, await open(kari))
      await kari.post("/v1/budgets", { category: "dining", budget_amount: 1000, month: "2025-01", rollover: "both" })
      await buy(700, "2025-01-10")
      await buy(1500, "2025-02-10")
      const carried = async () =>
        Promise.all(
          ["2025-01", "2025-02", "2025-03"].map(async (month) => {
            const [budget] = (await kari.get(`/v1/budgets?month=${month}`)).body
            return [budget.carried_amount, budget.available_amount, budget.remaining_amount]
          })
        )
      assert.deepStrictEqual(await carried(), [
        [0, 1000, 300],
        [300, 1300, -200],
        [-200, 800, 800]
      ])
      const late = await buy(99.5, "2025-01-20")
      assert.deepStrictEqual(await carried(), [
        [0, 1000, 200.5],
        [200.5, 1200.5, -299.5],
        [-299.5, 700.5, 700.5]
      ])
      await kari.remove(`/v1/transactions/${late.body.id}`)
      assert.deepStrictEqual((await carried())[2], [-200, 800, 800])
      await kari.post("/v1/budgets", { category: "dining", budget_amount: 1000, month: "2025-03", rollover: "none" })
      assert.deepStrictEqual((await carried())[2], [0, 1000, 1000])
    })
  )

  it.effect(
    "months that begin on payday hold what was spent on their days, from the month on that they were asked for",
    told(async (app) => {
      const kari = await app.register()
      const buy = buyer(kari, await open(kari))
      await kari.post("/v1/budgets", { category: "dining", budget_amount: 1000, month: "2025-01" })
      await buy(100, "2025-02-24")
      await buy(10, "2025-02-25")
      await buy(1, "2025-03-24")
      const march = async () => {
        const [{ from, to, spent_amount }] = (await kari.get("/v1/budgets?month=2025-03")).body
        return { from, to, spent_amount }
      }
      assert.deepStrictEqual(await march(), { from: "2025-03-01", to: "2025-03-31", spent_amount: 1 })
      await put(kari, { month_starts_on: 25 })
      assert.deepStrictEqual(await march(), { from: "2025-02-25", to: "2025-03-24", spent_amount: 11 })
      await put(kari, { month_starts_on: 12, from_month: "2025-04" })
      assert.deepStrictEqual(await march(), { from: "2025-02-25", to: "2025-04-11", spent_amount: 11 })
      await put(kari, { month_starts_on: 1 })
      assert.deepStrictEqual(await march(), { from: "2025-03-01", to: "2025-03-31", spent_amount: 1 })
    })
  )

  it.effect(
    "a budget for one month alone leaves the others as they were, and so does its end",
    told(async (app) => {
      const kari = await app.register()
      const amounts = () =>
        Promise.all(
          ["2025-11", "2025-12", "2026-01"].map(
            async (month) => (await kari.get(`/v1/budgets?month=${month}`)).body[0]?.budget_amount ?? null
          )
        )
      await kari.post("/v1/budgets", { category: "shopping", budget_amount: 1000, month: "2025-01" })
      await kari.post("/v1/budgets", { category: "shopping", budget_amount: 5000, month: "2025-12", one_month: true })
      assert.deepStrictEqual(await amounts(), [1000, 5000, 1000])
      await kari.remove("/v1/budgets/shopping?month=2025-12&one_month=true")
      assert.deepStrictEqual(await amounts(), [1000, null, 1000])
      await kari.remove("/v1/budgets/shopping?month=2025-12")
      assert.deepStrictEqual(await amounts(), [1000, null, null])
    })
  )

  it.effect(
    "nobody sees, cuts or ends another's",
    told(async (app) => {
      const [kari, ola] = [await app.register(), await app.register()]
      const buy = buyer(kari, await open(kari))
      const month = monthOf(dayIn(new Date()))
      await kari.post("/v1/budgets", { category: "dining", budget_amount: 1000, month: addMonths(month, -1), rollover: "both" })
      await put(kari, { month_starts_on: 20 })
      await buy(300, daysOfMonth(month).from)
      assert.deepStrictEqual((await ola.get("/v1/budgets")).body, [])
      assert.strictEqual((await ola.get("/v1/budgets/settings")).body.month_starts_on, 1)
      assert.strictEqual((await ola.remove(`/v1/budgets/dining?month=${month}`)).status, 404)
      await put(ola, { month_starts_on: 5 })
      await ola.post("/v1/budgets", { category: "dining", budget_amount: 7, month })
      assert.deepInclude((await ola.get(`/v1/budgets?month=${month}`)).body[0], { budget_amount: 7, spent_amount: 0 })
      assert.strictEqual((await kari.get("/v1/budgets/settings")).body.month_starts_on, 20)
      assert.deepInclude((await kari.get(`/v1/budgets?month=${month}`)).body[0], { budget_amount: 1000, spent_amount: 300 })
    })
  )
})
