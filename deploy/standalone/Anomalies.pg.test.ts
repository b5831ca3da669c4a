import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as RuleCategorizer from "@finance/core/categorizer/RuleCategorizer"
import { Database } from "@finance/core/database/Database"
import { Signals } from "@finance/core/database/Signals"
import * as TestDatabase from "@finance/core/database/TestDatabase"
import { EventCodec } from "@finance/core/event-store/EventCodec"
import { MasterKey } from "@finance/core/event-store/MasterKey"
import * as PostgresEventStore from "@finance/core/event-store/PostgresEventStore"
import { Vault } from "@finance/core/event-store/Vault"
import { Imports } from "@finance/core/imports/Imports"
import { type Answer, layerApp, type Person, TestApp } from "@finance/http/TestApp"
import { VapidKeys } from "@finance/core/notifications/VapidKeys"
import * as Processors from "@finance/processors/Processors"

const common = EventCodec.layer.pipe(
  Layer.provideMerge(Vault.layer),
  Layer.provide(MasterKey.layerRandom),
  Layer.provide(Database.projector),
  Layer.provideMerge(Layer.mergeAll(Signals.layer, RuleCategorizer.layer))
)

const tracker = layerApp.pipe(
  Layer.provide(Imports.layer),
  Layer.provide(Layer.fresh(PostgresEventStore.layer)),
  Layer.provide(Database.api),
  Layer.provideMerge(Processors.layer.pipe(Layer.provide([Database.projector, VapidKeys.layerRandom]))),
  Layer.provide(common),
  Layer.provide(TestDatabase.database)
)

const told = (use: (app: TestApp["Service"]) => Promise<void>) => () =>
  Effect.flatMap(TestApp, (app) => Effect.promise(() => use(app)))

const until = async (ask: () => Promise<Answer>, holds: (answer: Answer) => boolean): Promise<Answer> => {
  for (let attempt = 0; attempt < 400; attempt++) {
    const answer = await ask()
    if (holds(answer)) return answer
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error("it did not come about")
}

/** Buys, and gives the transaction's id. */
const buys = async (person: Person, account_id: string, occurred_at: string, kroner: number): Promise<string> => {
  const { status, text, body } = await person.post("/v1/transactions", {
    account_id,
    amount: -kroner,
    description: "PEPPES PIZZA STORO",
    occurred_at
  })
  assert.strictEqual(status, 201, text)
  return body.id
}

/** Somebody who paid the same dinner twice: the second of the two payments. */
const twice = async (person: Person) => {
  const { body } = await person.post("/v1/accounts/manual", { bank_name: "DNB", account_type: "checking", currency: "NOK" })
  const first = await buys(person, body.id, "2026-11-20", 689)
  const second = await buys(person, body.id, "2026-11-21", 689)
  const found = await until(
    () => person.get("/v1/anomalies"),
    ({ body }) => body.length === 1
  )
  return { account_id: body.id as string, first, second, anomaly: found.body[0] }
}

layer(tracker, { excludeTestServices: true, timeout: "60 seconds" })("Anomalies over REST", (it) => {
  it.effect(
    "a person who was charged twice finds it listed, told in their language, and named by the transaction",
    told(async (app) => {
      const kari = await app.register()
      const { first, second, anomaly } = await twice(kari)
      const { id, explanation, detected_at, anomaly_score, ...rest } = anomaly
      assert.deepStrictEqual(rest, {
        transaction_id: second,
        anomaly_type: "duplicate",
        evidence: [first],
        late: rest.late,
        status: "open"
      })
      assert.isTrue(anomaly_score > 0.5 && anomaly_score <= 1)
      assert.match(detected_at, /^\d{4}-\d\d-\d\dT.*Z$/)
      assert.match(explanation.text, /^689,00\s?kr til Peppes Pizza 2 ganger innen to døgn/)
      const english = await kari.send("/v1/anomalies", { headers: { "accept-language": "en" } })
      assert.include(english.body[0].explanation.text, "2 times within 48 hours")
      assert.deepStrictEqual((await kari.get(`/v1/transactions/${second}`)).body.anomaly_ids, [id])
      assert.deepStrictEqual((await kari.get(`/v1/transactions/${first}`)).body.anomaly_ids, [])
      const listed = (await kari.get("/v1/transactions")).body.transactions
      assert.deepStrictEqual(
        listed.map((row: { id: string; anomaly_ids: ReadonlyArray<string> }) => [row.id, row.anomaly_ids]),
        [
          [second, [id]],
          [first, []]
        ]
      )
    })
  )

  it.effect(
    "what is dismissed says so from then on, however often it is sent, and is found by its status, type and days",
    told(async (app) => {
      const kari = await app.register()
      const { anomaly } = await twice(kari)
      for (let sent = 0; sent < 2; sent++) {
        const { status, body } = await kari.post(`/v1/anomalies/${anomaly.id}/dismiss`, undefined)
        assert.strictEqual(status, 200)
        assert.deepStrictEqual(body, { ...anomaly, status: "dismissed" })
      }
      const count = async (query: string) => (await kari.get(`/v1/anomalies?${query}`)).body.length
      assert.deepStrictEqual([await count("status=open"), await count("status=dismissed")], [0, 1])
      assert.deepStrictEqual([await count("anomaly_type=duplicate"), await count("anomaly_type=price_change")], [1, 0])
      assert.deepStrictEqual(
        [await count("from=2026-11-21"), await count("from=2026-11-22"), await count("to=2026-11-20")],
        [1, 0, 0]
      )
      assert.deepStrictEqual([await count("page=1&limit=1"), await count("page=2&limit=1")], [1, 0])
    })
  )

  it.effect(
    "an anomaly is its person's alone, and one that never was is not there to dismiss",
    told(async (app) => {
      const [kari, ola] = [await app.register(), await app.register()]
      const { anomaly } = await twice(kari)
      assert.deepStrictEqual((await ola.get("/v1/anomalies")).body, [])
      assert.strictEqual((await ola.post(`/v1/anomalies/${anomaly.id}/dismiss`, undefined)).status, 404)
      assert.strictEqual((await kari.post(`/v1/anomalies/${crypto.randomUUID()}/dismiss`, undefined)).status, 404)
      assert.strictEqual((await kari.get("/v1/anomalies")).body[0].status, "open")
    })
  )

  it.effect(
    "who watches hears of it as it is found, and that it is gone when the payment is deleted",
    told(async (app) => {
      const kari = await app.register()
      const response = await app.fetch("/v1/live", { headers: { authorization: `Bearer ${kari.access_token}` } })
      const heard: Array<{ readonly id: string; readonly withdrawn?: boolean }> = []
      const decoder = new TextDecoder()
      let text = ""
      let deleting: Promise<unknown> | undefined
      const begun = twice(kari)
      for await (const chunk of response.body!) {
        text += decoder.decode(chunk, { stream: true })
        const messages = text.split("\n\n")
        text = messages.pop()!
        for (const message of messages) {
          if (message.startsWith("event: anomaly\n")) heard.push(JSON.parse(/^data: (.*)$/m.exec(message)![1]!))
        }
        if (heard.length > 0) deleting ??= begun.then(({ second }) => kari.remove(`/v1/transactions/${second}`))
        if (heard.length === 2) break
      }
      const { anomaly } = await begun
      await deleting
      assert.deepStrictEqual(heard, [anomaly, { id: anomaly.id, withdrawn: true }])
      assert.deepStrictEqual((await kari.get("/v1/anomalies")).body, [])
    })
  )
})
