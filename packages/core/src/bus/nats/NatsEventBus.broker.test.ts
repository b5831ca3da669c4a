import { assert, layer } from "@effect/vitest"
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream"
import { connect, headers, nanos } from "@nats-io/transport-node"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Schedule from "effect/Schedule"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { inject } from "vitest"
import type { CloudEvent } from "../CloudEvent.ts"
import { type Batch, EventBus, type Topic } from "../EventBus.ts"
import { contract, eventOf, eventually, keysOf, newTopic, type Outside, reading } from "../EventBus.contract.ts"
import * as NatsEventBus from "./NatsEventBus.ts"
import type { NatsSettings } from "./NatsSettings.ts"
import { partitionOf } from "../Partition.ts"

const url = inject("natsUrl")

const settings: NatsSettings = {
  servers: [new URL(url).host],
  login: undefined,
  tls: undefined,
  replicas: 1,
  syncsAlways: true
}

const process = NatsEventBus.layer(settings)

/** What an operator does, or another program. */
const asOperator = <A>(work: (manager: JetStreamManager) => Promise<A>) =>
  Effect.promise(async () => {
    const connection = await connect({ servers: [...settings.servers] })
    try {
      return await work(await jetstreamManager(connection))
    } finally {
      await connection.close()
    }
  })

const streamOf = ({ name }: Topic) => name.replaceAll(".", "_")

const outside: Outside = {
  make: (topic) =>
    asOperator(({ streams }) =>
      streams.add({
        name: streamOf(topic),
        subjects: [`${topic.name}.*.*`],
        metadata: { partitions: String(topic.partitions) }
      })
    ),
  writeGarbage: (topic, key) =>
    asOperator(async (manager) => {
      const subject = `${topic.name}.${partitionOf(key, topic.partitions)}.${key}`
      await manager.jetstream().publish(subject, "no headers at all")
      const garbled = headers()
      garbled.append("ce-specversion", "1.0")
      garbled.append("ce-id", "%FF%FE")
      await manager.jetstream().publish(subject, "{", { headers: garbled })
    })
}

contract("NatsEventBus", process, outside)

/** Another process, as far as the server can tell. */
const anotherProcess = Effect.map(Layer.build(Layer.fresh(process)), Context.get(EventBus))

/** A process of its own that can be killed: see NatsEventBus.process.ts. */
const realProcess = (topic: Topic, group: string, keep: number) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const program = fileURLToPath(new URL("NatsEventBus.process.ts", import.meta.url))
      const child = spawn(globalThis.process.execPath, [program, topic.name, group, String(keep)], {
        env: { ...globalThis.process.env, NATS_URL: url, NATS_SYNC_ALWAYS: "true" },
        stdio: ["pipe", "pipe", "inherit"]
      })
      let written = ""
      child.stdout.on("data", (text) => (written += text))
      return {
        child,
        handed: () =>
          written
            .split("\n")
            .filter((line) => /^\d+$/.test(line))
            .map(Number)
      }
    }),
    ({ child }) => Effect.sync(() => void child.kill("SIGKILL"))
  )

const publish = (topic: Topic, events: ReadonlyArray<CloudEvent>) => Effect.flatMap(EventBus, (bus) => bus.publish(topic, events))

const atRest = (topic: Topic, group: string) =>
  Effect.flatMap(EventBus, (bus) => bus.lag(topic, group)).pipe(
    Effect.andThen((lag) => (lag.every(({ events }) => events === 0n) ? Effect.void : Effect.fail("behind"))),
    Effect.retry(Schedule.max([Schedule.spaced("20 millis"), Schedule.recurs(1_000)]))
  )

const idsOf = (events: ReadonlyArray<CloudEvent>) => events.map(({ id }) => id)
const counted = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
const eventsOf = (key: string, from: number, to: number) => counted(from, to).map((sequence) => eventOf(key, sequence))

