/**
 * What every bus keeps, numbered as in EventBus.ts, as one suite that each transport runs:
 *
 *   contract("MemoryEventBus", MemoryEventBus.layer)
 *
 * A bus over a broker is also shown what others may have done there: see `Outside`.
 */
import { assert, layer } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { newId } from "../ledger/Id.ts"
import type { CloudEvent } from "./CloudEvent.ts"
import { type Batch, EventBus, type Topic } from "./EventBus.ts"
import { EventTooLarge, maxEventBytes } from "../event-store/EventTooLarge.ts"
import { partitionOf } from "./Partition.ts"

/** A topic that no other test has written to. */
export const newTopic = (partitions = 4): Topic => ({
  name: `test.${Array.from(newId().replaceAll("-", ""), (digit) => String.fromCharCode(97 + Number.parseInt(digit, 16))).join("")}`,
  partitions
})

export const eventOf = (partitionkey: string, sequence: number | string): CloudEvent => ({
  id: newId(),
  source: "/test",
  type: "AccountRenamed",
  time: "2025-01-15T12:00:00.000Z",
  subject: "a1",
  partitionkey,
  sequence: String(sequence),
  extensions: { actor: "kari" },
  data: new TextEncoder().encode(`Kjøp nr. ${sequence}`)
})

const counted = (count: number) => Array.from({ length: count }, (_, index) => index)

/** A key of each of the topic's partitions. */
export const keysOf = ({ partitions }: Topic): ReadonlyArray<string> =>
  counted(partitions).map((partition) =>
    counted(1_000)
      .map(String)
      .find((key) => partitionOf(key, partitions) === partition)!
  )

export const eventually = (condition: () => boolean) =>
  Effect.suspend(() => (condition() ? Effect.void : Effect.fail(`never came to be: ${String(condition)}`))).pipe(
    Effect.retry(Schedule.max([Schedule.spaced("5 millis"), Schedule.recurs(3_000)]))
  )

/** Subscribes, and writes down what it is handed. */
export const reading = Effect.fnUntraced(function* (topic: Topic, group: string) {
  const bus = yield* EventBus
  const batches: Array<Batch> = []
  const fiber = yield* Effect.forkChild(bus.subscribe(topic, group, (batch) => Effect.sync(() => void batches.push(batch))))
  return {
    batches,
    events: () => batches.flatMap(({ events }) => events),
    ids: () => batches.flatMap(({ events }) => events.map(({ id }) => id)),
    stop: Fiber.interrupt(fiber)
  }
})

const idsOf = (events: ReadonlyArray<CloudEvent>) => events.map(({ id }) => id)

/** What can be done to a broker past the bus. */
export interface Outside {
  /** Makes the topic with so many partitions. */
  readonly make: (topic: Topic) => Effect.Effect<void>
  /** Writes something that is no event where the key's events are. */
  readonly writeGarbage: (topic: Topic, key: string) => Effect.Effect<void>
}

