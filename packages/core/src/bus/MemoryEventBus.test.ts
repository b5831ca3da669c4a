import * as Layer from "effect/Layer"
import { Signals } from "../database/Signals.ts"
import { contract } from "./EventBus.contract.ts"
import * as MemoryEventBus from "./MemoryEventBus.ts"

contract("MemoryEventBus", MemoryEventBus.layer.pipe(Layer.provide(Signals.layer)))
