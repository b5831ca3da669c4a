import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Kafka, logLevel } from "kafkajs"
import * as KafkaServer from "./KafkaServer.ts"

const messagesOf = (bootstrapServers: string, topic: string) =>
  Effect.promise(async () => {
    const admin = new Kafka({ brokers: [bootstrapServers], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    const offsets = await admin.fetchTopicOffsets(topic)
    await admin.disconnect()
    return offsets.map(({ high }) => high)
  })

const write = (bootstrapServers: string, topic: string) =>
  Effect.promise(async () => {
    const kafka = new Kafka({ brokers: [bootstrapServers], logLevel: logLevel.NOTHING })
    const admin = kafka.admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true })
    await admin.disconnect()
    const producer = kafka.producer({ allowAutoTopicCreation: false, createPartitioner: () => () => 0 })
    await producer.connect()
    await producer.send({ topic, messages: [{ key: "kari", value: "kaffe" }] })
    await producer.disconnect()
  })

describe("KafkaServer", () => {
  it.live("keeps its port, and what it has acknowledged, when it is killed and started again", () =>
    Effect.gen(function* () {
      const server = yield* KafkaServer.start()
      yield* write(server.bootstrapServers, "test.killed")
      const before = yield* server.pid
      yield* server.kill
      yield* server.start
      assert.notStrictEqual(yield* server.pid, before)
      assert.deepStrictEqual(yield* messagesOf(server.bootstrapServers, "test.killed"), ["1"])
    })
  )
})
