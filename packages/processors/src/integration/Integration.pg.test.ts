import * as MemoryEventBus from "@finance/core/bus/MemoryEventBus"
import * as PostgresEventBus from "@finance/core/bus/PostgresEventBus"
import { contract } from "./Integration.contract.ts"

contract("MemoryEventBus", MemoryEventBus.layer)
contract("PostgresEventBus", PostgresEventBus.layer)
