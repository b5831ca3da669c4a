import { assert, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as SqlClient from "effect/sql/SqlClient"
import { Database } from "../database/Database.ts"
import { Signals } from "../database/Signals.ts"
import * as TestDatabase from "../database/TestDatabase.ts"
import type { SealedEvent } from "../event-store/EventStore.ts"
import { newId } from "../ledger/Id.ts"
import { type CloudEvent, fromCloudEvent, toCloudEvent } from "./CloudEvent.ts"
import { type Batch, EventBus, type Topic } from "./EventBus.ts"
import { contract, eventOf, eventually, keysOf, newTopic, reading } from "./EventBus.contract.ts"
import { partitionOf } from "./Partition.ts"
import * as PostgresEventBus from "./PostgresEventBus.ts"

const process = PostgresEventBus.layer.pipe(Layer.provide(Signals.layer))

contract("PostgresEventBus", process.pipe(Layer.provide(TestDatabase.layer)))

/** Another process on the same database, whose signals nobody carries here and which hears none of ours. */
const anotherProcess = Effect.map(Layer.build(Layer.fresh(process)), Context.get(EventBus))

const inProcess =
  (bus: EventBus["Service"]) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.provideService(effect, EventBus, bus)

const publish = (topic: Topic, events: ReadonlyArray<CloudEvent>) => Effect.flatMap(EventBus, (bus) => bus.publish(topic, events))

const idsOf = (events: ReadonlyArray<CloudEvent>) => events.map(({ id }) => id)

/** Ends the sessions that hold locks, as a network does that breaks, and tells how many there were. */
const killLockSessions = Effect.gen(function* () {
  const owner = yield* Database.dedicated("migrator", "killer")
  const killed = yield* owner`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'finance locks'`
  return killed.length
})

layer(process.pipe(Layer.provideMerge(TestDatabase.layer)), { excludeTestServices: true })("PostgresEventBus", (it) => {
  it.effect("delivers what is published in a transaction when it commits, and nothing of one that is given up", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const topic = newTopic()
      const [given, kept, later] = [eventOf("kari", 1), eventOf("kari", 2), eventOf("kari", 3)]
      const reader = yield* reading(topic, "here")
      const other = yield* inProcess(yield* anotherProcess)(reading(topic, "elsewhere"))
      yield* Effect.flip(sql.withTransaction(Effect.andThen(publish(topic, [given]), Effect.fail("given up"))))
      yield* sql.withTransaction(
        Effect.gen(function* () {
          yield* publish(topic, [kept])
          yield* Effect.ignore(sql.withTransaction(Effect.andThen(publish(topic, [given]), Effect.fail("given up"))))
          yield* Effect.sleep("20 millis")
          assert.deepStrictEqual(reader.ids(), [])
        })
      )
      yield* publish(topic, [later])
      yield* eventually(() => reader.ids().length >= 2 && other.ids().length >= 2)
      assert.deepStrictEqual(reader.ids(), idsOf([kept, later]))
      assert.deepStrictEqual(other.ids(), idsOf([kept, later]))
    })
  )

  it.effect("keeps the order of one person although six publish for them at once, in transactions of their own", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const topic = newTopic(2)
      const reader = yield* reading(topic, "here")
      const other = yield* inProcess(yield* anotherProcess)(reading(topic, "elsewhere"))
      const publisher = (name: number) =>
        Effect.forEach(
          Array.from({ length: 20 }, (_, turn) => turn),
          (turn) =>
            sql.withTransaction(publish(topic, [eventOf("kari", `${name}/${turn}/0`), eventOf("kari", `${name}/${turn}/1`)])),
          { discard: true }
        )
      yield* Effect.forEach([0, 1, 2, 3, 4, 5], publisher, { concurrency: "unbounded", discard: true })
      yield* eventually(() => reader.ids().length === 240 && other.ids().length === 240)
      assert.deepStrictEqual(reader.ids(), other.ids())
      for (const name of [0, 1, 2, 3, 4, 5]) {
        const own = reader.events().flatMap(({ sequence }) => (sequence.startsWith(`${name}/`) ? [sequence] : []))
        assert.deepStrictEqual(
          own,
          Array.from({ length: 40 }, (_, index) => `${name}/${Math.floor(index / 2)}/${index % 2}`)
        )
      }
    })
  )

  it.effect("two processes of one group share no partition, and between them leave none out", () =>
    Effect.gen(function* () {
      const topic = newTopic()
      const keys = keysOf(topic)
      const [one, two] = [yield* anotherProcess, yield* anotherProcess]
      const inHand = new Set<number>()
      const handled: Array<string> = []
      let doubled = 0
      const handle = ({ partition, events }: Batch) =>
        Effect.gen(function* () {
          if (inHand.has(partition)) doubled++
          inHand.add(partition)
          yield* Effect.sleep("10 millis")
          inHand.delete(partition)
          handled.push(...idsOf(events))
        })
      const first = yield* Effect.forkChild(one.subscribe(topic, "shared", handle))
      yield* Effect.forkChild(two.subscribe(topic, "shared", handle))
      const published: Array<string> = []
      for (let turn = 0; turn < 8; turn++) {
        const events = keys.map((key) => eventOf(key, turn))
        yield* publish(topic, events)
        published.push(...idsOf(events))
        // half way the one that came first leaves, and the other takes over what was its
        if (turn === 4) yield* Fiber.interrupt(first)
        if (turn === 4) inHand.clear()
      }
      yield* eventually(() => new Set(handled).size === published.length)
      assert.strictEqual(doubled, 0)
    })
  )

  it.effect("another process takes over when the session of the first one ends, and the first one says that it is out", () =>
    Effect.gen(function* () {
      const topic = newTopic()
      const keys = keysOf(topic)
      const [one, two] = [yield* anotherProcess, yield* anotherProcess]
      const handled = { one: [] as Array<string>, two: [] as Array<string> }
      const first = yield* Effect.forkChild(
        one.subscribe(topic, "shared", ({ events }) => Effect.sync(() => void handled.one.push(...idsOf(events))))
      )
      const before = keys.map((key) => eventOf(key, 1))
      yield* publish(topic, before)
      yield* eventually(() => handled.one.length === keys.length)
      const second = Effect.forkChild(
        two.subscribe(topic, "shared", ({ events }) => Effect.sync(() => void handled.two.push(...idsOf(events))))
      )
      assert.isAbove(yield* killLockSessions, 0)
      yield* second
      const after = keys.map((key) => eventOf(key, 2))
      yield* publish(topic, after)
      const error = yield* Effect.flip(Fiber.join(first))
      assert.strictEqual(error._tag, "EventBusUnavailable")
      const wanted = idsOf(after)
      yield* eventually(() => wanted.every((id) => handled.two.includes(id)))
    })
  )

  it.effect("goes on with what is left where messages have passed their retention, and with what comes then", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const topic = newTopic(1)
      const bus = yield* anotherProcess
      const events = [1, 2, 3, 4, 5, 6].map((sequence) => eventOf("kari", sequence))
      yield* publish(topic, events.slice(0, 4))
      yield* sql`DELETE FROM bus_messages WHERE topic = ${topic.name} AND "offset" <= 3`
      const some = yield* inProcess(bus)(reading(topic, "some"))
      yield* eventually(() => some.ids().length === 1)
      yield* sql`DELETE FROM bus_messages WHERE topic = ${topic.name}`
      const none = yield* inProcess(bus)(reading(topic, "none"))
      yield* publish(topic, events.slice(4))
      yield* eventually(() => some.ids().length === 3 && none.ids().length >= 2)
      assert.deepStrictEqual(some.ids(), idsOf(events.slice(3)))
      assert.deepStrictEqual(none.ids(), idsOf(events.slice(4)))
    })
  )

  it.effect("keeps for a month what a group has yet to read, and for a week what nobody has", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const [unread, unheard, lost] = [newTopic(1), newTopic(1), newTopic(1)]
      for (const topic of [unread, unheard, lost]) yield* publish(topic, [eventOf("kari", 1)])
      yield* sql`UPDATE bus_messages SET published_at = now() - interval '8 days' WHERE topic = ANY(${[unread.name, unheard.name, lost.name]})`
      for (const [topic, age] of [
        [unread, "29 days"],
        [lost, "31 days"]
      ] as const) {
        yield* sql`INSERT INTO bus_groups ("group", topic, partition, next_offset, updated_at)
                   VALUES ('away', ${topic.name}, 0, 1, now() - ${age}::interval)`
      }
      yield* anotherProcess
      const left = (topic: Topic) => Effect.map(sql`SELECT FROM bus_messages WHERE topic = ${topic.name}`, ({ length }) => length)
      yield* Effect.gen(function* () {
        if ((yield* left(unheard)) + (yield* left(lost)) > 0) return yield* Effect.fail("not yet")
      }).pipe(Effect.retry(Schedule.max([Schedule.spaced("20 millis"), Schedule.recurs(500)])))
      assert.strictEqual(yield* left(unread), 1)
    })
  )

  it.effect("gives a handler that asks for more what comes next, as part of the batch in its hand", () =>
    Effect.gen(function* () {
      const bus = yield* EventBus
      const topic = newTopic(1)
      const events = [1, 2, 3].map((sequence) => eventOf("kari", sequence))
      const handled: Array<ReadonlyArray<string>> = []
      yield* Effect.forkChild(
        bus.subscribe(topic, "patient", ({ events, more }) =>
          Effect.gen(function* () {
            const all = [...events]
            while (all.length < 2) all.push(...(yield* more!("1 second")))
            handled.push(idsOf(all))
          })
        )
      )
      yield* publish(topic, [events[0]!])
      yield* Effect.sleep("50 millis")
      assert.deepStrictEqual(handled, [])
      yield* publish(topic, [events[1]!])
      yield* eventually(() => handled.length === 1)
      yield* publish(topic, [events[2]!, eventOf("kari", 4)])
      yield* eventually(() => handled.length === 2)
      assert.deepStrictEqual(handled[0], idsOf(events.slice(0, 2)))
      assert.strictEqual(handled[1]![0], events[2]!.id)
    })
  )

  it.effect(
    "keeps ledger events that are told of together together, and begins in the middle of them where a group had got to",
    () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const topic = newTopic(2)
        const owners = keysOf(topic).map(() => newId())
        const sealed = yield* sql<SealedEvent>`
        INSERT INTO events (stream_id, stream_type, version, event_id, type, schema_version, owner_id, payload, payload_hash, occurred_at)
        SELECT gen_random_uuid(), 'account', 1, gen_random_uuid(), 'AccountClosed', 1, o.id, '\\x01', '\\x02', now()
        FROM generate_series(1, 6) AS n, unnest(${owners}::uuid[]) AS o (id) ORDER BY n RETURNING *`
        const last = new Map<number, bigint>()
        const told = sealed.map((event) => {
          const partition = partitionOf(event.owner_id, topic.partitions)
          const previous = last.get(partition) ?? 0n
          last.set(partition, event.position)
          return toCloudEvent({ sealed: event, previous })
        })
        yield* publish(topic, told.slice(0, 5))
        yield* publish(topic, [eventOf(owners[0]!, "of another kind"), ...told.slice(5)])
        for (const partition of [0, 1]) {
          yield* sql`INSERT INTO bus_groups ("group", topic, partition, next_offset) VALUES ('later', ${topic.name}, ${partition}, 3)`
        }
        const bus = yield* anotherProcess
        const all = yield* inProcess(bus)(reading(topic, "from the start"))
        const later = yield* inProcess(bus)(reading(topic, "later"))
        yield* eventually(() => all.ids().length === 13)
        for (const partition of [0, 1]) {
          const share = (events: ReadonlyArray<CloudEvent>) =>
            events.filter(({ partitionkey }) => partitionOf(partitionkey, topic.partitions) === partition)
          yield* eventually(() => share(later.events()).length === Math.max(0, share(all.events()).length - 2))
          const chain = (events: ReadonlyArray<CloudEvent>) =>
            events
              .flatMap((event) => (event.source === "/test" ? [] : [fromCloudEvent(event)]))
              .map(({ sealed, previous }) => [previous, sealed.position])
          assert.deepStrictEqual(chain(share(all.events())), chain(share(told)))
          assert.deepStrictEqual(idsOf(share(later.events())), idsOf(share(all.events())).slice(2))
        }
      })
  )

  it.effect("hears of what other processes publish on every topic it reads, also when nobody carries their signals", () =>
    Effect.gen(function* () {
      const topics = [newTopic(), newTopic(), newTopic()]
      const readers = yield* Effect.forEach(topics, (topic) => reading(topic, "here"))
      // all are at rest and poll
      yield* Effect.sleep("1500 millis")
      const other = inProcess(yield* anotherProcess)
      for (const topic of topics)
        yield* other(
          publish(
            topic,
            keysOf(topic).map((key) => eventOf(key, 1))
          )
        )
      yield* eventually(() => readers.every((reader) => reader.ids().length === 4))
    })
  )

  it.effect("hears of what other processes publish also while it publishes all the time itself", () =>
    Effect.gen(function* () {
      const topic = newTopic()
      const [busy, quiet] = keysOf(topic)
      const reader = yield* reading(topic, "here")
      yield* Effect.forkChild(Effect.forever(Effect.andThen(publish(topic, [eventOf(busy!, 1)]), Effect.sleep("20 millis"))))
      yield* eventually(() => reader.ids().length > 5)
      yield* inProcess(yield* anotherProcess)(publish(topic, [eventOf(quiet!, 1)]))
      yield* eventually(() => reader.events().some(({ partitionkey }) => partitionkey === quiet))
    })
  )
})
