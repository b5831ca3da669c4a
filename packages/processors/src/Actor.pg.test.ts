import { assert, layer } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import * as SqlError from "effect/sql/SqlError"
import type { CloudEvent } from "@finance/core/bus/CloudEvent"
import { ledgerEvents } from "@finance/core/bus/EventBus"
import { partitionOf } from "@finance/core/bus/Partition"
import { drawFrom } from "@finance/core/demo/Draw"
import type { RecordedEvent } from "@finance/core/event-store/EventStore"
import { Vault } from "@finance/core/event-store/Vault"
import * as ProcessorControl from "@finance/core/processors/ProcessorControl"
import * as Notebook from "./Notebook.ts"
import * as TestLedger from "./TestLedger.ts"
import {
  actor,
  atOnce,
  type Delivery,
  eventually,
  handOver,
  messagesAfter,
  oneByOne,
  opens,
  orders,
  type Person,
  receives
} from "./TestLedger.ts"

const still = Layer.provideMerge(Notebook.table, TestLedger.still)

const buys = (person: Person, day = 10) =>
  receives(person, { day: `2025-03-${day}`, amount: -9_900n, description: Notebook.quoted })

const deletes = (person: Person, transaction_id: string) => orders(person, transaction_id, { command: "Delete" })

/** Of these people, the ids of what the notebook wants, in the order of the log. */
const storyOf = Effect.fnUntraced(function* (people: ReadonlyArray<Person>) {
  const sql = yield* SqlClient.SqlClient
  const owners = people.map(({ owner_id }) => owner_id)
  const rows = yield* sql<{ event_id: string; stream_id: string; owner_id: string }>`
    SELECT event_id, stream_id, owner_id FROM events WHERE owner_id = ANY(${owners}::uuid[]) AND type LIKE 'Transaction%' ORDER BY position`
  return {
    ids: rows.map(({ event_id }) => event_id),
    ofStream: (stream: string) => rows.flatMap(({ event_id, stream_id }) => (stream_id === stream ? [event_id] : [])),
    ofPerson: ({ owner_id }: Person) => rows.flatMap((row) => (row.owner_id === owner_id ? [row.event_id] : []))
  }
})

/** The messages of these people's partition that are theirs, as the bus brings them. */
const told = Effect.fnUntraced(function* (people: ReadonlyArray<Person>, after = 0n) {
  const owners = new Set(people.map(({ owner_id }) => owner_id))
  const all = yield* messagesAfter(after)
  return [...all].flatMap(([partition, events]) => {
    const own = events.filter(({ partitionkey }) => owners.has(partitionkey))
    return own.length === 0 ? [] : [{ partition, events: own }]
  })
})

/** Two people whose events travel together. */
const inOnePartition = Effect.gen(function* () {
  const first = yield* opens()
  let second = yield* opens()
  while (partitionOf(second.owner_id, ledgerEvents.partitions) !== partitionOf(first.owner_id, ledgerEvents.partitions))
    second = yield* opens()
  return [first, second] as const
})

/** Gives the command, and runs the program until it has been carried out. */
const replays = Effect.fnUntraced(function* ({ program }: Notebook.Notebook) {
  const sql = yield* SqlClient.SqlClient
  yield* ProcessorControl.replayParked(program.name)
  yield* Effect.scoped(
    Effect.gen(function* () {
      const { deliver } = yield* actor(program)
      for (const [partition, events] of yield* messagesAfter(0n)) yield* deliver({ partition, events })
      yield* eventually(
        Effect.map(
          sql`SELECT FROM parked_events WHERE processor = ${program.name} AND replay_requested_at IS NOT NULL LIMIT 1`,
          ({ length }) => length === 0
        )
      )
    })
  )
})

/** Those of the events that belong to the test's own people: others are in the same log. */
const among = <E, R>(ids: ReadonlyArray<string>, events: Effect.Effect<ReadonlyArray<string>, E, R>) =>
  Effect.map(events, (events) => events.filter((id) => ids.includes(id)))

