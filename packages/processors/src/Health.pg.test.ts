import { assert, layer } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { EventBus, EventBusUnavailable } from "@finance/core/bus/EventBus"
import * as MemoryEventBus from "@finance/core/bus/MemoryEventBus"
import { Signals } from "@finance/core/database/Signals"
import * as TestDatabase from "@finance/core/database/TestDatabase"
import { freePort } from "../../../vitest/Child.ts"
import { parse } from "../../../vitest/PrometheusText.ts"
import * as Health from "./Health.ts"

const unavailable = new EventBusUnavailable({ transport: "kafka", detail: "connection refused" })

/** The bus as it is while its broker is away. */
const away = Layer.succeed(
  EventBus,
  EventBus.of({
    transport: "kafka",
    isTransactional: false,
    publish: () => unavailable,
    subscribe: () => unavailable,
    lag: () => unavailable
  })
)

const here = MemoryEventBus.layer.pipe(Layer.provide(Signals.layer))

interface Ready {
  readonly status: string
  readonly checks: ReadonlyArray<{ readonly name: string; readonly status: string; readonly detail?: string }>
}

/** Asks the port of a process of programs with this bus. */
const asking = Effect.fnUntraced(function* (bus: Layer.Layer<EventBus>) {
  const port = yield* Effect.promise(freePort)
  const address = ConfigProvider.layer(ConfigProvider.fromUnknown({ HOST: "127.0.0.1", PORT: String(port) }))
  yield* Layer.build(Health.layer.pipe(Layer.provide([bus, address])))
  return (path: string) => Effect.promise(() => fetch(`http://127.0.0.1:${port}${path}`))
})

const readyOf = (response: Response) => Effect.promise(() => response.json() as Promise<Ready>)

const program = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`INSERT INTO processors (name, version, state) VALUES ('budgets', 1, 'running') ON CONFLICT DO NOTHING`
})

layer(TestDatabase.layer, { excludeTestServices: true })("The programs' own port", (it) => {
  it.effect("says that it cannot work while its bus is away, and lives", () =>
    Effect.gen(function* () {
      yield* program
      const ask = yield* asking(away)
      const ready = yield* ask("/ready")
      const { status, checks } = yield* readyOf(ready)
      assert.deepStrictEqual([ready.status, status], [503, "failed"])
      assert.match(checks.find(({ name }) => name === "bus")!.detail!, /^The kafka bus does not answer/)
      assert.strictEqual((yield* ask("/health")).status, 200)
    })
  )

  it.effect("goes on working while a program is paused and has set something aside, and names it", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* program
      const ask = yield* asking(here)
      assert.strictEqual((yield* readyOf(yield* ask("/ready"))).status, "ok")
      yield* sql`INSERT INTO processor_control (processor, paused) VALUES ('budgets', true)`
      yield* sql`
        INSERT INTO parked_events (processor, partition, key, position, event_id, stream_id, stream_type, type)
        SELECT 'budgets', 3, id, 1, id, id, 'budget', 'BudgetSet' FROM gen_random_uuid() AS id`
      const ready = yield* ask("/ready")
      const { status, checks } = yield* readyOf(ready)
      assert.deepStrictEqual([ready.status, status], [200, "degraded"])
      assert.strictEqual(
        checks.find(({ name }) => name === "processors")!.detail,
        "Paused: budgets. Set aside: budgets (1 event)"
      )
    })
  )

  it.effect("tells how the programs stand on its page of metrics", () =>
    Effect.gen(function* () {
      yield* program
      const ask = yield* asking(here)
      const page = yield* Effect.flatMap(ask("/metrics"), (response) => Effect.promise(() => response.text()))
      const families = parse(page)
      assert.strictEqual(families.get("finance_database_up")!.samples[0]!.value, 1)
      const states = families.get("finance_processor_state")!.samples.filter(({ labels }) => labels["processor"] === "budgets")
      assert.strictEqual(states.length, 6)
      assert.strictEqual(states.filter(({ value }) => value === 1).length, 1)
    })
  )
})
