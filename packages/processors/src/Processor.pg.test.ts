import { assert, layer } from "@effect/vitest"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Scope from "effect/Scope"
import * as SqlClient from "effect/sql/SqlClient"
import { type CloudEvent, fromCloudEvent, toCloudEvent } from "@finance/core/bus/CloudEvent"
import { ledgerEvents } from "@finance/core/bus/EventBus"
import { partitionOf } from "@finance/core/bus/Partition"
import * as PostgresEventBus from "@finance/core/bus/PostgresEventBus"
import { drawFrom } from "@finance/core/demo/Draw"
import { ReadFence } from "@finance/core/event-store/ReadFence"
import { Vault } from "@finance/core/event-store/Vault"
import { Outbox, withoutPayload } from "@finance/core/outbox/Outbox"
import * as Processors from "./Processors.ts"
import { categorization } from "./categorization/Categorization.ts"
import { projections } from "./projections/Projections.ts"
import * as TestLedger from "./TestLedger.ts"
import {
  actor,
  type Delivery,
  eventually,
  files,
  handOver,
  kr,
  messagesAfter,
  oneByOne,
  opens,
  orders,
  type Person,
  receives,
  settled,
  spends
} from "./TestLedger.ts"

/** Some weeks of a person who buys, thinks again, and takes back; returns what they have left. */
const lives = Effect.fnUntraced(function* (person: Person, seed: string) {
  const draw = drawFrom(seed)
  let left = 0n
  for (let week = 0; week < 12; week++) {
    const kroner = draw.between(10, 2_000)
    const bought = yield* spends(person, draw.pick(["groceries", "dining", "travel"]), kroner, `2025-03-${10 + week}`)
    left -= kr(kroner)
    if (draw.chance(40)) yield* files(person, bought, draw.pick(["shopping", "health"]))
    if (!draw.chance(40)) continue
    yield* orders(person, bought, { command: "Delete" })
    left += kr(kroner)
  }
  return left
})

const readModels = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  return {
    accounts: yield* sql`SELECT id, current_balance, transaction_count FROM account_projections ORDER BY id`,
    transactions: yield* sql`SELECT id, amount, category, deleted, version FROM transactions ORDER BY id`,
    days: yield* sql`
      SELECT owner_id, day::text, category, total_amount, transaction_count FROM daily_aggregates ORDER BY owner_id, day, category`,
    books: yield* sql`
      SELECT transaction_id, version, entry, balance_change FROM transaction_events ORDER BY transaction_id, version, entry`
  }
})

/** As if nothing had ever been projected. */
const forget = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`TRUNCATE account_projections, transactions, transaction_events, daily_aggregates, changes, change_heads`
  yield* sql`DELETE FROM checkpoints`
})

/** Batches of any length, each told one to three times, some twice over in one, often beginning again some messages back. */
const repeating =
  (seed: string): Delivery =>
  (messages) => {
    const draw = drawFrom(seed)
    const batches = []
    for (let next = 0; next < messages.length;) {
      const length = draw.between(1, 7)
      const batch = messages.slice(Math.max(0, next - draw.below(6)), next + length)
      for (let time = draw.between(1, 3); time > 0; time--) batches.push(draw.chance(30) ? [...batch, ...batch] : batch)
      next += length
    }
    return batches
  }

/** Loses a message here and there, but never the last: that one shows what is missing. */
const forgetful =
  (seed: string): Delivery =>
  (messages) => {
    const draw = drawFrom(seed)
    return repeating(seed)(messages.filter((_, index) => index === messages.length - 1 || draw.chance(70)))
  }

/** Some are too large to travel with their payload. */
const oversized: Delivery = (messages) =>
  oneByOne(messages.map((message, index) => (index % 3 === 0 ? toCloudEvent(withoutPayload(fromCloudEvent(message))) : message)))

