import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpApi from "effect/http-api/HttpApi"
import { Api } from "./contract/Api.ts"
import * as TestApp from "./TestApp.ts"

/** Numbers from a seed (mulberry32), so that what fails once fails again. */
const drawing = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}

const odd: ReadonlyArray<unknown> = [
  null,
  true,
  0,
  -1,
  1e308,
  0.1 + 0.2,
  "",
  " ",
  "x".repeat(600),
  "a\0b",
  "\ud800",
  "æøå 😀",
  "2026-02-30",
  "9999-12-31",
  "0000-01-01",
  "-271821-04-20T00:00:00Z",
  "2026-11-20T23:59:60Z",
  [],
  {},
  [[]],
  { constructor: 1 },
  "00000000-0000-0000-0000-000000000000",
  "' OR 1=1 --",
  "%",
  "NOK",
  "groceries"
]

const fields = [
  "account_id",
  "amount",
  "description",
  "occurred_at",
  "category",
  "budget_amount",
  "month",
  "bank_name",
  "account_type",
  "currency",
  "opening_balance",
  "opened_on",
  "name",
  "lines",
  "consent_type",
  "granted",
  "policy_version",
  "email",
  "password",
  "refresh_token",
  "merchant_name",
  "notes",
  "tags",
  "__proto__"
]

const parameters = [
  "page",
  "limit",
  "cursor",
  "q",
  "from_date",
  "to_date",
  "min_amount",
  "max_amount",
  "category",
  "month",
  "on",
  "known_at",
  "period",
  "group_by",
  "dry_run",
  "filename"
]

/** A good body for each route that takes one; what is odd is put into it. */
const goodBodies = (account_id: string): Readonly<Record<string, Readonly<Record<string, unknown>>>> => ({
  "POST /v1/transactions": { account_id, amount: -10.5, description: "Kaffe", occurred_at: "2026-11-20", category: "dining" },
  "PATCH /v1/transactions/:id": { description: "Te", merchant_name: null, notes: "x", tags: ["a"] },
  "PATCH /v1/transactions/:id/category": { category: "dining" },
  "POST /v1/accounts/manual": { bank_name: "DNB", account_type: "checking", currency: "NOK", opening_balance: 1 },
  "PATCH /v1/accounts/:id": { name: "Min" },
  "POST /v1/budgets": { category: "dining", budget_amount: 100, month: "2026-11" },
  "POST /v1/categorizer/preview": { lines: [{ description: "x", amount: 1 }] },
  "POST /v1/user/consents": { consent_type: "marketing", granted: true, policy_version: "1" },
  "PATCH /v1/rules/:id": { name: "Kaffe", category: "dining" },
  "PUT /v1/notifications/preferences": {
    language: "nn",
    discreet: true,
    quiet_hours: { from: "22:00", to: "07:00", time_zone: "Europe/Oslo" },
    kinds: { budget: ["in_app"], anomaly: [], import: ["email"] }
  },
  "POST /v1/notifications/channels": { kind: "webhook", name: "Hjemme", url: "https://example.com/hook" },
  "PATCH /v1/notifications/channels/:id": { name: "Hytta", enabled: false },
  "POST /v1/auth/refresh": { refresh_token: "x" }
})

layer(TestApp.layer, { excludeTestServices: true })("Odd requests", (it) => {
  it.effect("whatever is sent to whichever route, the answer is never that something broke here", () =>
    Effect.flatMap(TestApp.TestApp, (app) =>
      Effect.promise(async () => {
        const draw = drawing(20261122)
        const one = <A>(from: ReadonlyArray<A>): A => from[Math.floor(draw() * from.length)]!
        const endpoints: Array<{ readonly method: string; readonly path: string }> = []
        HttpApi.reflect(Api, {
          onGroup: () => undefined,
          onEndpoint: ({ endpoint: { method, path } }) => {
            // Hashing passwords by the hundred would test the patience only.
            if (!/register|login|logout|demo|close/.test(path)) endpoints.push({ method, path })
          }
        })
        const kari = await app.register()
        const account = await kari.post("/v1/accounts/manual", { bank_name: "DNB", account_type: "checking", currency: "NOK" })
        const bodies = goodBodies(account.body.id)
        const made = await kari.post("/v1/transactions", bodies["POST /v1/transactions"])
        const ids = [
          account.body.id,
          made.body.id,
          made.body.id,
          kari.user_id,
          crypto.randomUUID(),
          "x",
          "%00",
          "..",
          "%F0%9F",
          "a%2Fb"
        ]
        const statuses = new Set<number>()
        for (let round = 0; round < 1_000; round++) {
          const { method, path } = one(endpoints)
          const query =
            draw() < 0.6 ? "" : `?${one(parameters)}=${encodeURIComponent(`${one([...odd, "1", "2026-11"])}`.toWellFormed())}`
          const good = bodies[`${method} ${path.replace(/\/$/, "")}`]
          const body: Record<string, unknown> = { ...good }
          for (let count = Math.floor(draw() * 3); count > 0; count--) {
            body[one([...Object.keys(body), ...Object.keys(body), ...fields])] = one(odd)
          }
          const bare = method === "GET" || (good === undefined && draw() < 0.7)
          const sent = bare ? {} : { body: draw() < 0.05 ? one(["{", "[]", "null", "\u0000"]) : body }
          const headers = draw() < 0.1 ? { "idempotency-key": String(one(["a", "b", "c d"])) } : {}
          const target = `${path.replaceAll(/:\w+/g, () => one(ids))}${query}`
          const answer = await kari.send(target, { method, headers, ...sent })
          statuses.add(answer.status)
          assert.isBelow(answer.status, 500, `${method} ${target} ${JSON.stringify(sent)}: ${answer.text}`)
          if (answer.status >= 400) assert.include(answer.headers.get("content-type"), "problem+json", `${method} ${target}`)
        }
        for (const status of [200, 201, 400, 404, 422]) assert.isTrue(statuses.has(status), String(status))
      })
    )
  )
})