layer(still, { excludeTestServices: true })("given an event that cannot be handled", (it) => {
  it.effect("4: when it is one purchase among many, then it is parked with what came of it later, and all others flow", () =>
    Effect.gen(function* () {
      const notebook = yield* Notebook.make("stream")
      const [kari, ola] = yield* inOnePartition
      for (let day = 10; day < 20; day++) yield* buys(kari, day)
      const bad = yield* buys(kari)
      yield* buys(ola)
      yield* deletes(kari, bad)
      for (let day = 20; day < 28; day++) yield* buys(day % 2 === 0 ? kari : ola, day)
      const { ids, ofStream } = yield* storyOf([kari, ola])
      notebook.poison.add(ofStream(bad)[0]!)
      yield* handOver(notebook.program)
      assert.deepStrictEqual(
        yield* among(ids, notebook.handled),
        ids.filter((id) => !ofStream(bad).includes(id))
      )
      assert.deepStrictEqual(yield* among(ids, notebook.parked), ofStream(bad))
      const [first, second] = yield* ProcessorControl.parked(notebook.program.name)
      assert.strictEqual(first!.key, bad)
      assert.isAbove(first!.attempts, 1)
      assert.deepInclude(second, { key: bad, attempts: 0, error: null })
    })
  )

  it.effect("4: when the program's state is per person, then all that the person does later waits, and nobody else's", () =>
    Effect.gen(function* () {
      const notebook = yield* Notebook.make("person")
      const [kari, ola] = yield* inOnePartition
      const early = yield* buys(kari)
      const bad = yield* buys(kari)
      for (let day = 10; day < 20; day++) yield* buys(day % 2 === 0 ? kari : ola, day)
      const { ids, ofStream, ofPerson } = yield* storyOf([kari, ola])
      notebook.poison.add(ofStream(bad)[0]!)
      yield* handOver(notebook.program)
      assert.deepStrictEqual(yield* among(ids, notebook.handled), [...ofStream(early), ...ofPerson(ola)])
      assert.deepStrictEqual(yield* among(ids, notebook.parked), ofPerson(kari).slice(1))
    })
  )

  it.effect("4: however many there are, and however the bus repeats and splits, each is parked and nothing else", () =>
    Effect.gen(function* () {
      const draw = drawFrom("poison")
      const people = yield* inOnePartition
      for (let purchase = 0; purchase < 60; purchase++) {
        const person = draw.pick([...people])
        const bought = yield* buys(person)
        if (draw.chance(40)) yield* deletes(person, bought)
      }
      const { ids, ofStream } = yield* storyOf(people)
      const sql = yield* SqlClient.SqlClient
      const streams = yield* sql<{ stream_id: string; event_id: string }>`
        SELECT stream_id, event_id FROM events WHERE event_id = ANY(${ids}::uuid[])`
      const streamOf = new Map(streams.map(({ event_id, stream_id }) => [event_id, stream_id]))
      const poison = ids.filter(() => draw.chance(10))
      assert.isAbove(poison.length, 3)
      const waits = new Set<string>()
      const expected = ids.filter((id) => {
        if (poison.includes(id)) waits.add(streamOf.get(id)!)
        return !waits.has(streamOf.get(id)!)
      })
      const twice: Delivery = (messages) => [messages.slice(0, 40), messages.slice(20), messages]
      for (const delivery of [atOnce, oneByOne, twice]) {
        const notebook = yield* Notebook.make("stream")
        for (const id of poison) notebook.poison.add(id)
        yield* handOver(notebook.program, delivery)
        assert.deepStrictEqual(yield* among(ids, notebook.handled), expected)
        assert.deepStrictEqual(
          yield* among(ids, notebook.parked),
          ids.filter((id) => !expected.includes(id))
        )
        notebook.poison.clear()
        yield* replays(notebook)
        assert.deepStrictEqual(yield* notebook.parked, [])
        const handled = yield* among(ids, notebook.handled)
        assert.sameMembers([...handled], ids)
        for (const stream of waits) {
          assert.deepStrictEqual(
            handled.filter((id) => streamOf.get(id) === stream),
            ofStream(stream)
          )
        }
      }
    })
  )

  it.effect("what is told of it quotes nothing of what it says", () =>
    Effect.gen(function* () {
      const notebook = yield* Notebook.make("stream")
      const kari = yield* opens()
      const bad = yield* buys(kari)
      notebook.poison.add((yield* storyOf([kari])).ofStream(bad)[0]!)
      const { errors } = yield* handOver(notebook.program)
      const [parked] = yield* ProcessorControl.parked(notebook.program.name)
      assert.match(parked!.error!, /^TypeError at processors\/src\/Notebook\.ts:\d+:\d+$/)
      assert.isAbove(errors.length, 1)
      for (const error of errors) assert.notInclude(error, "KIWI")
    })
  )

  it.effect("4: one that does not open, with nobody able to mend it, holds nobody else up either", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const notebook = yield* Notebook.make("stream")
      const [kari, ola] = yield* inOnePartition
      const bad = yield* buys(kari)
      yield* buys(ola)
      yield* buys(kari)
      const { ids, ofStream } = yield* storyOf([kari, ola])
      yield* sql`UPDATE events SET payload = '\\x00' WHERE stream_id = ${bad}`
      yield* Effect.provide(handOver(notebook.program), Layer.fresh(TestLedger.codec))
      assert.deepStrictEqual(
        yield* among(ids, notebook.handled),
        ids.filter((id) => !ofStream(bad).includes(id))
      )
      assert.deepStrictEqual(yield* among(ids, notebook.parked), ofStream(bad))
    })
  )
})

