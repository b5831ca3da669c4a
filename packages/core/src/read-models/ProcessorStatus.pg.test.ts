import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import * as TestDatabase from "../database/TestDatabase.ts"
import { newId } from "../ledger/Id.ts"
import * as ProcessorStatus from "./ProcessorStatus.ts"

const program = Effect.fnUntraced(function* (name: string, secondsAgo = 0) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`INSERT INTO processors (name, version, state, updated_at)
             VALUES (${name}, 1, 'running', now() - make_interval(secs => ${secondsAgo}))`
})

interface Said {
  readonly state: ProcessorStatus.ProcessorState
  readonly secondsAgo?: number
  readonly throughput?: number
  readonly last_error?: string
}

const actor = Effect.fnUntraced(function* (
  processor: string,
  partition: number,
  { state, secondsAgo = 0, throughput = 0, last_error }: Said
) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    INSERT INTO processor_actors (processor, partition, instance, host, state, throughput, last_error, heard_at)
    VALUES (${processor}, ${partition}, ${newId()}, 'here:1', ${state}, ${throughput}::float8, ${last_error ?? null},
            now() - make_interval(secs => ${secondsAgo}))`
})

const statusOf = Effect.fnUntraced(function* (name: string) {
  return (yield* ProcessorStatus.list).find((status) => status.name === name)!
})

layer(TestDatabase.layer, { excludeTestServices: true })("What the operator sees of a program", (it) => {
  it.effect("is the worst of what its actors say, over all instances, and their throughput together", () =>
    Effect.gen(function* () {
      yield* program("budgets")
      yield* actor("budgets", 0, { state: "caught-up" })
      yield* actor("budgets", 1, { state: "running", throughput: 30 })
      assert.deepInclude(yield* statusOf("budgets"), { state: "running", throughput: 30, last_error: null })
      yield* actor("budgets", 2, { state: "failed", throughput: 12, last_error: "TypeError at budgets" })
      assert.deepInclude(yield* statusOf("budgets"), { state: "failed", throughput: 42, last_error: "TypeError at budgets" })
    })
  )

  it.effect("is that it has failed, where a partition is silent, until another instance takes that over", () =>
    Effect.gen(function* () {
      yield* program("projections")
      yield* actor("projections", 0, { state: "caught-up" })
      yield* actor("projections", 5, { state: "running", throughput: 9, secondsAgo: 45 })
      const silent = yield* statusOf("projections")
      assert.deepInclude(silent, { state: "failed", throughput: 0 })
      assert.match(silent.last_error!, /partition 5 for 30 seconds/)
      yield* actor("projections", 5, { state: "running", throughput: 7, secondsAgo: 2 })
      assert.deepInclude(yield* statusOf("projections"), { state: "running", throughput: 7, last_error: null })
    })
  )

  it.effect("is that it has failed, where nobody runs it any more, and what to look for", () =>
    Effect.gen(function* () {
      yield* program("anomalies", 31)
      const status = yield* statusOf("anomalies")
      assert.strictEqual(status.state, "failed")
      assert.match(status.last_error!, /is any instance of the programs running/)
    })
  )

  it.effect("is that it is paused or rebuilt, as soon as that is wanted, and how far a rebuild has come", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* program("flows")
      yield* actor("flows", 0, { state: "running" })
      yield* sql`INSERT INTO processor_control (processor, paused) VALUES ('flows', true)`
      assert.strictEqual((yield* statusOf("flows")).state, "paused")
      yield* sql`INSERT INTO processor_rebuilds (id, processor) VALUES (${newId()}, 'flows')`
      assert.deepInclude(yield* statusOf("flows"), { state: "rebuilding", rebuild: { done: 0, total: 0 } })
      yield* sql`UPDATE processor_rebuilds SET state = 'running', done = 40, total = 100 WHERE processor = 'flows'`
      assert.deepInclude(yield* statusOf("flows"), { state: "rebuilding", rebuild: { done: 40, total: 100 } })
      yield* sql`UPDATE processor_rebuilds SET state = 'completed' WHERE processor = 'flows'`
      yield* sql`UPDATE processor_control SET paused = false WHERE processor = 'flows'`
      const done = yield* statusOf("flows")
      assert.strictEqual(done.state, "running")
      assert.isUndefined(done.rebuild)
    })
  )
})
