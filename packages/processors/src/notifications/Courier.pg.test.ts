import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as SqlClient from "effect/sql/SqlClient"
import { Webhook } from "standardwebhooks"
import { newId } from "@finance/core/ledger/Id"
import * as ChannelBook from "@finance/core/notifications/ChannelBook"
import * as DeliveryBook from "@finance/core/notifications/DeliveryBook"
import { eventually } from "../TestLedger.ts"
import * as Courier from "./Courier.ts"
import * as Messenger from "./Messenger.ts"
import {
  browser,
  deliveriesOf,
  exceeds,
  hook,
  hour,
  joins,
  later,
  mailbox,
  minute,
  second,
  statusesOf,
  topic,
  withReceivers
} from "./TestNotifications.ts"
import * as TestReceivers from "./TestReceivers.ts"

layer(withReceivers, { excludeTestServices: true })("a message that does not arrive", (it) => {
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

layer(withReceivers, { excludeTestServices: true })("the courier at work", (it) => {
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