const connectionLost = new SqlError.SqlError({
  reason: new SqlError.ConnectionError({ cause: new Error("gone"), message: "gone", operation: "query" })
})

layer(still, { excludeTestServices: true })("given trouble that is not the event's", (it) => {
  const deadlock = new SqlError.SqlError({
    reason: new SqlError.DeadlockError({ cause: new Error("deadlock"), message: "deadlock", operation: "query" })
  })

  for (const [name, trouble] of Object.entries({
    connectionLost,
    deadlock,
    diskFull: Object.assign(new Error("ENOSPC"), { syscall: "write" })
  })) {
    it.effect(`3: ${name}: however often it strikes, nothing is parked, and when it is over all is handled`, () =>
      Effect.gen(function* () {
        const notebook = yield* Notebook.make("stream")
        const kari = yield* opens()
        yield* buys(kari)
        yield* buys(kari)
        const { ids } = yield* storyOf([kari])
        notebook.trouble = trouble
        const [batch] = yield* told([kari])
        const { deliver } = yield* actor(notebook.program)
        const delivery = yield* Effect.forkChild(deliver(batch!))
        yield* eventually(Effect.sync(() => notebook.tries > 4))
        assert.deepStrictEqual(yield* notebook.parked, [])
        assert.deepStrictEqual(yield* notebook.handled, [])
        notebook.trouble = undefined
        yield* Fiber.join(delivery)
        assert.deepStrictEqual(yield* among(ids, notebook.handled), ids)
      })
    )
  }
})