layer(TestLedger.still, { excludeTestServices: true })("an actor has each event's effect exactly once", (it) => {
  it.effect("whatever the bus repeats, overlaps, loses or cannot carry, people's money is what it is", () =>
    Effect.gen(function* () {
      const people = yield* Effect.forEach([1, 2, 3], () => opens())
      const left = yield* Effect.forEach(people, (person, index) => lives(person, `life ${index}`))
      yield* handOver(projections)
      const clean = yield* readModels
      for (const [index, { account }] of people.entries()) {
        assert.strictEqual(clean.accounts.find(({ id }) => id === account.id)?.["current_balance"], left[index])
      }
      const deliveries = {
        oneByOne,
        repeating: repeating("a"),
        again: repeating("b"),
        forgetful: forgetful("c"),
        more: forgetful("d"),
        oversized
      }
      for (const [name, delivery] of Object.entries(deliveries)) {
        yield* forget
        const status = yield* handOver(projections, delivery)
        assert.deepStrictEqual(yield* readModels, clean, name)
        assert.deepStrictEqual(status.errors, [], name)
      }
    })
  )

  it.effect("of two actors that hold one partition, one finds its checkpoint moved, and the effect comes once", () =>
    Effect.gen(function* () {
      yield* forget
      const sql = yield* SqlClient.SqlClient
      const person = yield* opens()
      const partition = partitionOf(person.owner_id, ledgerEvents.partitions)
      const told = Effect.map(messagesAfter(0n), (all) => all.get(partition)!)
      const [one, other] = [yield* actor(projections), yield* actor(projections)]
      yield* spends(person, "groceries", 100)
      const before = yield* told
      yield* one.deliver({ partition, events: before })
      yield* other.deliver({ partition, events: before })

      yield* spends(person, "dining", 250)
      const events = (yield* told).slice(before.length)
      yield* one.deliver({ partition, events })
      yield* other.deliver({ partition, events })
      assert.deepStrictEqual(one.status.errors, [])
      assert.lengthOf(other.status.errors, 1)
      assert.include(other.status.errors[0], "CheckpointMoved")

      yield* spends(person, "travel", 1_000)
      const more = (yield* told).slice(before.length + events.length)
      yield* Effect.all([one.deliver({ partition, events: more }), other.deliver({ partition, events: more })], {
        concurrency: 2
      })
      const errors = [...one.status.errors, ...other.status.errors.slice(1)]
      assert.lengthOf(errors, 1, "at the same moment, too")
      assert.include(errors[0], "CheckpointMoved")
      const [account] = yield* sql<{ balance: bigint }>`
        SELECT current_balance AS balance FROM account_projections WHERE id = ${person.account.id}`
      assert.strictEqual(account?.balance, -kr(1_350))
    })
  )

  it.effect("one that fails tries again and has had no effect by halves", () =>
    Effect.gen(function* () {
      yield* forget
      const sql = yield* SqlClient.SqlClient
      const person = yield* opens({ opening_balance: kr(500) })
      yield* spends(person, "groceries", 100)
      let times = 0
      const clumsy = {
        ...projections,
        handle: (events: Parameters<typeof projections.handle>[0]) =>
          Effect.andThen(
            projections.handle(events),
            Effect.suspend(() => (++times < 3 ? Effect.die(`fall ${times}`) : Effect.void))
          )
      }
      const status = yield* handOver(clumsy)
      assert.isAtLeast(times, 3)
      assert.lengthOf(status.errors, 2)
      assert.deepStrictEqual(
        yield* sql`SELECT current_balance AS balance, transaction_count AS count FROM account_projections WHERE id = ${person.account.id}`,
        [{ balance: kr(400), count: 1n }]
      )
    })
  )
})

/** The message as it would be if a program had brought its event about, and not the person. */
const byProgram = (event: CloudEvent): CloudEvent => {
  const { sealed, previous } = fromCloudEvent(event)
  return toCloudEvent({ sealed: { ...sealed, metadata: { actor: "imports" } }, previous })
}

