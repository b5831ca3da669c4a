import * as TestDatabase from "../database/TestDatabase.ts"
import { contract } from "./EventStore.contract.ts"

contract("PostgreSQL", TestDatabase.layer)