layer(still, { excludeTestServices: true })("given parked events", (it) => {
  /** Kari's purchase that cannot be handled, and two things that come of it. */
  const parkedStory = Effect.fnUntraced(function* () {
    const notebook = yield* Notebook.make("stream")
    const kari = yield* opens()
    const bad = yield* buys(kari)
    yield* orders(kari, bad, { command: "Update", notes: "kvittering" })
    yield* deletes(kari, bad)
    const { ofStream } = yield* storyOf([kari])
    const [first, second, third] = ofStream(bad) as [string, string, string]
    notebook.poison.add(first)
    yield* handOver(notebook.program)
    assert.deepStrictEqual(yield* notebook.parked, [first, second, third])
    const before = yield* notebook.handled
    return { notebook, kari, bad, first, second, third, since: Effect.map(notebook.handled, (all) => all.slice(before.length)) }
  })

  it.effect("7: when they are replayed, then they take effect in the order of the log, and later ones flow again", () =>
    Effect.gen(function* () {
      const { notebook, kari, bad, first, second, third, since } = yield* parkedStory()
      notebook.poison.clear()
      yield* replays(notebook)
      assert.deepStrictEqual(yield* since, [first, second, third])
      assert.deepStrictEqual(yield* notebook.parked, [])
      yield* orders(kari, bad, { command: "Restore" })
      yield* orders(kari, bad, { command: "Update", notes: null })
      yield* handOver(notebook.program)
      const { ofStream } = yield* storyOf([kari])
      assert.deepStrictEqual((yield* since).at(-1), ofStream(bad).at(-1))
    })
  )

  it.effect("7: when the first fails again, then its key stays parked, in order, and another key is free", () =>
    Effect.gen(function* () {
      const { notebook, kari, first, second, third, since } = yield* parkedStory()
      const other = yield* buys(kari)
      const [mended] = (yield* storyOf([kari])).ofStream(other)
      notebook.poison.add(mended!)
      yield* handOver(notebook.program)
      notebook.poison.delete(mended!)
      const [before] = yield* ProcessorControl.parked(notebook.program.name)
      yield* replays(notebook)
      assert.deepStrictEqual(yield* since, [mended])
      assert.deepStrictEqual(yield* notebook.parked, [first, second, third])
      const [after] = yield* ProcessorControl.parked(notebook.program.name)
      assert.strictEqual(after!.attempts, before!.attempts + 1)
    })
  )

  it.effect("7: when a later one fails, then those before it have had their effect, and it waits with those behind it", () =>
    Effect.gen(function* () {
      const { notebook, first, second, third, since } = yield* parkedStory()
      notebook.poison.clear()
      notebook.poison.add(second)
      yield* replays(notebook)
      assert.deepStrictEqual(yield* since, [first])
      assert.deepStrictEqual(yield* notebook.parked, [second, third])
      notebook.poison.clear()
      yield* replays(notebook)
      assert.deepStrictEqual(yield* since, [first, second, third])
    })
  )

  it.effect("7: what comes while they wait queues behind them, also for an actor that has just started", () =>
    Effect.gen(function* () {
      const { notebook, kari, bad, since } = yield* parkedStory()
      yield* orders(kari, bad, { command: "Restore" })
      yield* orders(kari, bad, { command: "Update", notes: "funnet" })
      yield* handOver(notebook.program)
      const { ofStream } = yield* storyOf([kari])
      const wanted = (yield* notebook.parked).toSorted()
      assert.deepStrictEqual(yield* since, [])
      assert.lengthOf(wanted, 4)
      notebook.poison.clear()
      yield* replays(notebook)
      assert.deepStrictEqual(
        yield* since,
        ofStream(bad).filter((id) => wanted.includes(id))
      )
    })
  )

  it.effect("of a person who is erased, none are left, and nothing of them takes effect any more", () =>
    Effect.gen(function* () {
      const { notebook, kari, since } = yield* parkedStory()
      const vault = yield* Vault
      yield* vault.forget(kari.owner_id)
      assert.deepStrictEqual(yield* notebook.parked, [])
      notebook.poison.clear()
      yield* replays(notebook)
      assert.deepStrictEqual(yield* since, [])
    })
  )
})