export const contract = <E>(name: string, bus: Layer.Layer<EventBus, E>, outside?: Outside) =>
  layer(bus, { excludeTestServices: true })(`${name} keeps the contract of EventBus:`, (it) => {
    const publish = (topic: Topic, events: ReadonlyArray<CloudEvent>) =>
      Effect.flatMap(EventBus, (bus) => bus.publish(topic, events))
    const lagOf = (topic: Topic, group: string) =>
      Effect.flatMap(EventBus, (bus) =>
        Effect.map(bus.lag(topic, group), (lag) => lag.reduce((sum, { events }) => sum + events, 0n))
      )
    const atRest = (topic: Topic, group: string) =>
      lagOf(topic, group).pipe(
        Effect.andThen((lag) => (lag === 0n ? Effect.void : Effect.fail("behind"))),
        Effect.retry(Schedule.max([Schedule.spaced("5 millis"), Schedule.recurs(3_000)]))
      )

    it.effect("3. what was published comes out whole: every attribute, and the bytes", () =>
      Effect.gen(function* () {
        const topic = newTopic()
        const events = [
          eventOf("kari", 1),
          { ...eventOf("ola", 1), data: null },
          { ...eventOf("kari", 2), data: new Uint8Array(), extensions: {} },
          { ...eventOf("ola", 2), data: Uint8Array.from(counted(256)), extensions: { note: "“quoted” \\ % \n" } }
        ]
        yield* publish(topic, events)
        yield* publish(topic, [])
        const reader = yield* reading(topic, "all")
        yield* eventually(() => reader.ids().length === events.length)
        const plain = (event: CloudEvent) => ({ ...event, data: event.data === null ? null : [...event.data] })
        const byId = new Map(reader.events().map((event) => [event.id, plain(event)]))
        assert.deepStrictEqual(
          events.map(({ id }) => byId.get(id)),
          events.map(plain)
        )
      })
    )

    it.effect("2. a person's events come in the order they were published in, whoever else's are between them", () =>
      Effect.gen(function* () {
        const topic = newTopic()
        const people = counted(10).map((person) => `person ${person}`)
        const reader = yield* reading(topic, "order")
        for (const turn of counted(30)) {
          yield* publish(
            topic,
            people.flatMap((person, place) => counted(1 + (place % 3)).map((n) => eventOf(person, turn * 3 + n)))
          )
        }
        yield* eventually(() => reader.ids().length === 30 * 19)
        for (const person of people) {
          const sequence = reader
            .events()
            .filter(({ partitionkey }) => partitionkey === person)
            .map(({ sequence }) => Number(sequence))
          assert.isAtLeast(sequence.length, 30)
          assert.deepStrictEqual(
            sequence,
            sequence.toSorted((a, b) => a - b)
          )
        }
        for (const { partition, events } of reader.batches) {
          for (const { partitionkey } of events) assert.strictEqual(partitionOf(partitionkey, topic.partitions), partition)
        }
      })
    )

    it.effect("2. also when a thousand wait already, and they come in several batches", () =>
      Effect.gen(function* () {
        const topic = newTopic(1)
        const events = counted(1_300).map((sequence) => eventOf("kari", sequence))
        yield* publish(topic, events.slice(0, 900))
        yield* publish(topic, events.slice(900))
        const reader = yield* reading(topic, "many")
        yield* eventually(() => reader.ids().length >= events.length)
        assert.deepStrictEqual(reader.ids(), idsOf(events))
        assert.isAbove(reader.batches.length, 1)
      })
    )

    it.effect("3. a batch that is published again after a failure keeps its ids, so that repeats can be told", () =>
      Effect.gen(function* () {
        const topic = newTopic()
        const events = counted(5).map((sequence) => eventOf("kari", sequence))
        yield* publish(topic, events)
        yield* publish(topic, events)
        const reader = yield* reading(topic, "again")
        yield* eventually(() => reader.ids().length >= events.length)
        assert.deepStrictEqual([...new Set(reader.ids())], idsOf(events))
      })
    )

    it.effect("1 and 4. a handler that was stopped with a batch in hand gets the same batch again", () =>
      Effect.gen(function* () {
        const bus = yield* EventBus
        const topic = newTopic()
        const events = counted(4).map((sequence) => eventOf("kari", sequence))
        yield* publish(topic, events)
        const inHand = yield* Deferred.make<Batch>()
        const first = yield* Effect.forkChild(
          bus.subscribe(topic, "again", (batch) => Effect.andThen(Deferred.succeed(inHand, batch), Effect.never))
        )
        const batch = yield* Deferred.await(inHand)
        yield* Fiber.interrupt(first)
        assert.deepStrictEqual(idsOf(batch.events), idsOf(events))
        assert.strictEqual(yield* lagOf(topic, "again"), 4n)
        const second = yield* reading(topic, "again")
        yield* eventually(() => second.ids().length === events.length)
        assert.deepStrictEqual(second.ids(), idsOf(events))
      })
    )

    it.effect("4. a handler that dies ends the subscription, and the next one gets the same batch again", () =>
      Effect.gen(function* () {
        const bus = yield* EventBus
        const topic = newTopic()
        const events = counted(3).map((sequence) => eventOf("kari", sequence))
        yield* publish(topic, events)
        const died = yield* Effect.exit(bus.subscribe(topic, "dies", () => Effect.die("out of paper")))
        assert.strictEqual(died._tag, "Failure")
        const second = yield* reading(topic, "dies")
        yield* eventually(() => second.ids().length === events.length)
        assert.deepStrictEqual(second.ids(), idsOf(events))
      })
    )

    it.effect("4. the group's place moves on: who comes after it was at rest gets only what is new", () =>
      Effect.gen(function* () {
        const topic = newTopic()
        yield* publish(
          topic,
          counted(7).map((sequence) => eventOf(`person ${sequence}`, sequence))
        )
        const first = yield* reading(topic, "place")
        yield* atRest(topic, "place")
        assert.strictEqual(new Set(first.ids()).size, 7)
        yield* first.stop
        const news = counted(3).map((sequence) => eventOf("kari", sequence))
        yield* publish(topic, news)
        assert.strictEqual(yield* lagOf(topic, "place"), 3n)
        const second = yield* reading(topic, "place")
        yield* eventually(() => second.ids().length > 0)
        yield* atRest(topic, "place")
        assert.deepStrictEqual(second.ids(), idsOf(news))
      })
    )

    it.effect(
      "4. one batch per partition is in hand at a time, also with two subscribers of one group; partitions go side by side",
      () =>
        Effect.gen(function* () {
          const bus = yield* EventBus
          const topic = newTopic()
          const keys = keysOf(topic)
          const inHand = new Map<number, number>()
          let [most, sideBySide] = [0, 0]
          const handled: Array<string> = []
          const handle = ({ partition, events }: Batch) =>
            Effect.gen(function* () {
              inHand.set(partition, (inHand.get(partition) ?? 0) + 1)
              most = Math.max(most, inHand.get(partition)!)
              sideBySide = Math.max(sideBySide, [...inHand.values()].filter((count) => count > 0).length)
              yield* Effect.sleep("15 millis")
              handled.push(...idsOf(events))
              inHand.set(partition, inHand.get(partition)! - 1)
            })
          yield* Effect.forkChild(bus.subscribe(topic, "one", handle))
          yield* Effect.forkChild(bus.subscribe(topic, "one", handle))
          const published: Array<string> = []
          for (const turn of counted(12)) {
            const events = keys.map((key) => eventOf(key, turn))
            yield* publish(topic, events)
            published.push(...idsOf(events))
            yield* Effect.sleep("5 millis")
          }
          yield* eventually(() => new Set(handled).size === published.length)
          assert.strictEqual(most, 1)
          assert.isAbove(sideBySide, 1)
        })
    )

    it.effect("4. a partition whose handler takes its time holds up no other, neither what waits nor what comes later", () =>
      Effect.gen(function* () {
        const bus = yield* EventBus
        const topic = newTopic()
        const [slow, ...others] = keysOf(topic)
        const handled: Array<string> = []
        yield* Effect.forkChild(
          bus.subscribe(topic, "slow", ({ events }) =>
            events[0]!.partitionkey === slow
              ? Effect.never
              : Effect.sync(() => void handled.push(...events.map(({ partitionkey }) => partitionkey)))
          )
        )
        for (const turn of [1, 2, 3]) {
          yield* publish(
            topic,
            [slow!, ...others].map((key) => eventOf(key, turn))
          )
          yield* eventually(() => handled.length === turn * others.length)
        }
        assert.sameMembers(handled, [...others, ...others, ...others])
      })
    )

    it.effect("4. when one of a group leaves, another goes on with what was its, and between them they leave nothing out", () =>
      Effect.gen(function* () {
        const bus = yield* EventBus
        const topic = newTopic()
        const keys = keysOf(topic)
        const inHand = new Set<number>()
        const handled: Array<string> = []
        let doubled = 0
        const handle = ({ partition, events }: Batch) =>
          Effect.gen(function* () {
            if (inHand.has(partition)) doubled++
            inHand.add(partition)
            yield* Effect.sleep("10 millis")
            handled.push(...idsOf(events))
          }).pipe(Effect.ensuring(Effect.sync(() => inHand.delete(partition))))
        const first = yield* Effect.forkChild(bus.subscribe(topic, "shared", handle))
        yield* Effect.forkChild(bus.subscribe(topic, "shared", handle))
        const published: Array<string> = []
        for (const turn of counted(8)) {
          const events = keys.map((key) => eventOf(key, turn))
          yield* publish(topic, events)
          published.push(...idsOf(events))
          yield* Effect.sleep("5 millis")
          if (turn === 4) yield* Fiber.interrupt(first)
        }
        yield* eventually(() => new Set(handled).size === published.length)
        assert.strictEqual(doubled, 0)
      })
    )

    it.effect(
      "8. those of a group share its partitions evenly, however late they come, and one that leaves hands on what was its",
      () =>
        Effect.gen(function* () {
          const bus = yield* EventBus
          const topic = newTopic()
          yield* publish(topic, [eventOf("kari", 1)])
          const shares = counted(3).map((): ReadonlySet<number> => new Set())
          const member = (index: number) =>
            Effect.forkChild(
              bus.subscribe(
                topic,
                "shared",
                () => Effect.void,
                (partitions) => void (shares[index] = partitions)
              )
            )
          const held = () => shares.flatMap((share) => [...share]).toSorted()
          const sizes = () => shares.map(({ size }) => size)
          const first = yield* member(0)
          yield* eventually(() => shares[0]!.size === 4)
          yield* member(1)
          yield* eventually(() => sizes().join() === "2,2,0" && new Set(held()).size === 4)
          yield* member(2)
          yield* eventually(() => Math.max(...sizes()) === 2 && Math.min(...sizes()) === 1 && new Set(held()).size === 4)
          yield* Fiber.interrupt(first)
          yield* eventually(() => sizes().join() === "0,2,2" && new Set(held()).size === 4)
        })
    )

    it.effect("5. a new group starts at the oldest event kept, and groups know nothing of each other", () =>
      Effect.gen(function* () {
        const topic = newTopic()
        const events = counted(6).map((sequence) => eventOf("kari", sequence))
        yield* publish(topic, events)
        const first = yield* reading(topic, "first")
        yield* atRest(topic, "first")
        assert.strictEqual(yield* lagOf(topic, "second"), 6n)
        const second = yield* reading(topic, "second")
        yield* eventually(() => second.ids().length === events.length)
        assert.deepStrictEqual(second.ids(), idsOf(events))
        assert.deepStrictEqual(first.ids(), idsOf(events))
      })
    )

    it.effect("5. topics know nothing of each other", () =>
      Effect.gen(function* () {
        const [one, other] = [newTopic(), newTopic()]
        const [readerOfOne, readerOfOther] = [yield* reading(one, "same"), yield* reading(other, "same")]
        const event = eventOf("kari", 1)
        yield* publish(one, [event])
        yield* eventually(() => readerOfOne.ids().length === 1)
        yield* atRest(one, "same")
        const later = eventOf("kari", 2)
        yield* publish(other, [later])
        yield* eventually(() => readerOfOther.ids().length === 1)
        assert.deepStrictEqual([readerOfOne.ids(), readerOfOther.ids()], [[event.id], [later.id]])
      })
    )

    it.effect("lag counts what a group has not handled, partition by partition, down to nothing", () =>
      Effect.gen(function* () {
        const bus = yield* EventBus
        const topic = newTopic()
        const keys = keysOf(topic)
        assert.strictEqual(yield* lagOf(topic, "lag"), 0n)
        yield* publish(topic, [eventOf(keys[1]!, 1), eventOf(keys[1]!, 2), eventOf(keys[3]!, 1)])
        const behind = (yield* bus.lag(topic, "lag")).filter(({ events }) => events > 0n)
        assert.deepStrictEqual(behind, [
          { partition: 1, events: 2n },
          { partition: 3, events: 1n }
        ])
        yield* reading(topic, "lag")
        yield* atRest(topic, "lag")
      })
    )

    if (outside === undefined) return

    it.effect("6. an event that is too large is refused by its id, and nothing of what was published with it is taken", () =>
      Effect.gen(function* () {
        const topic = newTopic()
        const large = { ...eventOf("kari", 2), data: new Uint8Array(maxEventBytes + 1) }
        const [first, last] = [eventOf("kari", 1), { ...eventOf("kari", 3), data: new Uint8Array(maxEventBytes) }]
        const error = yield* Effect.flip(publish(topic, [first, large, last]))
        assert.deepStrictEqual(error, new EventTooLarge({ event_id: large.id, bytes: maxEventBytes + 1 }))
        yield* publish(topic, [first, last])
        const reader = yield* reading(topic, "large")
        yield* eventually(() => reader.ids().length === 2)
        assert.deepStrictEqual(reader.ids(), idsOf([first, last]))
      })
    )

    it.effect("6. many events that are too large only together travel all the same, in order", () =>
      Effect.gen(function* () {
        const topic = newTopic()
        const events = counted(12).map((sequence) => ({ ...eventOf("kari", sequence), data: new Uint8Array(300_000) }))
        yield* publish(topic, events)
        const reader = yield* reading(topic, "together")
        yield* eventually(() => reader.ids().length === events.length)
        assert.deepStrictEqual(reader.ids(), idsOf(events))
      })
    )

    it.effect("6. a record that is no event is passed over: what was published before and after it is handled", () =>
      Effect.gen(function* () {
        const topic = newTopic()
        const [before, after] = [eventOf("kari", 1), eventOf("kari", 2)]
        yield* publish(topic, [before])
        yield* outside.writeGarbage(topic, "kari")
        yield* publish(topic, [after])
        yield* outside.writeGarbage(topic, "kari")
        const reader = yield* reading(topic, "garbage")
        yield* atRest(topic, "garbage")
        assert.deepStrictEqual(reader.ids(), idsOf([before, after]))
      })
    )

    it.effect("7. a topic with another partition count is refused, whether one publishes or subscribes", () =>
      Effect.gen(function* () {
        const bus = yield* EventBus
        const topic = newTopic(4)
        yield* outside.make({ ...topic, partitions: 3 })
        const refused = [
          yield* Effect.flip(publish(topic, [eventOf("kari", 1)])),
          yield* Effect.flip(bus.subscribe(topic, "refused", () => Effect.void))
        ]
        for (const error of refused) {
          assert.strictEqual(error._tag, "EventBusMisconfigured")
          assert.include(error.message, topic.name)
        }
      })
    )
  })
