import { assert, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import * as Schedule from "effect/Schedule"
import * as SqlClient from "effect/sql/SqlClient"
import type { CloudEvent } from "../bus/CloudEvent.ts"
import { EventBus, EventBusUnavailable, ledgerEvents } from "../bus/EventBus.ts"
import { EventTooLarge } from "../event-store/EventTooLarge.ts"
import { partitionOf } from "../bus/Partition.ts"
import * as PostgresEventBus from "../bus/PostgresEventBus.ts"
import { Database } from "../database/Database.ts"
import { Signals } from "../database/Signals.ts"
import * as TestDatabase from "../database/TestDatabase.ts"
import { EventCodec } from "../event-store/EventCodec.ts"
import { EventStore } from "../event-store/EventStore.ts"
import { MasterKey } from "../event-store/MasterKey.ts"
import * as PostgresEventStore from "../event-store/PostgresEventStore.ts"
import { ReadFence } from "../event-store/ReadFence.ts"
import { Vault } from "../event-store/Vault.ts"
import { newId } from "../ledger/Id.ts"
import { Outbox } from "./Outbox.ts"

const process = Outbox.layer.pipe(
  Layer.provideMerge([PostgresEventBus.layer, ReadFence.layer, PostgresEventStore.layer]),
  Layer.provide(EventCodec.layer),
  Layer.provide(Vault.layer),
  Layer.provideMerge(Signals.layer)
)

/**
 * A relay to a broker, which does what `take` says with each batch. The broker itself is not here: what is shown is what the relay does when
 * one is away, slow or overtaken.
 */
const relayTo = (take: (events: ReadonlyArray<CloudEvent>) => Effect.Effect<void, EventBusUnavailable | EventTooLarge>) =>
  Effect.map(
    Layer.build(
      Layer.fresh(Outbox.layer).pipe(
        Layer.provide(
          Layer.succeed(
            EventBus,
            EventBus.of({
              transport: "broker",
              isTransactional: false,
              publish: (_, events) => take(events),
              subscribe: () => Effect.never,
              lag: () => Effect.succeed([])
            })
          )
        )
      )
    ),
    (services) => Context.get(services, Outbox)
  )

const positionOf = ({ extensions }: CloudEvent) => BigInt(extensions["position"]!)
const previousOf = ({ extensions }: CloudEvent) => BigInt(extensions["previousposition"] ?? "0")

const checkpointOf = (sink: string) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.map(
      sql<{ position: bigint; partitions: ReadonlyArray<bigint> }>`
        SELECT position, partitions FROM outbox_checkpoints WHERE sink = ${sink}`,
      ([row]) => row
    )
  )

const everything = process.pipe(
  // relays that start again say so, and here they do all the time
  Layer.provideMerge([MasterKey.layerRandom, Layer.succeed(References.MinimumLogLevel, "Error")]),
  Layer.provideMerge(TestDatabase.layer)
)

/** Another process on the same database. */
const anotherProcess = Effect.map(Layer.build(Layer.fresh(process)), (services) => Context.get(services, Outbox))

const append = Effect.fnUntraced(function* (owner_id: string) {
  const store = yield* EventStore
  const { position } = yield* store.appendOne({
    stream_id: newId(),
    stream_type: "account",
    owner_id,
    expected: "none",
    events: [{ type: "AccountClosed", account_id: "a1" }],
    metadata: { actor: owner_id }
  })
  return position
})

/** What the bus has been told, in its order. */
const told = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<{ partition: number; position: bigint; previous: bigint; owner_id: string }>`
    SELECT m.partition, position, CASE WHEN r.place > 1 THEN m.positions[r.place - 1] ELSE m.previous END AS previous, e.owner_id
    FROM bus_messages m CROSS JOIN LATERAL unnest(m.positions) WITH ORDINALITY AS r (position, place) JOIN events e USING (position)
    WHERE m.topic = ${ledgerEvents.name} ORDER BY m.partition, m."offset", r.place`
)

const positionsTold = Effect.map(told, (messages) => messages.map(({ position }) => position).toSorted((a, b) => Number(a - b)))

const logged = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  Effect.map(sql<{ position: bigint }>`SELECT position FROM events ORDER BY position`, (rows) =>
    rows.map(({ position }) => position)
  )
)

const eventually = <E, R>(condition: Effect.Effect<boolean, E, R>) =>
  condition.pipe(
    Effect.andThen((holds) => (holds ? Effect.void : Effect.fail("not yet"))),
    Effect.retry(Schedule.max([Schedule.spaced("10 millis"), Schedule.recurs(1_500)]))
  )

