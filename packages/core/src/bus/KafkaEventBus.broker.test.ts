import { inject } from "vitest"
import { contract } from "./EventBus.contract.ts"
import * as KafkaEventBus from "./KafkaEventBus.ts"

const settings = () => ({ brokers: [inject("kafkaBootstrapServers")], sasl: undefined, tls: undefined })

contract("KafkaEventBus", KafkaEventBus.layer(settings()))