layer(TestLedger.still, { excludeTestServices: true })("what is expected to follow a batch", (it) => {
  const bought = { day: "2025-03-10", amount: -kr(100), description: "REMA 1000 TORGET" }

  /** A person's messages: their account, what the bank brought, and its category. */
  const story = Effect.fnUntraced(function* () {
    const person = yield* opens()
    yield* receives(person, bought)
    yield* handOver(categorization)
    const partition = partitionOf(person.owner_id, ledgerEvents.partitions)
    const told = (yield* messagesAfter(0n)).get(partition)!.filter(({ partitionkey }) => partitionkey === person.owner_id)
    const [opened, line, category] = told.slice(-3).map(byProgram) as [CloudEvent, CloudEvent, CloudEvent]
    return { person, partition, opened, line, category }
  })

  const transactionOf = ({ account }: Person) =>
    Effect.flatMap(
      SqlClient.SqlClient,
      (sql) => sql<{ category: string; version: bigint; ctid: string }>`
        SELECT category, version, ctid::text FROM transactions WHERE account_id = ${account.id}`
    )

  it.effect("is taken with it: a line that the bank brought is written once, with its category", () =>
    Effect.gen(function* () {
      const { person, partition, opened, line, category } = yield* story()
      const { deliver, status } = yield* actor(projections)
      const coming = [[], [category]]
      yield* deliver({ partition, events: [opened, line], more: () => Effect.sync(() => coming.shift()!) })
      assert.strictEqual(status.handled, 3)
      const once = yield* transactionOf(person)
      assert.deepInclude(once[0], { category: "groceries", version: 2n })
      yield* deliver({ partition, events: [category], more: () => Effect.never })
      assert.strictEqual(status.handled, 3)
      assert.deepStrictEqual(yield* transactionOf(person), once)
    })
  )

  it.effect("holds nothing up for long when it does not come", () =>
    Effect.gen(function* () {
      const { person, partition, opened, line, category } = yield* story()
      const { deliver, status } = yield* actor(projections)
      const nothing = (atMost: Duration.Input) => Effect.as(Effect.sleep(atMost), [])
      yield* deliver({ partition, events: [opened, line], more: nothing })
      assert.deepInclude((yield* transactionOf(person))[0], { category: "uncategorized", version: 1n })
      yield* deliver({ partition, events: [category], more: nothing })
      assert.deepInclude((yield* transactionOf(person))[0], { category: "groceries", version: 2n })
      assert.deepStrictEqual(status.errors, [])
    })
  )

  it.effect("is not waited for when the person enters something themselves", () =>
    Effect.gen(function* () {
      const { person, partition, opened, line, category } = yield* story()
      yield* receives(person, { ...bought, description: "Kaffe" }, "manual")
      const kaffe = (yield* messagesAfter(fromCloudEvent(category).sealed.position)).get(partition)!
      const { deliver } = yield* actor(projections)
      // before the category, as it is when it was entered meanwhile
      yield* deliver({ partition, events: [opened, line, ...kaffe], more: () => Effect.never })
      assert.lengthOf(yield* transactionOf(person), 2)
    })
  )
})

layer(TestLedger.still, { excludeTestServices: true })("what the bus has forgotten", (it) => {
  it.effect("is filled from the log, between and before what it still holds", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const person = yield* opens({ opening_balance: kr(10_000) })
      const left = yield* lives(person, "forgotten")
      yield* toldToTheBus
      yield* eachByItself
      const [bus] = yield* sql<{ last: bigint }>`SELECT max("offset") AS last FROM bus_messages`
      const gone = yield* sql`
        DELETE FROM bus_messages WHERE "offset" < ${bus!.last} AND ("offset" < 5 OR "offset" % 3 = 0) RETURNING "offset"`
      assert.isAbove(gone.length, 5)

      const scope = yield* Scope.make()
      yield* Layer.buildWithScope(Layer.fresh(Processors.layer), scope)
      yield* settled
      yield* Scope.close(scope, Exit.void)
      const [account] = yield* sql<{ balance: bigint }>`
        SELECT current_balance AS balance FROM account_projections WHERE id = ${person.account.id}`
      assert.strictEqual(account?.balance, kr(10_000) + left)
    })
  )
})

/** As if the bus had been told of each event by itself: a message holds no more than one. */
const eachByItself = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql`
    WITH run AS (DELETE FROM bus_messages RETURNING *)
    INSERT INTO bus_messages (topic, partition, "offset", positions, previous)
    SELECT topic, partition, "offset" + r.place - 1, ARRAY[r.position], CASE WHEN r.place > 1 THEN positions[r.place - 1] ELSE previous END
    FROM run, unnest(positions) WITH ORDINALITY AS r (position, place)`
)

/** Lets the outbox tell the bus of everything, while no program listens. */
const toldToTheBus = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const outbox = yield* Outbox
  const relay = yield* Effect.forkChild(outbox.run)
  yield* eventually(
    Effect.map(
      sql`SELECT FROM outbox_checkpoints WHERE position = (SELECT max(position) FROM events)`,
      ({ length }) => length === 1
    )
  )
  yield* Fiber.interrupt(relay)
}).pipe(Effect.provide(Layer.fresh(Outbox.layer.pipe(Layer.provide([PostgresEventBus.layer, ReadFence.layer])))))

