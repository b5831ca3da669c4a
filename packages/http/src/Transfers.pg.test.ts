import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestApp from "./TestApp.ts"

const told = (use: (app: TestApp.TestApp["Service"]) => Promise<void>) => () =>
  Effect.flatMap(TestApp.TestApp, (app) => Effect.promise(() => use(app)))

interface Household {
  readonly person: TestApp.Person
  /** Writes a line by hand and returns its id. */
  readonly line: (on: "checking" | "savings", amount: number, description?: string) => Promise<string>
}

const household = async (app: TestApp.TestApp["Service"]): Promise<Household> => {
  const person = await app.register()
  const open = async (account_type: string) =>
    (await person.post("/v1/accounts/manual", { bank_name: "DNB", account_type, currency: "NOK" })).body.id as string
  const accounts = { checking: await open("checking"), savings: await open("savings") }
  return {
    person,
    line: async (on, amount, description = "Overføring") => {
      const purchase = { account_id: accounts[on], amount, description, occurred_at: "2026-11-20" }
      return (await person.post("/v1/transactions", purchase)).body.id
    }
  }
}

const link = ({ person }: Household, id: string, counterpart_id: string) =>
  person.post(`/v1/transactions/${id}/transfer`, { counterpart_id })

layer(TestApp.layer, { excludeTestServices: true })("moves between own accounts", (it) => {
  it.effect(
    "are linked by hand: both lines bear the transfer, are filed under it, and say who said so",
    told(async (app) => {
      const home = await household(app)
      const [out, into] = [await home.line("checking", -500, "KIWI"), await home.line("savings", 500)]
      const answer = await link(home, out, into)
      assert.strictEqual(answer.status, 200)
      const { transfer_id, category, category_source, category_explanation } = answer.body
      assert.match(transfer_id, /^[0-9a-f-]{36}$/)
      assert.deepStrictEqual([category, category_source], ["transfer", "user"])
      assert.deepStrictEqual(category_explanation, {
        code: "transfer.user",
        params: {},
        text: "Du har sagt at pengene gikk mellom to av kontoene dine."
      })
      const history = (await home.person.get(`/v1/transactions/${into}/history`)).body
      assert.strictEqual(history.at(-1).type, "TransferLinked")
      assert.deepInclude(history.at(-1).data, { transfer_id, counterpart_id: out, amount: 500 })
      assert.strictEqual((await link(home, into, out)).body.transfer_id, transfer_id)
    })
  )

  it.effect(
    "are unlinked, once, and filed again as they were",
    told(async (app) => {
      const home = await household(app)
      const [out, into] = [await home.line("checking", -500, "KIWI"), await home.line("savings", 500)]
      await link(home, out, into)
      const path = `/v1/transactions/${into}/transfer`
      assert.strictEqual((await home.person.remove(path)).status, 204)
      assert.strictEqual((await home.person.remove(path)).status, 404)
      assert.strictEqual((await home.person.remove(`/v1/transactions/${out}/transfer`)).status, 404)
      const after = (await home.person.patch(`/v1/transactions/${out}`, { notes: "mat" })).body
      assert.deepStrictEqual([after.category, after.category_source, after.transfer_id], ["groceries", "rule", undefined])
      assert.strictEqual((await link(home, out, into)).status, 200)
    })
  )

  it.effect(
    "are not made of what cannot be one: itself, the same account, money out on both, what is linked, deleted or nowhere",
    told(async (app) => {
      const home = await household(app)
      const [out, into, other] = [
        await home.line("checking", -500),
        await home.line("savings", 500),
        await home.line("savings", 500)
      ]
      const refusals: ReadonlyArray<readonly [counterpart: string, status: number]> = [
        [out, 422],
        [await home.line("checking", 500), 422],
        [await home.line("savings", -500), 422],
        [crypto.randomUUID(), 404],
        ["sparekonto", 422]
      ]
      for (const [counterpart, status] of refusals) {
        assert.strictEqual((await link(home, out, counterpart)).status, status, counterpart)
      }
      assert.strictEqual((await home.person.post(`/v1/transactions/${out}/transfer`, {})).status, 422)
      assert.strictEqual((await link(home, out, into)).status, 200)
      const linked = await link(home, out, other)
      assert.deepStrictEqual([linked.status, linked.body.code], [409, "linked"])
      assert.strictEqual((await link(home, other, out)).status, 409)
      assert.isUndefined((await home.person.patch(`/v1/transactions/${other}`, { notes: "x" })).body.transfer_id)
      assert.strictEqual((await home.person.remove(`/v1/transactions/${out}`)).status, 204)
      assert.strictEqual((await link(home, other, out)).status, 404)
    })
  )

  it.effect(
    "are one person's: the other half is never somebody else's",
    told(async (app) => {
      const [kari, ola] = [await household(app), await household(app)]
      const [out, into] = [await kari.line("checking", -500), await ola.line("savings", 500)]
      assert.strictEqual((await link(kari, out, into)).status, 404)
      assert.strictEqual((await link(ola, out, into)).status, 404)
      assert.strictEqual((await link(ola, into, out)).status, 404)
      assert.deepStrictEqual((await ola.person.get("/v1/recurring")).body, [])
    })
  )

  it.effect(
    "hold when two ask at once: one of two counterparts is linked, and both legs agree",
    told(async (app) => {
      const home = await household(app)
      const out = await home.line("checking", -500)
      const [one, other] = [await home.line("savings", 500), await home.line("savings", 500)]
      const answers = await Promise.all([link(home, out, one), link(home, out, other), link(home, other, out)])
      const statuses = answers.map(({ status }) => status).toSorted()
      assert.isTrue(statuses.includes(200) && statuses.every((status) => status === 200 || status === 409), statuses.join())
      const idOf = async (id: string) => (await home.person.patch(`/v1/transactions/${id}`, { notes: "x" })).body.transfer_id
      const linked = [await idOf(one), await idOf(other)].filter((id) => id !== undefined)
      assert.deepStrictEqual(linked, [await idOf(out)])
    })
  )
})