layer(still, { excludeTestServices: true })("given a program that is paused", (it) => {
  it.effect("8: when a batch is in hand, then it is finished and the next one waits until the program is resumed", () =>
    Effect.gen(function* () {
      const notebook = yield* Notebook.make("stream")
      const kari = yield* opens()
      yield* buys(kari)
      const [before] = yield* told([kari])
      const { deliver } = yield* actor(notebook.program)
      yield* deliver(before!)
      yield* ProcessorControl.pause(notebook.program.name)
      yield* Effect.sleep("1500 millis")
      yield* buys(kari)
      const events: ReadonlyArray<CloudEvent> = (yield* told([kari]))[0]!.events
      const waiting = yield* Effect.forkChild(deliver({ partition: before!.partition, events }))
      yield* Effect.sleep("300 millis")
      const { ids } = yield* storyOf([kari])
      assert.deepStrictEqual(yield* among(ids, notebook.handled), ids.slice(0, 1))
      yield* ProcessorControl.resume(notebook.program.name)
      yield* Fiber.join(waiting)
      assert.deepStrictEqual(yield* among(ids, notebook.handled), ids)
    })
  )

  it.effect("one that starts meanwhile does not begin, and parked events wait for it to be resumed", () =>
    Effect.gen(function* () {
      const notebook = yield* Notebook.make("stream")
      const kari = yield* opens()
      const bad = yield* buys(kari)
      const [id] = (yield* storyOf([kari])).ofStream(bad) as [string]
      notebook.poison.add(id)
      yield* handOver(notebook.program)
      notebook.poison.clear()
      const before = yield* notebook.handled
      yield* ProcessorControl.pause(notebook.program.name)
      yield* ProcessorControl.replayParked(notebook.program.name)
      yield* buys(kari)
      const { deliver } = yield* actor(notebook.program)
      const [batch] = yield* told([kari])
      const waiting = yield* Effect.forkChild(deliver(batch!))
      yield* Effect.sleep("1500 millis")
      assert.deepStrictEqual(yield* notebook.handled, before)
      assert.deepStrictEqual(yield* notebook.parked, [id])
      yield* ProcessorControl.resume(notebook.program.name)
      yield* Fiber.join(waiting)
      yield* eventually(Effect.map(notebook.parked, ({ length }) => length === 0))
      assert.include(yield* notebook.handled, id)
    })
  )
})

layer(still, { excludeTestServices: true })("given a process that is told to stop", (it) => {
  it.effect("8: when a batch is in hand, then it is finished, and nothing else is begun", () =>
    Effect.gen(function* () {
      const notebook = yield* Notebook.make("stream")
      const kari = yield* opens()
      yield* buys(kari)
      const [first] = yield* told([kari])
      yield* buys(kari)
      const [both] = yield* told([kari])
      const begun = yield* Deferred.make<void>()
      const slow = {
        ...notebook.program,
        handle: (events: ReadonlyArray<RecordedEvent>) =>
          Deferred.succeed(begun, undefined).pipe(
            Effect.andThen(Effect.sleep("500 millis")),
            Effect.andThen(notebook.program.handle(events))
          )
      }
      const { deliver } = yield* actor(slow)
      const bus = yield* Effect.forkChild(Effect.andThen(deliver(first!), deliver(both!)))
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(bus)
      const { ids } = yield* storyOf([kari])
      assert.deepStrictEqual(yield* among(ids, notebook.handled), ids.slice(0, 1))
      yield* handOver(notebook.program)
      assert.deepStrictEqual(yield* among(ids, notebook.handled), ids)
    })
  )

  it.effect("8: when a batch fails again and again, then the next try is not waited for", () =>
    Effect.gen(function* () {
      const notebook = yield* Notebook.make("stream")
      const kari = yield* opens()
      yield* buys(kari)
      notebook.trouble = connectionLost
      const { deliver } = yield* actor(notebook.program)
      const [batch] = yield* told([kari])
      const bus = yield* Effect.forkChild(deliver(batch!))
      yield* eventually(Effect.sync(() => notebook.tries > 3))
      yield* Fiber.interrupt(bus)
      const { ids } = yield* storyOf([kari])
      notebook.trouble = undefined
      assert.deepStrictEqual(yield* notebook.handled, [])
      yield* handOver(notebook.program)
      assert.deepStrictEqual(yield* among(ids, notebook.handled), ids)
    })
  )
})
