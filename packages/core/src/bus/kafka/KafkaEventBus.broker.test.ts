import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Kafka, logLevel, type Message } from "kafkajs"
import { inject } from "vitest"
import { EventBus, type Topic } from "../EventBus.ts"
import { EventTooLarge } from "../../event-store/EventTooLarge.ts"
import { contract, eventOf, eventually, keysOf, newTopic, type Outside, reading } from "../EventBus.contract.ts"
import * as KafkaEventBus from "./KafkaEventBus.ts"
import { partitionOf } from "../Partition.ts"

const warnings: Array<string> = []
process.on("warning", ({ name }) => warnings.push(name))

const settings = { brokers: [inject("kafkaBootstrapServers")], sasl: undefined, tls: undefined }

const kafka = new Kafka({ brokers: settings.brokers, logLevel: logLevel.NOTHING })

const write = (topic: Topic, messages: ReadonlyArray<Message>) =>
  Effect.promise(async () => {
    const producer = kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition!
    })
    await producer.connect()
    await producer.send({ topic: topic.name, messages: [...messages] })
    await producer.disconnect()
  })

const make = (
  { name, partitions }: Topic,
  configEntries: ReadonlyArray<{ readonly name: string; readonly value: string }> = []
) =>
  Effect.promise(async () => {
    const admin = kafka.admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic: name, numPartitions: partitions, configEntries: [...configEntries] }] })
    await admin.disconnect()
  })

const outside: Outside = {
  make,
  writeGarbage: (topic, key) => {
    const partition = partitionOf(key, topic.partitions)
    return write(topic, [
      { partition, key, value: "no headers at all" },
      { partition, key: null, value: null, headers: { ce_specversion: "1.0", ce_id: "no key" } },
      { partition, key, value: "{", headers: { ce_specversion: Buffer.from([0xff, 0xfe]), ce_id: ["1", "2"] } }
    ])
  }
}

contract("KafkaEventBus", KafkaEventBus.layer(settings), outside)