layer(process, { excludeTestServices: true })("NatsEventBus", (it) => {
  it.effect("what is told again, all of it or with more behind it, is stored once and stays in order", () =>
    Effect.gen(function* () {
      const topic = newTopic(1)
      const events = eventsOf("kari", 1, 2_500)
      for (const told of [3, 3, 20, 120, 120, 2_500]) yield* publish(topic, events.slice(0, told))
      const reader = yield* reading(topic, "all")
      yield* atRest(topic, "all")
      assert.deepStrictEqual(reader.ids(), idsOf(events))
    })
  )

  it.effect("a key with dots, spaces, wildcards or letters of any alphabet is one key", () =>
    Effect.gen(function* () {
      const topic = newTopic()
      const keys = [".", "a.b", "a b", "*", ">", "a.>", "%", "%2E", "kjøp/søndag", "渋谷", "👩‍👩‍👧", "\n", "x".repeat(128)]
      const events = counted(1, 3).flatMap((turn) => keys.map((key) => eventOf(key, turn)))
      yield* publish(topic, events)
      const reader = yield* reading(topic, "all")
      yield* eventually(() => reader.ids().length >= events.length)
      for (const key of keys) {
        const own = (events: ReadonlyArray<CloudEvent>) => idsOf(events.filter(({ partitionkey }) => partitionkey === key))
        assert.deepStrictEqual(own(reader.events()), own(events), key)
      }
      for (const { partition, events } of reader.batches) {
        for (const { partitionkey } of events) assert.strictEqual(partitionOf(partitionkey, topic.partitions), partition)
      }
    })
  )

  it.effect("what is passed over is counted by topic", () =>
    Effect.gen(function* () {
      const topic = newTopic(1)
      yield* publish(topic, [eventOf("kari", 1)])
      yield* outside.writeGarbage(topic, "kari")
      yield* reading(topic, "all")
      yield* atRest(topic, "all")
      const passedOver = (yield* Metric.snapshot).find(
        ({ id, attributes }) => id === "finance_bus_unreadable_total" && attributes?.["topic"] === topic.name
      )
      assert.deepInclude(passedOver?.state, { count: 2 })
    })
  )

  it.effect("a stream that somebody deleted is made anew", () =>
    Effect.gen(function* () {
      const topic = newTopic(1)
      yield* publish(topic, [eventOf("kari", 1)])
      yield* asOperator((manager) => manager.streams.delete(streamOf(topic)))
      const event = eventOf("kari", 2)
      assert.strictEqual((yield* Effect.flip(publish(topic, [event])))._tag, "EventBusUnavailable")
      yield* publish(topic, [event])
      const reader = yield* reading(topic, "all")
      yield* eventually(() => reader.ids().length > 0)
      assert.deepStrictEqual(reader.ids(), [event.id])
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
          handled.push(...idsOf(events))
        }).pipe(Effect.ensuring(Effect.sync(() => inHand.delete(partition))))
      const first = yield* Effect.forkChild(one.subscribe(topic, "shared", handle))
      yield* Effect.forkChild(two.subscribe(topic, "shared", handle))
      const published: Array<string> = []
      for (const turn of counted(1, 8)) {
        const events = keys.map((key) => eventOf(key, turn))
        yield* publish(topic, events)
        published.push(...idsOf(events))
        // half way the one that came first leaves, and the other takes over what was its
        if (turn === 4) yield* Fiber.interrupt(first)
      }
      yield* eventually(() => new Set(handled).size === published.length)
      assert.strictEqual(doubled, 0)
    })
  )

  it.effect("whoever follows a partition whose process was killed begins after the last event that was acknowledged", () =>
    Effect.gen(function* () {
      const topic = newTopic(1)
      yield* publish(topic, eventsOf("kari", 1, 5))
      const killed = yield* realProcess(topic, "all", 6)
      yield* eventually(() => killed.handed().length === 5)
      yield* atRest(topic, "all")
      yield* publish(topic, eventsOf("kari", 6, 10))
      yield* eventually(() => killed.handed().includes(6))
      killed.child.kill("SIGKILL")
      const successor = yield* reading(topic, "all")
      yield* atRest(topic, "all")
      assert.deepStrictEqual(
        successor.events().map(({ sequence }) => sequence),
        counted(6, 10).map(String)
      )
    })
  )

  it.effect("a process that was stopped and goes on after its partition was taken over moves nobody's place", () =>
    Effect.gen(function* () {
      const topic = newTopic(1)
      yield* publish(topic, eventsOf("kari", 1, 5))
      const zombie = yield* realProcess(topic, "all", 1)
      yield* eventually(() => zombie.handed().length === 5)
      zombie.child.kill("SIGSTOP")
      const inHand: Array<number> = []
      const bus = yield* EventBus
      yield* Effect.forkChild(
        bus.subscribe(topic, "all", ({ events }) =>
          Effect.andThen(
            Effect.sync(() => inHand.push(...events.map(({ sequence }) => Number(sequence)))),
            // keeps the first events in hand while the zombie is done with them
            inHand.length > 5 ? Effect.void : Effect.sleep("2 seconds")
          )
        )
      )
      yield* eventually(() => inHand.length === 5)
      zombie.child.stdin.write("go on\n")
      zombie.child.kill("SIGCONT")
      yield* publish(topic, eventsOf("kari", 6, 300))
      yield* atRest(topic, "all")
      // Among the living again, it may be given the partition back, as anyone may: from where the other's place was, and not from its own.
      const given = zombie.handed().slice(5)
      assert.deepStrictEqual(zombie.handed().slice(0, 5), counted(1, 5))
      assert.deepStrictEqual(
        given,
        given.toSorted((one, other) => one - other)
      )
      assert.deepStrictEqual(inHand, counted(1, inHand.length))
      assert.sameMembers([...new Set([...inHand, ...given])], counted(1, 300))
    })
  )

  it.effect("a handler that takes longer than the server waits is handed nothing twice", () =>
    Effect.gen(function* () {
      const topic = newTopic(1)
      const bus = yield* EventBus
      const handled: Array<number> = []
      yield* Effect.forkChild(
        bus.subscribe(topic, "slow", ({ events }) =>
          Effect.andThen(
            Effect.sync(() => handled.push(...events.map(({ sequence }) => Number(sequence)))),
            handled.length > 3 ? Effect.void : Effect.sleep("2 seconds")
          )
        )
      )
      yield* publish(topic, [])
      const impatient = asOperator(async ({ consumers }) => {
        const [durable] = await consumers.list(streamOf(topic)).next()
        await consumers.update(streamOf(topic), durable!.name, { ack_wait: nanos(300) })
      })
      yield* Effect.retry(Effect.sandbox(impatient), Schedule.max([Schedule.spaced("50 millis"), Schedule.recurs(100)]))
      yield* publish(topic, eventsOf("kari", 1, 3))
      yield* eventually(() => handled.length === 3)
      yield* publish(topic, eventsOf("kari", 4, 200))
      yield* atRest(topic, "slow")
      assert.deepStrictEqual(handled, counted(1, 200))
    })
  )
})
