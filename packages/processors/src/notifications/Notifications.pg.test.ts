import { createPublicKey, verify } from "node:crypto"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { Webhook } from "standardwebhooks"
import { EventStore } from "@finance/core/event-store/EventStore"
import { Vault } from "@finance/core/event-store/Vault"
import { newId } from "@finance/core/ledger/Id"
import { newWebhookSecret } from "@finance/core/notifications/Channel"
import * as DeliveryBook from "@finance/core/notifications/DeliveryBook"
import { defaultPreferences } from "@finance/core/notifications/Preferences"
import { VapidKeys } from "@finance/core/notifications/VapidKeys"
import { handOver } from "../TestLedger.ts"
import * as Courier from "./Courier.ts"
import { notifications } from "./Notifications.ts"
import {
  anomalyOf,
  browser,
  deliveriesOf,
  exceeds,
  hook,
  hour,
  inAppOf,
  joins,
  later,
  mailbox,
  minute,
  prefers,
  statusesOf,
  topic,
  withReceivers
} from "./TestNotifications.ts"
import * as TestReceivers from "./TestReceivers.ts"

/** What a webhook is called with. */
interface Content {
  readonly type: string
  readonly data: { readonly title: string; readonly text: string; readonly notice: object }
}

const subjectOf = (text: string) => /^Subject: (.*)$/m.exec(text)?.[1]
const plain = (text: string) => text.replaceAll("=C2=A0", " ").replaceAll("=\r\n", "")

layer(withReceivers, { excludeTestServices: true })("a person with channels", (it) => {
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

  it.effect("is told of something unusual once, however often it is withdrawn and found again, and of old lines not at all", () =>
    Effect.gen(function* () {
      const receivers = yield* TestReceivers.TestReceivers
      const { path, target } = yield* hook
      const owner_id = newId()
      yield* joins(owner_id, target)
      const [found, old] = [anomalyOf(owner_id), anomalyOf(owner_id)]
      yield* old.detected(true)
      yield* found.detected(false)
      yield* Courier.round(later())
      yield* found.withdrawn
      yield* found.detected(false)
      yield* Courier.round(later())
      const [call, ...others] = receivers.requests(path)
      assert.lengthOf(others, 0)
      const { type, data } = JSON.parse(call!.body.toString()) as Content
      assert.strictEqual(type, "anomaly.detected")
      assert.deepInclude(data, { title: "Trukket to ganger?" })
      assert.include(data.text, "KIWI")
      assert.strictEqual(yield* inAppOf(owner_id), 1)
    })
  )

  it.effect("is not told of what they have dismissed, or what turned out to be nothing, before it could go out", () =>
    Effect.gen(function* () {
      const receivers = yield* TestReceivers.TestReceivers
      const sql = yield* SqlClient.SqlClient
      const { path, target } = yield* hook
      const owner_id = newId()
      yield* joins(owner_id, target)
      for (const end of ["withdrawn", "dismissed"] as const) {
        const found = anomalyOf(owner_id)
        yield* found.detected(false)
        yield* found[end]
      }
      yield* Courier.round(later())
      assert.lengthOf(receivers.requests(path), 0)
      const unread = yield* sql`SELECT FROM notifications WHERE owner_id = ${owner_id} AND read_at IS NULL`
      assert.lengthOf(unread, 0)
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
