import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestApp from "./TestApp.ts"

const told = (use: (app: TestApp.TestApp["Service"]) => Promise<void>) => () =>
  Effect.flatMap(TestApp.TestApp, (app) => Effect.promise(() => use(app)))

const chosen = {
  language: "en",
  discreet: false,
  quiet_hours: { from: "22:30", to: "06:15", time_zone: "Europe/London" },
  kinds: { budget: ["in_app", "push"], anomaly: ["in_app"], import: [] }
}

const webhook = { kind: "webhook", name: "Home", url: "https://example.com/hook/secret-path" }

const subscription = {
  endpoint: "https://push.example.com/send/abc",
  expirationTime: null,
  keys: { p256dh: `B${"A".repeat(86)}`, auth: "A".repeat(22) }
}

const paths = (answer: TestApp.Answer) => answer.body.errors.map((error: { path: string }) => error.path).toSorted()

layer(TestApp.layer, { excludeTestServices: true })("Notifications", (it) => {
  it.effect(
    "a person has preferences before they have chosen any, and chooses all of them at once",
    told(async (app) => {
      const kari = await app.register()
      const before = (await kari.get("/v1/notifications/preferences")).body
      assert.deepInclude(before, { language: "nb", discreet: true, quiet_hours: null })
      assert.deepStrictEqual(before.kinds.budget, ["in_app", "email", "ntfy", "webhook", "push"])
      const put = await kari.send("/v1/notifications/preferences", { method: "PUT", body: chosen })
      assert.deepStrictEqual([put.status, put.body], [200, chosen])
      assert.deepStrictEqual((await kari.get("/v1/notifications/preferences")).body, chosen)
      const ola = await app.register()
      assert.deepStrictEqual((await ola.get("/v1/notifications/preferences")).body, before)
    })
  )

  it.effect(
    "what cannot be meant is refused by field, and nothing of it is kept",
    told(async (app) => {
      const kari = await app.register()
      const put = (changes: object) =>
        kari.send("/v1/notifications/preferences", { method: "PUT", body: { ...chosen, ...changes } })
      const wrong: ReadonlyArray<readonly [object, string]> = [
        [{ language: "de" }, "language"],
        [{ loud: true }, "loud"],
        [{ quiet_hours: { ...chosen.quiet_hours, from: "25:00" } }, "quiet_hours.from"],
        [{ quiet_hours: { ...chosen.quiet_hours, time_zone: "Europe/Hamar" } }, "quiet_hours.time_zone"],
        [{ kinds: { ...chosen.kinds, budget: ["pigeon"] } }, "kinds.budget.0"],
        [{ kinds: { ...chosen.kinds, weather: [] } }, "kinds.weather"]
      ]
      for (const [changes, path] of wrong) {
        const answer = await put(changes)
        assert.strictEqual(answer.status, 422, JSON.stringify(changes))
        assert.include(paths(answer), path, answer.text)
      }
      assert.strictEqual((await put({ quiet_hours: { from: "07:00", to: "07:00", time_zone: "Europe/Oslo" } })).status, 422)
      assert.strictEqual((await put({ kinds: { budget: [] } })).status, 422)
      assert.strictEqual((await kari.get("/v1/notifications/preferences")).body.language, "nb")
      for (const path of ["", "/preferences", "/channels", "/deliveries", "/push/key"]) {
        assert.strictEqual((await kari.get(`/v1/notifications${path}?colour=red`)).status, 422, path)
      }
    })
  )

  it.effect(
    "a channel shows where it leads and nothing that others could use; a webhook's secret is shown once",
    told(async (app) => {
      const kari = await app.register()
      const add = (body: object) => kari.post("/v1/notifications/channels", body)
      const hook = await add(webhook)
      assert.strictEqual(hook.status, 201, hook.text)
      assert.match(hook.body.secret, /^whsec_[A-Za-z0-9+/]{43}=$/)
      const topic = await add({ kind: "ntfy", name: "Phone", url: "http://home.lan/kari-penger", token: "tk_1" })
      const mail = await add({ kind: "email", name: "Post", address: " kari@example.no " })
      const listed = (await kari.get("/v1/notifications/channels")).body
      const { secret: _, ...shown } = hook.body
      assert.deepStrictEqual(listed, [shown, topic.body, mail.body])
      assert.deepStrictEqual(
        listed.map(({ destination }: { destination: string }) => destination),
        ["example.com", "home.lan", "kari@example.no"]
      )
      for (const { verified_at, enabled } of listed) assert.deepStrictEqual([verified_at, enabled], [null, true])
      assert.strictEqual((await add({ ...webhook, name: "Again" })).status, 409)
      const changed = await kari.patch(`/v1/notifications/channels/${hook.body.id}`, { name: "Cabin", enabled: false })
      assert.deepInclude(changed.body, { name: "Cabin", enabled: false })
      assert.strictEqual((await kari.remove(`/v1/notifications/channels/${hook.body.id}`)).status, 204)
      assert.lengthOf((await kari.get("/v1/notifications/channels")).body, 2)
    })
  )

  it.effect(
    "a channel that would lead into the house is refused, unless the operator trusts the host",
    told(async (app) => {
      const kari = await app.register()
      for (const url of [
        "http://example.com/hook",
        "https://127.0.0.1/hook",
        "https://[::1]/hook",
        "https://169.254.169.254/latest",
        "https://0x7f000001/",
        "https://user:pw@example.com/",
        "javascript:alert(1)",
        "example.com"
      ]) {
        const answer = await kari.post("/v1/notifications/channels", { ...webhook, url })
        assert.deepStrictEqual([answer.status, paths(answer)], [422, ["url"]], url)
        const pushed = await kari.post("/v1/notifications/push", { ...subscription, endpoint: url })
        assert.deepStrictEqual([pushed.status, paths(pushed)], [422, ["endpoint"]], url)
      }
      assert.strictEqual((await kari.post("/v1/notifications/channels", { ...webhook, url: "http://home.lan/hook" })).status, 201)
      const rootTopic = await kari.post("/v1/notifications/channels", { kind: "ntfy", name: "x", url: "https://ntfy.sh/" })
      assert.deepStrictEqual(paths(rootTopic), ["url"])
      assert.strictEqual((await kari.post("/v1/notifications/channels", { ...webhook, colour: "red" })).status, 422)
      assert.strictEqual(
        (await kari.post("/v1/notifications/channels", { kind: "email", name: "x", address: "nobody" })).status,
        422
      )
    })
  )

  it.effect(
    "a person has twenty channels at most",
    told(async (app) => {
      const kari = await app.register()
      const add = (place: number) => kari.post("/v1/notifications/channels", { ...webhook, url: `https://example.com/${place}` })
      for (let place = 0; place < 20; place++) assert.strictEqual((await add(place)).status, 201)
      assert.strictEqual((await add(20)).status, 409)
      const ola = await app.register()
      assert.strictEqual((await ola.post("/v1/notifications/channels", webhook)).status, 201)
    })
  )

  it.effect(
    "a test is on its way when it is asked for, and may be sent again once it has been",
    told(async (app) => {
      const kari = await app.register()
      const { id } = (await kari.post("/v1/notifications/channels", webhook)).body
      const test = await kari.post(`/v1/notifications/channels/${id}/test`)
      assert.strictEqual(test.status, 202, test.text)
      const [delivery] = (await kari.get("/v1/notifications/deliveries")).body
      assert.deepInclude(delivery, {
        id: test.body.delivery_id,
        channel_id: id,
        notification_id: null,
        status: "waiting",
        attempts: 0
      })
      assert.strictEqual((await kari.post(`/v1/notifications/deliveries/${delivery.id}/replay`)).status, 409)
      for (let again = 0; again < 9; again++) await kari.post(`/v1/notifications/channels/${id}/test`)
      const tooMany = await kari.post(`/v1/notifications/channels/${id}/test`)
      assert.deepStrictEqual([tooMany.status, tooMany.body.retry_after], [429, 3_600])
    })
  )

  it.effect(
    "a browser subscribes, subscribes again with new keys, and leaves",
    told(async (app) => {
      const kari = await app.register()
      const { public_key } = (await kari.get("/v1/notifications/push/key")).body
      assert.strictEqual(Buffer.from(public_key, "base64url").length, 65)
      const subscribed = await kari.post("/v1/notifications/push", subscription)
      assert.strictEqual(subscribed.status, 201, subscribed.text)
      assert.deepInclude(subscribed.body, { kind: "push", destination: "push.example.com", enabled: true })
      assert.isNotNull(subscribed.body.verified_at)
      const again = await kari.post("/v1/notifications/push", { ...subscription, name: "Laptop" })
      assert.strictEqual(again.status, 201)
      assert.deepStrictEqual(
        (await kari.get("/v1/notifications/channels")).body.map(({ name }: { name: string }) => name),
        ["Laptop"]
      )
      const bad = await kari.post("/v1/notifications/push", { ...subscription, keys: { p256dh: "x", auth: "y" } })
      assert.deepStrictEqual(paths(bad), ["keys.auth", "keys.p256dh"])
      const leave = `/v1/notifications/push?endpoint=${encodeURIComponent(subscription.endpoint)}`
      const ola = await app.register()
      assert.strictEqual((await ola.remove(leave)).status, 404)
      assert.strictEqual((await kari.remove(leave)).status, 204)
      assert.strictEqual((await kari.remove(leave)).status, 404)
    })
  )

  it.effect(
    "nobody sees, changes, tries, replays or removes what is another person's",
    told(async (app) => {
      const [kari, ola] = [await app.register(), await app.register()]
      const { id } = (await kari.post("/v1/notifications/channels", webhook)).body
      const { delivery_id } = (await kari.post(`/v1/notifications/channels/${id}/test`)).body
      assert.deepStrictEqual((await ola.get("/v1/notifications/channels")).body, [])
      assert.deepStrictEqual((await ola.get("/v1/notifications/deliveries")).body, [])
      assert.strictEqual((await ola.patch(`/v1/notifications/channels/${id}`, { name: "Mine" })).status, 404)
      assert.strictEqual((await ola.post(`/v1/notifications/channels/${id}/test`)).status, 404)
      assert.strictEqual((await ola.post(`/v1/notifications/deliveries/${delivery_id}/replay`)).status, 404)
      assert.strictEqual((await ola.remove(`/v1/notifications/channels/${id}`)).status, 404)
      assert.strictEqual((await kari.get("/v1/notifications/channels")).body[0].name, "Home")
    })
  )
})
