import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpApi from "effect/http-api/HttpApi"
import { Api } from "./contract/Api.ts"
import * as TestApp from "./TestApp.ts"

const told = (use: (app: TestApp.TestApp["Service"]) => Promise<void>) => () =>
  Effect.flatMap(TestApp.TestApp, (app) => Effect.promise(() => use(app)))

interface Endpoint {
  readonly method: string
  readonly path: string
}

const endpoints: ReadonlyArray<Endpoint> = (() => {
  const found: Array<Endpoint> = []
  HttpApi.reflect(Api, {
    onGroup: () => undefined,
    onEndpoint: ({ endpoint: { method, path } }) => {
      found.push({ method, path })
    }
  })
  return found
})()

/** A body that the endpoint takes, so that nothing but whose it is stands in the way. */
const bodies: Readonly<Record<string, unknown>> = {
  "PATCH /v1/accounts/:id": { name: "Mine" },
  "PATCH /v1/notifications/channels/:id": { name: "Mine" },
  "PATCH /v1/rules/:id": { name: "Mine" },
  "PATCH /v1/transactions/:id": { description: "Mine" },
  "PATCH /v1/transactions/:id/category": { category: "travel" },
  "POST /v1/transactions/:id/transfer": { counterpart_id: "00000000-0000-7000-8000-000000000000" },
  "POST /v1/accounts/:id/imports": "Dato;Beskrivelse;Beløp\n01.02.2026;REMA;-10,00\n"
}

const isOpen = ({ path }: Endpoint) => /\/auth\/(register|login|refresh)$/.test(path)

layer(TestApp.layer, { excludeTestServices: true })("Isolation", (it) => {
  it.effect(
    "nothing but the front door opens without signing in",
    told(async (app) => {
      const closed = endpoints.filter((endpoint) => !isOpen(endpoint))
      assert.isAbove(closed.length, 20)
      for (const { method, path } of closed) {
        const { status, body } = await app.send(path.replaceAll(/:\w+/g, crypto.randomUUID()), { method })
        assert.strictEqual(status, 401, `${method} ${path}`)
        assert.strictEqual(body.type, "/problems/unauthorized")
      }
      assert.strictEqual((await app.send("/v1/live")).status, 401)
    })
  )

  it.effect(
    "to everyone else, what is somebody's own is as if it did not exist, on every route that names it",
    told(async (app) => {
      const kari = await app.register()
      const ola = await app.register()
      const account = await kari.post("/v1/accounts/manual", { bank_name: "DNB", account_type: "checking", currency: "NOK" })
      const purchase = { account_id: account.body.id, amount: -100, description: "Gave", occurred_at: "2026-11-20" }
      const transaction = await kari.post("/v1/transactions", purchase)
      assert.strictEqual(transaction.status, 201)
      const before = (await kari.get(`/v1/transactions/${transaction.body.id}/history`)).body
      const named = endpoints.filter(({ path }) => path.includes(":id"))
      assert.isAbove(named.length, 10)
      for (const { method, path } of named) {
        for (const id of [account.body.id, transaction.body.id, kari.user_id]) {
          const body = bodies[`${method} ${path}`]
          const answer = await ola.send(path.replace(":id", id), { method, ...(body !== undefined && { body }) })
          assert.strictEqual(answer.status, 404, `${method} ${path} as ${id}: ${answer.text}`)
        }
      }
      assert.strictEqual((await ola.post("/v1/transactions", purchase)).status, 404)
      assert.deepStrictEqual((await kari.get(`/v1/transactions/${transaction.body.id}/history`)).body, before)
      assert.deepStrictEqual((await ola.get("/v1/transactions")).body.transactions, [])
      assert.deepStrictEqual((await ola.get("/v1/accounts")).body, [])
    })
  )

  it.effect(
    "an account is not a transaction, nor a transaction an account, also of one's own",
    told(async (app) => {
      const kari = await app.register()
      const account = await kari.post("/v1/accounts/manual", { bank_name: "DNB", account_type: "checking", currency: "NOK" })
      assert.strictEqual((await kari.get(`/v1/transactions/${account.body.id}/history`)).status, 404)
      assert.strictEqual((await kari.get(`/v1/transactions/${kari.user_id}/history`)).status, 404)
      for (const { method, path } of endpoints.filter(({ path }) => path.startsWith("/v1/transactions/:id"))) {
        const body = bodies[`${method} ${path}`]
        const answer = await kari.send(path.replace(":id", account.body.id), { method, ...(body !== undefined && { body }) })
        assert.strictEqual(answer.status, 404, `${method} ${path}: ${answer.text}`)
      }
      const made = await kari.post("/v1/transactions", {
        account_id: account.body.id,
        amount: -1,
        description: "Kaffe",
        occurred_at: "2026-11-20"
      })
      for (const { method, path } of endpoints.filter(({ path }) => path.startsWith("/v1/accounts/:id"))) {
        const body = bodies[`${method} ${path}`]
        const answer = await kari.send(path.replace(":id", made.body.id), { method, ...(body !== undefined && { body }) })
        assert.strictEqual(answer.status, 404, `${method} ${path}: ${answer.text}`)
      }
    })
  )
})
