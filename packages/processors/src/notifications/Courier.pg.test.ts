import { createECDH, createPublicKey, randomBytes, verify } from "node:crypto"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as SqlClient from "effect/sql/SqlClient"
import httpEce from "http_ece"
import { Webhook } from "standardwebhooks"
import { EventStore } from "@finance/core/event-store/EventStore"
import { Vault } from "@finance/core/event-store/Vault"
import type { Category } from "@finance/core/ledger/Category"
import { dayIn, monthOf } from "@finance/core/ledger/Day"
import { newId } from "@finance/core/ledger/Id"
import { type ChannelTarget, newWebhookSecret } from "@finance/core/notifications/Channel"
import * as ChannelBook from "@finance/core/notifications/ChannelBook"
import * as DeliveryBook from "@finance/core/notifications/DeliveryBook"
import * as PreferenceBook from "@finance/core/notifications/PreferenceBook"
import { defaultPreferences, type Preferences } from "@finance/core/notifications/Preferences"
import { VapidKeys } from "@finance/core/notifications/VapidKeys"
import { eventually, handOver, kr, still } from "../TestLedger.ts"
import * as Courier from "./Courier.ts"
import * as Messenger from "./Messenger.ts"
import { notifications } from "./Notifications.ts"
import * as TestReceivers from "./TestReceivers.ts"

const second = 1_000
const minute = 60 * second
const hour = 60 * minute

const thisMonth = () => monthOf(dayIn(new Date()))

/** A moment so long from now: everything that has happened is before it. */
const later = (millis = 0) => new Date(Date.now() + 50 + millis)

// ---- A person and their channels ----

const joins = (owner_id: string, target: ChannelTarget, isVerified = true) =>
  Effect.map(ChannelBook.add(owner_id, { id: newId(), name: target.kind, target, isVerified }), (channel) => channel!.id)

const prefers = (owner_id: string, changes: Partial<Preferences>) =>
  PreferenceBook.write(owner_id, { ...defaultPreferences, ...changes })

const mailbox = (): ChannelTarget & { readonly kind: "email" } => ({ kind: "email", address: `${newId()}@example.no` })

const hook = Effect.map(TestReceivers.TestReceivers, ({ url }) => {
  const path = `/hook/${newId()}`
  return { path, target: { kind: "webhook" as const, url: `${url}${path}`, secret: newWebhookSecret() } }
})

const topic = Effect.map(TestReceivers.TestReceivers, ({ url }) => {
  const path = `/${newId()}`
  return { path, target: { kind: "ntfy" as const, url: `${url}${path}`, token: "tk_kari" } }
})

const browser = Effect.map(TestReceivers.TestReceivers, ({ url }) => {
  const path = `/push/${newId()}`
  const keys = createECDH("prime256v1")
  const p256dh = keys.generateKeys("base64url", "uncompressed")
  const auth = randomBytes(16).toString("base64url")
  return {
    path,
    target: { kind: "push" as const, endpoint: `${url}${path}`, p256dh, auth },
    read: (body: Buffer) =>
      JSON.parse(httpEce.decrypt(body, { version: "aes128gcm", privateKey: keys, authSecret: auth }).toString())
  }
})

/** The person's budgets are reached, one after the other, and they are told so. */
const exceeds = Effect.fnUntraced(function* (owner_id: string, count = 1, period: string = thisMonth()) {
  const store = yield* EventStore
  const category: Category = "groceries"
  for (let index = 0; index < count; index++) {
    yield* store.appendOne({
      stream_id: newId(),
      stream_type: "budget",
      owner_id,
      expected: "none",
      metadata: { actor: "budgets" },
      events: [
        {
          type: "BudgetExceeded",
          alert_id: newId(),
          category,
          budget_amount: kr(3_000),
          current_spent: kr(2_700),
          currency: "NOK",
          threshold_percentage: 90,
          period
        }
      ]
    })
  }
  yield* handOver(notifications)
})