/** Turns the event into one of a newer release, as that release would have sealed it; answers with how to take that back. */
const fromTomorrow = Effect.fnUntraced(function* (owner_id: string, position: bigint, type: string, schema_version: number) {
  const sql = yield* SqlClient.SqlClient
  const key = yield* (yield* Vault).keyOf(owner_id)
  const [before] = yield* sql<{ event_id: string; type: string; schema_version: number; payload: Uint8Array }>`
    SELECT event_id, type, schema_version, payload FROM events WHERE position = ${position}`
  const additional = `${owner_id}/${before!.event_id}/${type}/${schema_version}`
  const payload = key.seal(new TextEncoder().encode(`{"type":"${type}"}`), additional)
  yield* sql`UPDATE events SET type = ${type}, schema_version = ${schema_version}, payload = ${payload} WHERE position = ${position}`
  return sql`UPDATE events SET type = ${before!.type}, schema_version = ${before!.schema_version}, payload = ${before!.payload}
    WHERE position = ${position}`
})

const balanceOf = ({ account }: Person) =>
  Effect.map(
    Effect.flatMap(
      SqlClient.SqlClient,
      (sql) => sql<{ balance: bigint }>`SELECT current_balance AS balance FROM account_projections WHERE id = ${account.id}`
    ),
    ([row]) => row?.balance
  )

/** Nothing is remembered of what this process sealed: every event is opened as in one that has just started. */
const justStarted = Effect.provide(Layer.fresh(TestLedger.codec))

layer(TestLedger.still, { excludeTestServices: true })("while a newer release writes to the same log", (it) => {
  it.effect("6: an event of a type that is not known here is passed by, and counted once", () =>
    Effect.gen(function* () {
      const person = yield* opens({ opening_balance: kr(500) })
      const { position } = yield* orders(
        person,
        yield* receives(person, { day: "2025-03-10", amount: -kr(50), description: "Kiwi" }),
        {
          command: "Delete"
        }
      )
      yield* receives(person, { day: "2025-03-11", amount: -kr(100), description: "Kiwi" })
      yield* fromTomorrow(person.owner_id, position!, "TransactionSplit", 3)
      const counted = Effect.map(Metric.snapshot, (metrics) =>
        metrics.flatMap(({ id, attributes, state }) =>
          id === "finance_processor_unknown_events_total" && attributes?.["processor"] === "projections"
            ? [{ type: attributes["type"], schema_version: attributes["schema_version"], ...state }]
            : []
        )
      )
      const status = yield* justStarted(handOver(projections, twice))
      assert.deepStrictEqual(status.errors, [])
      assert.strictEqual(yield* balanceOf(person), kr(350))
      assert.deepStrictEqual(yield* counted, [{ type: "TransactionSplit", schema_version: "3", count: 1, incremental: true }])
    })
  )

  it.effect(
    "6: one that is wanted, in a version that cannot be read here, holds its partition up, loses nothing, and says what to do",
    () =>
      Effect.gen(function* () {
        const [person, other] = yield* inTwoPartitions
        const { position } = yield* orders(
          person,
          yield* receives(person, { day: "2025-03-10", amount: -kr(50), description: "Kiwi" }),
          {
            command: "Delete"
          }
        )
        yield* receives(person, { day: "2025-03-11", amount: -kr(100), description: "Kiwi" })
        yield* receives(other, { day: "2025-03-11", amount: -kr(7), description: "Kiwi" })
        const released = yield* fromTomorrow(person.owner_id, position!, "TransactionDeleted", 2)
        yield* Effect.gen(function* () {
          const { deliver, status } = yield* actor(projections)
          const told = yield* messagesAfter(0n)
          const held = partitionOf(person.owner_id, ledgerEvents.partitions)
          for (const [partition, events] of told) if (partition !== held) yield* deliver({ partition, events })
          const delivery = yield* Effect.forkChild(deliver({ partition: held, events: told.get(held)! }))
          yield* eventually(Effect.sync(() => status.errors.length > 0))
          assert.include(status.errors[0], "Start that one")
          assert.strictEqual(yield* balanceOf(person), undefined)
          assert.strictEqual(yield* balanceOf(other), -kr(7))
          yield* released
          yield* Fiber.interrupt(delivery)
        }).pipe(Effect.scoped, justStarted)
        // The newer release takes the partition over and can read it.
        yield* justStarted(handOver(projections))
        assert.strictEqual(yield* balanceOf(person), -kr(100))
      })
  )
})

const twice: Delivery = (messages) => [messages, messages]

/** Two people whose events travel apart. */
const inTwoPartitions = Effect.gen(function* () {
  const first = yield* opens()
  let second = yield* opens()
  while (partitionOf(second.owner_id, ledgerEvents.partitions) === partitionOf(first.owner_id, ledgerEvents.partitions))
    second = yield* opens()
  return [first, second] as const
})
