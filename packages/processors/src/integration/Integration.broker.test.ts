import * as KafkaEventBus from "@finance/core/bus/kafka/KafkaEventBus"
import * as NatsEventBus from "@finance/core/bus/nats/NatsEventBus"
import { inject } from "vitest"
import { contract } from "./Integration.contract.ts"

contract("KafkaEventBus", KafkaEventBus.layer({ brokers: [inject("kafkaBootstrapServers")], sasl: undefined, tls: undefined }))

contract(
  "NatsEventBus",
  NatsEventBus.layer({
    servers: [new URL(inject("natsUrl")).host],
    login: undefined,
    tls: undefined,
    replicas: 1,
    syncsAlways: true
  })
)