const deliveriesOf = Effect.fnUntraced(function* (owner_id: string) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<{ id: string; status: string; detail: string | null; attempts: number; due_at: Date }>`
    SELECT id, status, detail, attempts, due_at FROM notification_deliveries WHERE owner_id = ${owner_id} ORDER BY created_at, id`
})

const statusesOf = (owner_id: string) => Effect.map(deliveriesOf(owner_id), (rows) => rows.map(({ status }) => status))

const inAppOf = Effect.fnUntraced(function* (owner_id: string) {
  const sql = yield* SqlClient.SqlClient
  return (yield* sql`SELECT FROM notifications WHERE owner_id = ${owner_id} AND in_app`).length
})

/** What a webhook is called with. */
interface Content {
  readonly type: string
  readonly data: { readonly title: string; readonly notice: object }
}

const subjectOf = (text: string) => /^Subject: (.*)$/m.exec(text)?.[1]
const plain = (text: string) => text.replaceAll("=C2=A0", " ").replaceAll("=\r\n", "")

layer(Layer.provideMerge(TestReceivers.layer, still), { excludeTestServices: true })("a person with channels", (it) => {
  it.effect("is told of a budget in a mail whose subject gives nothing away", () =>
    Effect.gen(function* () {
      const receivers = yield* TestReceivers.TestReceivers
      const owner_id = newId()
      const target = mailbox()
      yield* joins(owner_id, target)
      yield* exceeds(owner_id)
      yield* Courier.round(later())
      const [mail, ...others] = receivers.mailsTo(target.address)
      assert.lengthOf(others, 0)
      assert.match(mail!.text, /^Subject: Et budsjett har =\?UTF-8\?|^Subject: =\?UTF-8\?/m)
      assert.notInclude(subjectOf(mail!.text)!, "700")
      assert.match(plain(mail!.text), /Du har brukt 2 700 kr av 3 000 kr/)
      assert.match(mail!.text, /^From: Finans <tracker@example.no>/m)
      assert.deepStrictEqual(yield* statusesOf(owner_id), ["sent"])
      assert.strictEqual(yield* inAppOf(owner_id), 1)
    })
  )

  it.effect("is told on an ntfy topic, discreetly, with the token that it asks for; in full if they like", () =>
    Effect.gen(function* () {
      const receivers = yield* TestReceivers.TestReceivers
      const { path, target } = yield* topic
      const owner_id = newId()
      yield* joins(owner_id, target)
      yield* exceeds(owner_id)
      yield* Courier.round(later())
      yield* prefers(owner_id, { discreet: false, language: "en" })
      yield* exceeds(owner_id)
      yield* Courier.round(later())
      const [discreet, full] = receivers.requests(path)
      assert.strictEqual(discreet!.headers.authorization, "Bearer tk_kari")
      const encoded = /^=\?UTF-8\?B\?(.*)\?=$/.exec(String(discreet!.headers["title"]))![1]!
      assert.strictEqual(Buffer.from(encoded, "base64").toString(), "Et budsjett har nådd en grense")
      assert.strictEqual(discreet!.body.toString(), "Åpne økonomien din for å se hva.")
      assert.strictEqual(full!.headers["title"], "90% of the budget is used: Groceries")
      assert.match(full!.body.toString(), /NOK.2,700 of NOK.3,000/)
    })
  )

  it.effect("has a webhook called with everything, signed as the standard says", () =>
    Effect.gen(function* () {
      const receivers = yield* TestReceivers.TestReceivers
      const { path, target } = yield* hook
      const owner_id = newId()
      yield* joins(owner_id, target)
      yield* exceeds(owner_id)
      yield* Courier.round(later())
      const [call] = receivers.requests(path)
      const headers = call!.headers as Record<string, string>
      const content = new Webhook(target.secret).verify(call!.body, headers) as Content
      assert.deepInclude(content, { type: "budget.exceeded" })
      assert.strictEqual(content.data.title, "90 % av budsjettet er brukt: Dagligvarer")
      assert.deepInclude(content.data.notice, { kind: "budget", current_spent: "270000", currency: "NOK" })
      const forged = Buffer.from(call!.body.toString().replace("270000", "1"))
      assert.throws(() => new Webhook(target.secret).verify(forged, headers))
      assert.throws(() => new Webhook(newWebhookSecret()).verify(call!.body, headers))
    })
  )

  it.effect("gets a push that their browser alone can read, from this installation alone", () =>
    Effect.gen(function* () {
      const receivers = yield* TestReceivers.TestReceivers
      const { publicKey } = yield* VapidKeys
      const { path, target, read } = yield* browser
      const owner_id = newId()
      yield* joins(owner_id, target)
      yield* exceeds(owner_id)
      yield* Courier.round(later())
      const [push] = receivers.requests(path)
      assert.deepInclude(read(push!.body), { title: "Et budsjett har nådd en grense", kind: "budget" })
      assert.notInclude(push!.body.toString("latin1"), "budsjett")
      assert.strictEqual(push!.headers["content-encoding"], "aes128gcm")

      const [, token, key] = /^vapid t=([^,]+), k=(.+)$/.exec(push!.headers.authorization!)!
      assert.strictEqual(key, publicKey)
      const point = Buffer.from(publicKey, "base64url")
      const jwk = { kty: "EC", crv: "P-256", x: point.toString("base64url", 1, 33), y: point.toString("base64url", 33) }
      const [header, claims, signature] = token!.split(".")
      const isSigned = verify(
        "sha256",
        Buffer.from(`${header}.${claims}`),
        { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" },
        Buffer.from(signature!, "base64url")
      )
      assert.isTrue(isSigned)
      assert.deepInclude(JSON.parse(Buffer.from(claims!, "base64url").toString()), {
        aud: receivers.url,
        sub: "mailto:tracker@example.no"
      })
    })
  )

  it.effect("1. is told once, however often the log is read and however many couriers there are", () =>
    Effect.gen(function* () {
      const receivers = yield* TestReceivers.TestReceivers
      const sql = yield* SqlClient.SqlClient
      const owner_id = newId()
      const [{ path, target }, letters] = [yield* hook, mailbox()]
      yield* joins(owner_id, target)
      yield* joins(owner_id, letters)
      yield* exceeds(owner_id, 4)
      yield* sql`UPDATE checkpoints SET position = 0 WHERE processor = 'notifications'`
      yield* handOver(notifications)
      yield* Effect.all(
        [1, 2, 3, 4].map(() => Courier.round(later())),
        { concurrency: "unbounded" }
      )
      yield* Courier.round(later())
      assert.lengthOf(receivers.mailsTo(letters.address), 4)
      assert.lengthOf(new Set(receivers.requests(path).map(({ headers }) => headers["webhook-id"])), 4)
      assert.lengthOf(receivers.requests(path), 4)
      assert.strictEqual(yield* inAppOf(owner_id), 4)
    })
  )

  it.effect("2. hears nothing on a new channel of what was before it", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const owner_id = newId()
      yield* exceeds(owner_id)
      yield* joins(owner_id, mailbox())
      yield* sql`DELETE FROM notifications WHERE owner_id = ${owner_id}`
      yield* sql`UPDATE checkpoints SET position = 0 WHERE processor = 'notifications'`
      yield* handOver(notifications)
      assert.strictEqual(yield* inAppOf(owner_id), 1)
      assert.deepStrictEqual(yield* statusesOf(owner_id), [])
    })
  )

  it.effect("is not told elsewhere of months long gone, nor of what an import left out; both are there to be found", () =>
    Effect.gen(function* () {
      const store = yield* EventStore
      const owner_id = newId()
      yield* joins(owner_id, mailbox())
      yield* exceeds(owner_id, 3, "2019-06")
      const counts = { rows_new: 9, rows_duplicate: 0, rows_skipped: 0 }
      for (const rows_rejected of [0, 2]) {
        const import_id = newId()
        const event = { type: "ImportCompleted" as const, import_id, account_id: newId(), ...counts, rows_rejected }
        const metadata = { actor: "imports" }
        yield* store.appendOne({
          stream_id: import_id,
          stream_type: "import",
          owner_id,
          expected: "none",
          metadata,
          events: [event]
        })
      }
      yield* handOver(notifications)
      assert.strictEqual(yield* inAppOf(owner_id), 4)
      assert.deepStrictEqual(yield* statusesOf(owner_id), [])
    })
  )

  it.effect("is told of each kind on the channels they chose for it", () =>
    Effect.gen(function* () {
      const receivers = yield* TestReceivers.TestReceivers
      const owner_id = newId()
      const [{ path, target }, letters] = [yield* hook, mailbox()]
      yield* joins(owner_id, target)
      yield* joins(owner_id, letters)
      yield* prefers(owner_id, { kinds: { ...defaultPreferences.kinds, budget: ["webhook"] } })
      yield* exceeds(owner_id)
      yield* Courier.round(later())
      assert.lengthOf(receivers.requests(path), 1)
      assert.lengthOf(receivers.mailsTo(letters.address), 0)
      assert.strictEqual(yield* inAppOf(owner_id), 0)
      assert.deepStrictEqual(yield* statusesOf(owner_id), ["sent"])
    })
  )

  it.effect("3. is left alone in quiet hours, but for the app, and told when they end", () =>
    Effect.gen(function* () {
      const receivers = yield* TestReceivers.TestReceivers
      const owner_id = newId()
      const target = mailbox()
      yield* joins(owner_id, target)
      const clock = (instant: Date) => instant.toISOString().slice(11, 16)
      const ends = later(3 * hour)
      yield* prefers(owner_id, {
        quiet_hours: { from: clock(later(-hour)), to: clock(ends), time_zone: "UTC" }
      })
      yield* exceeds(owner_id, 2)
      assert.strictEqual(yield* inAppOf(owner_id), 2)
      yield* Courier.round(later())
      yield* Courier.round(new Date(ends.getTime() - 2 * minute))
      assert.lengthOf(receivers.mailsTo(target.address), 0)
      assert.deepStrictEqual([...new Set((yield* deliveriesOf(owner_id)).map(({ due_at }) => clock(due_at)))], [clock(ends)])
      yield* Courier.round(ends)
      assert.lengthOf(receivers.mailsTo(target.address), 2)
    })
  )

  it.effect(
    "4. is not called five hundred times: one message says it all, and the next comes in an hour; a program gets each",
    () =>
      Effect.gen(function* () {
        const receivers = yield* TestReceivers.TestReceivers
        const owner_id = newId()
        const [{ path, target }, letters] = [yield* hook, mailbox()]
        yield* joins(owner_id, target)
        yield* joins(owner_id, letters)
        yield* exceeds(owner_id, 40)
        yield* Courier.round(later())
        assert.lengthOf(receivers.mailsTo(letters.address), 1)
        assert.match(subjectOf(receivers.mailsTo(letters.address)[0]!.text)!, /40 nye varsler/)
        assert.lengthOf(receivers.requests(path), 40)
        yield* exceeds(owner_id, 1)
        yield* Courier.round(later())
        yield* Courier.round(later(59 * minute))
        assert.lengthOf(receivers.mailsTo(letters.address), 1)
        yield* Courier.round(later(61 * minute))
        assert.lengthOf(receivers.mailsTo(letters.address), 2)
        assert.lengthOf(receivers.requests(path), 41)
        assert.deepStrictEqual([...new Set(yield* statusesOf(owner_id))], ["sent"])
      })
  )

  it.effect("5. is not told as news what could not be told for three days", () =>
    Effect.gen(function* () {
      const receivers = yield* TestReceivers.TestReceivers
      const owner_id = newId()
      const target = mailbox()
      yield* joins(owner_id, target)
      yield* exceeds(owner_id)
      yield* Courier.round(later(73 * hour))
      assert.deepStrictEqual(yield* statusesOf(owner_id), ["expired"])
      assert.lengthOf(receivers.mailsTo(target.address), 0)
    })
  )

  it.effect("gets nothing but a test on a channel that was never tried, and everything once it was", () =>
    Effect.gen(function* () {
      const receivers = yield* TestReceivers.TestReceivers
      const owner_id = newId()
      const target = mailbox()
      const channel = yield* joins(owner_id, target, false)
      yield* exceeds(owner_id)
      assert.deepStrictEqual(yield* statusesOf(owner_id), [])
      yield* prefers(owner_id, { quiet_hours: { from: "00:00", to: "23:59", time_zone: "UTC" } })
      assert.isTrue(yield* DeliveryBook.test(owner_id, channel, newId()))
      yield* Courier.round(later())
      assert.match(receivers.mailsTo(target.address)[0]!.text, /Varslene kommer frem/)
      yield* prefers(owner_id, {})
      yield* exceeds(owner_id)
      yield* Courier.round(later())
      assert.lengthOf(receivers.mailsTo(target.address), 2)
    })
  )

  it.effect("can have a channel tried ten times in an hour, and no more", () =>
    Effect.gen(function* () {
      const owner_id = newId()
      const channel = yield* joins(owner_id, mailbox())
      const tries = yield* Effect.forEach(Array.from({ length: 12 }), () => DeliveryBook.test(owner_id, channel, newId()))
      assert.deepStrictEqual(tries, [...Array.from({ length: 10 }, () => true), false, false])
    })
  )

  it.effect("who was erased gets nothing more: their addresses cannot be read by anybody", () =>
    Effect.gen(function* () {
      const receivers = yield* TestReceivers.TestReceivers
      const owner_id = newId()
      const target = mailbox()
      yield* joins(owner_id, target)
      yield* exceeds(owner_id)
      yield* Effect.flatMap(Vault, (vault) => vault.forget(owner_id))
      yield* Courier.round(later())
      assert.lengthOf(receivers.mailsTo(target.address), 0)
      assert.deepStrictEqual(yield* statusesOf(owner_id), ["failed"])
    })
  )
})