const hasTold = (position: bigint) => eventually(Effect.map(positionsTold, (positions) => positions.includes(position)))

const run = Effect.flatMap(Outbox, (outbox) => Effect.forkChild(outbox.run))

/** The sessions that hold or await the lock of a relay. */
const relays = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<{ pid: number; granted: boolean }>`
    SELECT pid, granted FROM pg_locks WHERE locktype = 'advisory'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
)

const leader = Effect.map(relays, (sessions) => sessions.find(({ granted }) => granted)?.pid)

const kill = Effect.fnUntraced(function* (pid: number) {
  const owner = yield* Database.dedicated("migrator", "killer")
  yield* owner`SELECT pg_terminate_backend(${pid})`
})

layer(everything, { excludeTestServices: true })("Outbox", (it) => {
  it.effect(
    "tells the bus of everything that was appended once, in order, and each event of the one before it in its partition",
    () =>
      Effect.gen(function* () {
        const people = Array.from({ length: 24 }, newId)
        yield* append(people[0]!)
        yield* run
        const some = Effect.forEach(people, append, { concurrency: 8, discard: true })
        yield* some
        yield* some
        const last = yield* append(people[0]!)
        yield* hasTold(last)
        const messages = yield* told
        assert.deepStrictEqual(yield* positionsTold, yield* logged)
        const previous = new Map<number, bigint>()
        for (const message of messages) {
          assert.strictEqual(message.partition, partitionOf(message.owner_id, ledgerEvents.partitions))
          assert.strictEqual(message.previous, previous.get(message.partition) ?? 0n)
          assert.isTrue(message.position > message.previous)
          previous.set(message.partition, message.position)
        }
        assert.isAbove(previous.size, 1)
        const { lag } = yield* Outbox
        assert.deepStrictEqual(yield* lag, { sink: "postgres", position: last, head: last, seconds: 0 })
      })
  )

  it.effect("catches up with what was appended while no relay ran, and the chain goes on where it was", () =>
    Effect.gen(function* () {
      const kari = newId()
      const first = yield* run
      const before = yield* append(kari)
      yield* hasTold(before)
      yield* Fiber.interrupt(first)
      const between = yield* append(kari)
      const { lag } = yield* Outbox
      assert.strictEqual((yield* lag).position, before)
      yield* Effect.forkChild((yield* anotherProcess).run)
      yield* hasTold(between)
      const messages = (yield* told).filter(({ position }) => position === between)
      assert.deepStrictEqual(
        messages.map(({ previous }) => previous),
        [before]
      )
    })
  )

  it.effect("the view outbox says when each event was told, and of none that it was before it has been", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const rows = (positions: ReadonlyArray<bigint>) => sql<{ sink: string; aggregate_type: string; published: boolean }>`
        SELECT sink, aggregate_type, event_type, published_at >= created_at AS published FROM outbox
        WHERE position = ANY(${positions}) ORDER BY position`
      const relay = yield* run
      const positions = [yield* append(newId()), yield* append(newId())]
      yield* hasTold(positions[1]!)
      yield* Fiber.interrupt(relay)
      const row = { sink: "postgres", aggregate_type: "account", event_type: "AccountClosed" }
      const waiting = yield* append(newId())
      assert.deepStrictEqual(yield* rows([...positions, waiting]), [
        { ...row, published: true },
        { ...row, published: true },
        { ...row, published: null as unknown as boolean }
      ])
    })
  )

  it.effect(
    "invariant 1: one relay tells at a time; the second waits, and takes over when the first one's session is killed",
    () =>
      Effect.gen(function* () {
        const [one, two] = [yield* anotherProcess, yield* anotherProcess]
        // those of other tests have left
        yield* eventually(Effect.map(relays, (sessions) => sessions.length === 0))
        yield* Effect.forkChild(one.run)
        // once it has told something, the relay of the test before is out of its way
        yield* hasTold(yield* append(newId()))
        const first = yield* leader
        yield* Effect.forkChild(two.run)
        yield* eventually(Effect.map(relays, (sessions) => sessions.length === 2))
        yield* hasTold(yield* append(newId()))
        assert.strictEqual(yield* leader, first)
        const waiting = (yield* relays).find(({ granted }) => !granted)!.pid
        yield* kill(first!)
        yield* eventually(Effect.map(leader, (pid) => pid === waiting))
        yield* hasTold(yield* append(newId()))
        // the first one comes back, and waits its turn
        yield* eventually(Effect.map(relays, (sessions) => sessions.length === 2))
        assert.strictEqual(yield* leader, waiting)
        yield* hasTold(yield* append(newId()))
        assert.deepStrictEqual(yield* positionsTold, yield* logged)
      })
  )

  it.effect("starts again by itself when its connections are killed, over and over, and nothing is told twice", () =>
    Effect.gen(function* () {
      yield* run
      for (const _ of [1, 2]) {
        yield* eventually(Effect.map(leader, (pid) => pid !== undefined))
        yield* append(newId())
        yield* kill((yield* leader)!)
        yield* hasTold(yield* append(newId()))
      }
      assert.deepStrictEqual(yield* positionsTold, yield* logged)
    })
  )

  it.effect(
    "invariant 2: a relay that has been overtaken without noticing tells of nothing that another has told of already",
    () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const kari = newId()
        yield* run
        const first = yield* append(kari)
        yield* hasTold(first)
        // Another relay tells of the next two in one transaction, as far as the checkpoint goes; this one learns of them afterwards.
        const overtaken = yield* sql.withTransaction(
          Effect.gen(function* () {
            const positions = [yield* append(kari), yield* append(kari)]
            yield* sql`
            UPDATE outbox_checkpoints
            SET position = ${positions[1]!}, partitions[${partitionOf(kari, ledgerEvents.partitions) + 1}] = ${positions[1]!}`
            return positions
          })
        )
        const last = yield* append(kari)
        yield* hasTold(last)
        const messages = (yield* told).filter(({ owner_id }) => owner_id === kari)
        assert.deepStrictEqual(
          messages.map(({ position, previous }) => [position, previous]),
          [
            [first, messages[0]!.previous],
            [last, overtaken[1]]
          ]
        )
      })
  )

  it.effect(
    "invariant 3: while a broker is away events are stored as ever, no transaction stays open, and afterwards all is told in order",
    () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        let isAway = true
        let attempts = 0
        const taken: Array<bigint> = []
        const relay = yield* relayTo((events) =>
          Effect.suspend(() => {
            attempts++
            if (isAway) return Effect.fail(new EventBusUnavailable({ transport: "broker", detail: "away" }))
            taken.push(...events.map(positionOf))
            return Effect.void
          })
        )
        yield* Effect.forkChild(relay.run)
        const appended: Array<bigint> = []
        const store = Effect.gen(function* () {
          appended.push(yield* append(newId()))
          const open = yield* sql`
            SELECT FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`
          assert.strictEqual(open.length, 0)
          yield* Effect.sleep("20 millis")
        })
        yield* Effect.repeat(store, { until: () => attempts >= 3 })
        assert.isAbove((yield* relay.lag).seconds, 0)
        isAway = false
        yield* eventually(Effect.sync(() => taken.includes(appended.at(-1)!)))
        assert.deepStrictEqual(
          taken.filter((position) => position >= appended[0]!),
          yield* Effect.map(logged, (positions) => positions.filter((position) => position >= appended[0]!))
        )
        yield* eventually(Effect.map(relay.lag, ({ position, head }) => position === head))
      })
  )

  it.effect(
    "invariant 3: what was published before the relay died is published again, with the same ids and the same chain",
    () =>
      Effect.gen(function* () {
        const published: Array<ReadonlyArray<string>> = []
        // the broker takes it, and the answer never comes
        const dying = yield* relayTo((events) => {
          published.push(events.map((event) => `${event.id} ${previousOf(event)}`))
          return published.length === 1 ? Effect.never : Effect.void
        })
        yield* append(newId())
        const first = yield* Effect.forkChild(dying.run)
        yield* eventually(Effect.sync(() => published.length === 1))
        yield* Fiber.interrupt(first)
        yield* Effect.forkChild(dying.run)
        yield* eventually(Effect.sync(() => published.length >= 2))
        assert.deepStrictEqual(published[1], published[0])
      })
  )

  it.effect("invariant 2: a leader that slept through its successor's work cannot move the checkpoint when it wakes up", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const asleep = yield* Deferred.make<void>()
      const awake = yield* Deferred.make<void>()
      const zombie = yield* relayTo(() => Effect.andThen(Deferred.succeed(asleep, undefined), Deferred.await(awake)))
      const fenced = Effect.map(checkpointOf("broker"), (row) => row!.position)
      yield* append(newId())
      yield* Effect.forkChild(zombie.run)
      yield* Deferred.await(asleep)
      const last = yield* append(newId())
      // its successor has told of all by now
      yield* sql`UPDATE outbox_checkpoints SET position = ${last} WHERE sink = 'broker'`
      yield* Deferred.succeed(awake, undefined)
      const next = yield* append(newId())
      yield* eventually(Effect.map(fenced, (position) => position >= next))
      const batches = yield* sql<{ to_position: bigint }>`
        SELECT to_position FROM outbox_batches WHERE sink = 'broker' AND to_position < ${last} AND from_position >= ${last - 1n}`
      assert.deepStrictEqual(batches, [])
    })
  )

  it.effect(
    "invariant 5: an event that is too large travels without its payload, seems to follow itself, and stops no other",
    () =>
      Effect.gen(function* () {
        const kari = newId()
        const taken: Array<CloudEvent> = []
        let large: string | undefined
        const relay = yield* relayTo((events) =>
          Effect.suspend(() => {
            const refused = events.find(({ id, data }) => id === large && data !== null)
            if (refused !== undefined) return Effect.fail(new EventTooLarge({ event_id: refused.id, bytes: 1_000_000 }))
            taken.push(...events)
            return Effect.void
          })
        )
        const sql = yield* SqlClient.SqlClient
        const position = yield* append(kari)
        large = (yield* sql<{ event_id: string }>`SELECT event_id::text FROM events WHERE position = ${position}`)[0]!.event_id
        const next = yield* append(kari)
        yield* Effect.forkChild(relay.run)
        yield* eventually(Effect.sync(() => taken.some((event) => positionOf(event) === next)))
        const own = taken.filter(({ partitionkey }) => partitionkey === kari)
        assert.deepStrictEqual(
          own.map((event) => [positionOf(event), previousOf(event), event.data === null]),
          [
            [position, position, true],
            [next, position, false]
          ]
        )
      })
  )
})

layer(everything, { excludeTestServices: true })("invariant 4: a new sink of the outbox begins", (it) => {
  const relay = relayTo(() => Effect.void)
  const store = Effect.fnUntraced(function* (processor: string, positions: ReadonlyArray<bigint>) {
    const sql = yield* SqlClient.SqlClient
    for (const [partition, position] of positions.entries()) {
      yield* sql`INSERT INTO checkpoints (processor, partition, position) VALUES (${processor}, ${partition}, ${position})
                 ON CONFLICT (processor, partition) DO UPDATE SET position = excluded.position`
    }
  })
  const begins = Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    yield* sql`DELETE FROM outbox_checkpoints WHERE sink = 'broker'`
    const { lag } = yield* relay
    return (yield* lag).position
  })

  it.effect("at the first event where there has been no other", () =>
    Effect.map(begins, (position) => assert.strictEqual(position, 0n))
  )

  it.effect("where the other sink is once every program has been there, and else where the slowest one is", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const told = [90n, 100n, 0n, 70n, 0n, 0n, 0n, 0n]
      yield* sql`INSERT INTO outbox_checkpoints (sink, position, partitions) VALUES ('postgres', 100, ${told})`
      assert.strictEqual(yield* begins, 0n, "no program has begun")
      yield* store("projections", told)
      assert.strictEqual(yield* begins, 100n)
      yield* store("budgets", [90n, 100n, 0n, 42n])
      assert.strictEqual(yield* begins, 42n)
      yield* store("budgets", [90n])
      yield* sql`DELETE FROM checkpoints WHERE processor = 'budgets' AND partition > 0`
      assert.strictEqual(yield* begins, 0n, "it has not begun with two of them")
      yield* store("budgets", [95n, 100n, 0n, 70n])
      assert.strictEqual(yield* begins, 100n)
    })
  )

  it.effect("so that whoever is behind sees a gap in every partition where it is, and takes it from the log", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`DELETE FROM outbox_checkpoints`
      yield* sql`INSERT INTO outbox_checkpoints (sink, position, partitions)
                 VALUES ('postgres', 100, ${[90n, 100n, 0n, 30n, 0n, 0n, 0n, 0n]})`
      yield* store("projections", [90n, 42n, 0n, 30n])
      yield* store("budgets", [90n, 100n, 0n, 30n])
      const running = yield* Effect.forkChild((yield* relay).run)
      yield* eventually(Effect.map(checkpointOf("broker"), (row) => row !== undefined))
      yield* Fiber.interrupt(running)
      assert.deepStrictEqual((yield* checkpointOf("broker"))!.partitions.slice(0, 4), [42n, 42n, 0n, 30n])
    })
  )
})
