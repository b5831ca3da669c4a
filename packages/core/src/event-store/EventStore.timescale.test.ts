import * as TestTimescaleDatabase from "../database/TestTimescaleDatabase.ts"
import { contract } from "./EventStore.contract.ts"

contract("TimescaleDB", TestTimescaleDatabase.layer)