layer(Layer.provideMerge(TestReceivers.layer, still), { excludeTestServices: true })("a message that does not arrive", (it) => {
  it.effect("is tried again under the same id until a webhook has it: after errors, when it says, and after it hung up", () =>
    Effect.gen(function* () {
      const receivers = yield* TestReceivers.TestReceivers
      const { path, target } = yield* hook
      const owner_id = newId()
      yield* joins(owner_id, target)
      receivers.answers(path, [500, { status: 429, headers: { "retry-after": "1800" } }, "break", 302, 204])
      yield* exceeds(owner_id)
      const start = Date.now()
      const waits: Array<number> = []
      for (let at = start + 100; ;) {
        yield* Courier.round(new Date(at))
        const [delivery] = yield* deliveriesOf(owner_id)
        if (delivery!.status !== "waiting") break
        waits.push((delivery!.due_at.getTime() - at) / second)
        assert.strictEqual(yield* Courier.round(new Date(delivery!.due_at.getTime() - 1)), 0, "not before it is due")
        at = delivery!.due_at.getTime()
      }
      const calls = receivers.requests(path)
      assert.lengthOf(calls, 5)
      assert.lengthOf(new Set(calls.map(({ headers }) => headers["webhook-id"])), 1)
      for (const { headers, body } of calls) new Webhook(target.secret).verify(body, headers as Record<string, string>)
      const bounds = [
        [5, 6],
        [1_800, 1_800],
        [300, 360],
        [1_800, 2_160]
      ] as const
      for (const [index, [least, most]] of bounds.entries()) {
        assert.isAtLeast(waits[index]!, least)
        assert.isAtMost(waits[index]!, most)
      }
      assert.deepStrictEqual(yield* statusesOf(owner_id), ["sent"])
    })
  )

  it.effect("has failed when a webhook never took it, and can be sent again by the person, under the same id", () =>
    Effect.gen(function* () {
      const receivers = yield* TestReceivers.TestReceivers
      const { path, target } = yield* hook
      const owner_id = newId()
      yield* joins(owner_id, target)
      receivers.answers(path, [503])
      yield* exceeds(owner_id)
      let at = later()
      for (let tries = 0; tries < 20; tries++) {
        yield* Courier.round(at)
        at = (yield* deliveriesOf(owner_id))[0]!.due_at
      }
      const [delivery] = yield* deliveriesOf(owner_id)
      assert.deepInclude(delivery, { status: "failed", attempts: 8, detail: "it answered 503" })
      receivers.answers(path, [200])
      assert.isTrue(yield* DeliveryBook.replay(delivery!.id))
      yield* Courier.round(later())
      assert.deepStrictEqual(yield* statusesOf(owner_id), ["sent"])
      assert.lengthOf(receivers.requests(path), 9)
      assert.lengthOf(new Set(receivers.requests(path).map(({ headers }) => headers["webhook-id"])), 1)
    })
  )

  it.effect(
    "is mailed again where the server took nothing for now, given up where it never will, and left where it may have it",
    () =>
      Effect.gen(function* () {
        const receivers = yield* TestReceivers.TestReceivers
        const cases = [
          { behaviours: [{ responseCode: 451, at: "recipient" }, "take"], ends: "sent", texts: 1 },
          { behaviours: [{ responseCode: 452, at: "text" }, "take"], ends: "sent", texts: 2 },
          { behaviours: [{ responseCode: 550, at: "recipient" }], ends: "failed", texts: 0 },
          { behaviours: [{ responseCode: 554, at: "text" }], ends: "failed", texts: 1 },
          { behaviours: ["break", "take"], ends: "unknown", texts: 1 }
        ] as const
        for (const { behaviours, ends, texts } of cases) {
          const owner_id = newId()
          const target = mailbox()
          yield* joins(owner_id, target)
          receivers.mailAnswers(target.address, behaviours)
          yield* exceeds(owner_id)
          for (let tries = 0; tries < 3; tries++) yield* Courier.round(later(tries * hour))
          const [delivery] = yield* deliveriesOf(owner_id)
          assert.strictEqual(delivery!.status, ends, `${JSON.stringify(behaviours)}: ${delivery!.detail}`)
          assert.lengthOf(receivers.mailsTo(target.address), texts, JSON.stringify(behaviours))
        }
      })
  )

  it.effect("is not sent again to a topic that may have it, nor to one that will not have it", () =>
    Effect.gen(function* () {
      const receivers = yield* TestReceivers.TestReceivers
      for (const [behaviour, ends, calls] of [
        ["break", "unknown", 1],
        [403, "failed", 1],
        [503, "waiting", 2]
      ] as const) {
        const { path, target } = yield* topic
        const owner_id = newId()
        yield* joins(owner_id, target)
        receivers.answers(path, [behaviour])
        yield* exceeds(owner_id)
        yield* Courier.round(later())
        yield* Courier.round(later(10 * second))
        assert.deepStrictEqual(yield* statusesOf(owner_id), [ends])
        assert.lengthOf(receivers.requests(path), calls)
      }
    })
  )

  it.effect(
    "1. when it was cut off between the claim and the receiver: a mail is left alone, a webhook called again under the same id",
    () =>
      Effect.gen(function* () {
        const receivers = yield* TestReceivers.TestReceivers
        const owner_id = newId()
        const [{ path, target }, letters] = [yield* hook, mailbox()]
        yield* joins(owner_id, target)
        yield* joins(owner_id, letters)
        yield* exceeds(owner_id)
        const claims = [yield* Courier.claim(later()), yield* Courier.claim(later())]
        const ids = claims.flatMap((claimed) => (claimed === null || claimed === false ? [] : [claimed.message.id]))
        assert.lengthOf(ids, 2)
        assert.isNull(yield* Courier.claim(later(minute)), "while the lease lasts it is somebody's")
        yield* Courier.round(later(4 * minute))
        assert.deepStrictEqual((yield* statusesOf(owner_id)).toSorted(), ["sent", "unknown"])
        assert.lengthOf(receivers.mailsTo(letters.address), 0)
        const [call] = receivers.requests(path)
        assert.include(
          ids.map((id) => `msg_${id}`),
          call!.headers["webhook-id"]
        )
        for (const claimed of claims) if (claimed !== null && claimed !== false) yield* Courier.deliver(claimed)
        assert.deepStrictEqual(
          (yield* statusesOf(owner_id)).toSorted(),
          ["sent", "unknown"],
          "who comes back late decides nothing"
        )
      })
  )

  it.effect("ends a browser's subscription that is no more, and rests a webhook whose receiver says it is gone", () =>
    Effect.gen(function* () {
      const receivers = yield* TestReceivers.TestReceivers
      const owner_id = newId()
      const [push, { path, target }] = [yield* browser, yield* hook]
      yield* joins(owner_id, push.target)
      yield* joins(owner_id, target)
      receivers.answers(push.path, [404])
      receivers.answers(path, [410])
      yield* exceeds(owner_id)
      yield* Courier.round(later())
      const sql = yield* SqlClient.SqlClient
      const channels =
        yield* sql`SELECT kind, disabled_at IS NULL AS enabled FROM notification_channels WHERE owner_id = ${owner_id}`
      assert.deepStrictEqual(channels, [{ kind: "webhook", enabled: false }])
      assert.isFalse(yield* ChannelBook.removePush(owner_id, push.target.endpoint), "it is gone already")
      yield* exceeds(owner_id)
      yield* Courier.round(later())
      assert.lengthOf(receivers.requests(path), 1)
    })
  )

  it.effect("waits while the mail server is away, and comes when it is back", () =>
    Effect.gen(function* () {
      const receivers = yield* TestReceivers.TestReceivers
      const owner_id = newId()
      const target = mailbox()
      yield* joins(owner_id, target)
      yield* exceeds(owner_id)
      const away = Messenger.layerWith({
        smtp: { url: Redacted.make("smtp://127.0.0.1:1"), from: "tracker@example.no" },
        trusted: new Set(),
        contact: "mailto:tracker@example.no"
      })
      yield* Effect.provide(Courier.round(later()), away)
      assert.deepStrictEqual(yield* statusesOf(owner_id), ["waiting"])
      yield* Courier.round(later(minute))
      assert.deepStrictEqual(yield* statusesOf(owner_id), ["sent"])
      assert.lengthOf(receivers.mailsTo(target.address), 1)
    })
  )

  it.effect("goes nowhere near the operator's own machines", () =>
    Effect.gen(function* () {
      const receivers = yield* TestReceivers.TestReceivers
      const { path, target } = yield* hook
      const owner_id = newId()
      const { port } = new URL(receivers.url)
      for (const host of ["localhost", "127.0.0.2", "[::1]", "[::ffff:127.0.0.1]"]) {
        for (const scheme of ["http", "https"]) yield* joins(owner_id, { ...target, url: `${scheme}://${host}:${port}${path}` })
      }
      yield* exceeds(owner_id)
      yield* Courier.round(later())
      assert.deepStrictEqual(
        yield* statusesOf(owner_id),
        Array.from({ length: 8 }, () => "failed")
      )
      assert.lengthOf(receivers.requests(path), 0)
    })
  )
})

layer(Layer.provideMerge(TestReceivers.layer, still), { excludeTestServices: true })("the courier at work", (it) => {
  it.effect("sends what comes, and stops when it is asked to with nothing half done", () =>
    Effect.gen(function* () {
      const receivers = yield* TestReceivers.TestReceivers
      const owner_id = newId()
      const [{ path, target }, letters] = [yield* hook, mailbox()]
      const channel = yield* joins(owner_id, target)
      yield* joins(owner_id, letters)
      const working = yield* Effect.forkChild(Courier.courier)
      yield* DeliveryBook.test(owner_id, channel, newId())
      yield* exceeds(owner_id, 3)
      yield* eventually(
        Effect.sync(() => receivers.requests(path).length === 4 && receivers.mailsTo(letters.address).length === 3)
      )
      yield* exceeds(owner_id, 30)
      yield* Fiber.interrupt(working)
      assert.notInclude(yield* statusesOf(owner_id), "sending")
    })
  )
})