layer(KafkaEventBus.layer(settings), { excludeTestServices: true })("KafkaEventBus", (it) => {
  it.effect("makes a topic that keeps its records for seven days, and is not compacted", () =>
    Effect.gen(function* () {
      const bus = yield* EventBus
      const topic = newTopic(3)
      yield* bus.publish(topic, [eventOf("kari", 1)])
      const configured = yield* Effect.promise(async () => {
        const admin = kafka.admin()
        await admin.connect()
        const { resources } = await admin.describeConfigs({
          includeSynonyms: false,
          resources: [{ type: 2, name: topic.name, configNames: ["cleanup.policy", "retention.ms"] }]
        })
        await admin.disconnect()
        return Object.fromEntries(resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue]))
      })
      assert.deepStrictEqual(configured, { "cleanup.policy": "delete", "retention.ms": "604800000" })
    })
  )

  it.effect("a handler that takes longer than the group waits for a silent member keeps its partition", () =>
    Effect.gen(function* () {
      const bus = yield* EventBus
      const topic = newTopic(2)
      const [slow, quick] = keysOf(topic)
      const begun: Array<string> = []
      let isDone = false
      const handle = ({ events }: { readonly events: ReadonlyArray<{ readonly partitionkey: string; readonly id: string }> }) =>
        Effect.gen(function* () {
          begun.push(...events.map(({ id }) => id))
          if (events[0]!.partitionkey !== slow) return
          yield* Effect.sleep("9 seconds")
          isDone = true
        })
      yield* Effect.forkChild(bus.subscribe(topic, "slow", handle))
      const events = [eventOf(slow!, 1), eventOf(quick!, 1)]
      yield* bus.publish(topic, events)
      yield* eventually(() => isDone)
      const last = eventOf(slow!, 2)
      yield* bus.publish(topic, [last])
      yield* eventually(() => begun.includes(last.id))
      assert.sameMembers(
        begun,
        [...events, last].map(({ id }) => id)
      )
    })
  )

  it.effect(
    "a newcomer gets no partition before its former owner has put down what it had in hand, and what it did is known",
    () =>
      Effect.gen(function* () {
        const bus = yield* EventBus
        const topic = newTopic(2)
        const events = keysOf(topic).map((key) => eventOf(key, 1))
        const [begun, ended]: [Array<string>, Array<string>] = [[], []]
        // a batch in hand that cannot be interrupted, as a processor's
        const slowly = Effect.fnUntraced(function* (ids: ReadonlyArray<string>) {
          begun.push(...ids)
          yield* Effect.sleep("1 second")
          ended.push(...ids)
        }, Effect.uninterruptible)
        yield* Effect.forkChild(bus.subscribe(topic, "moves", ({ events }) => slowly(events.map(({ id }) => id))))
        yield* bus.publish(topic, events)
        yield* eventually(() => begun.length === 2)
        const [early, handled]: [Array<string>, Array<string>] = [[], []]
        yield* Effect.forkChild(
          bus.subscribe(topic, "moves", ({ events }) =>
            Effect.sync(() => {
              for (const { id } of events) {
                handled.push(id)
                if (begun.includes(id) && !ended.includes(id)) early.push(id)
              }
            })
          )
        )
        yield* eventually(() => ended.length === 2)
        const later = [2, 3].flatMap((turn) => keysOf(topic).map((key) => eventOf(key, turn)))
        yield* bus.publish(topic, later)
        yield* eventually(() => later.every(({ id }) => handled.includes(id) || ended.includes(id)))
        yield* eventually(() => handled.length > 0)
        assert.deepStrictEqual(early, [])
      })
  )

  it.effect("what travelled through a bridge from NATS is read: its headers have the other spelling", () =>
    Effect.gen(function* () {
      const bus = yield* EventBus
      const topic = newTopic(1)
      const event = eventOf("kari", 1)
      yield* bus.publish(topic, [event])
      const { id, source, type, time, subject, partitionkey, sequence } = { ...event, id: "bridged" }
      const attributes = { specversion: "1.0", id, source, type, time, subject, partitionkey, sequence }
      const headers = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value]))
      yield* write(topic, [{ partition: 0, key: "kari", value: "kaffe", headers }])
      const reader = yield* reading(topic, "bridge")
      yield* eventually(() => reader.ids().length === 2)
      assert.deepStrictEqual(reader.ids(), [event.id, "bridged"])
    })
  )

  it.effect("what a topic refuses for its size is found among others, and what is published next arrives all the same", () =>
    Effect.gen(function* () {
      const bus = yield* EventBus
      const topic = newTopic(4)
      const [one, ...others] = keysOf(topic)
      yield* make(topic, [{ name: "max.message.bytes", value: "20000" }])
      const large = { ...eventOf(one!, 1), data: new Uint8Array(30_000) }
      const before = others.map((key) => eventOf(key, 1))
      const error = yield* Effect.flip(bus.publish(topic, [...before, large]))
      assert.deepStrictEqual(error, new EventTooLarge({ event_id: large.id, bytes: 30_000 }))
      // As many as before in each partition: the broker would take them for a repeat, did they come from the same producer.
      const after = others.map((key) => eventOf(key, 2))
      yield* bus.publish(topic, after)
      const reader = yield* reading(topic, "all")
      yield* eventually(() => after.every(({ id }) => reader.ids().includes(id)))
      for (const [index, key] of others.entries()) {
        const own = reader.events().flatMap(({ partitionkey, id }) => (partitionkey === key ? [id] : []))
        assert.deepStrictEqual([...new Set(own)], [before[index]!.id, after[index]!.id])
      }
    })
  )

  it.effect("sets no timer that makes Node warn", () => Effect.sync(() => assert.notInclude(warnings, "TimeoutNegativeWarning")))
})
