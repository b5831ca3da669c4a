import { inject } from "vitest"
import { contract } from "./EventBus.contract.ts"
import * as NatsEventBus from "./NatsEventBus.ts"

const servers = [new URL(inject("natsUrl")).host]

contract("NatsEventBus", NatsEventBus.layer({ servers, replicas: 1, syncsAlways: true }))
