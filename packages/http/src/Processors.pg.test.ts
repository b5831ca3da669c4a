import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HttpApi from "effect/http-api/HttpApi"
import type * as SqlClient from "effect/sql/SqlClient"
import { Database } from "@finance/core/database/Database"
import { newId } from "@finance/core/ledger/Id"
import { Api } from "./contract/Api.ts"
import * as TestApp from "./TestApp.ts"

type App = TestApp.TestApp["Service"]

/** The application, and the database as its programs see it. */
const told =
  (
    use: (
      app: App,
      ask: (query: (sql: SqlClient.SqlClient) => Effect.Effect<unknown, unknown>) => Promise<unknown>
    ) => Promise<void>
  ) =>
  () =>
    Effect.gen(function* () {
      const app = yield* TestApp.TestApp
      const sql = yield* Database.dedicated("projector", "test")
      yield* Effect.promise(() => use(app, (query) => Effect.runPromise(query(sql))))
    })

const routes = (() => {
  const found: Array<{ readonly method: string; readonly path: string }> = []
  HttpApi.reflect(Api, {
    onGroup: () => undefined,
    onEndpoint: ({ endpoint: { method, path } }) => {
      if (path.startsWith("/v1/processors")) found.push({ method, path: path.replace(/\/$/, "") })
    }
  })
  return found
})()

/** The first person of an installation runs it. Nobody else registers before the test that asks for them. */
let runsTheHouse: TestApp.Person | undefined
const operatorOf = async (app: App) => (runsTheHouse ??= await app.register())

const program = (name: string, rebuildable: boolean) => (sql: SqlClient.SqlClient) =>
  sql`INSERT INTO processors (name, version, state, rebuildable) VALUES (${name}, 1, 'running', ${rebuildable})
      ON CONFLICT (name) DO UPDATE SET updated_at = now()`

layer(TestApp.layer, { excludeTestServices: true })("Processors", (it) => {
  it.effect(
    "nobody but the operator looks at a program or commands it, be there such a program or not",
    told(async (app, ask) => {
      await operatorOf(app)
      await ask(program("budgets", false))
      const ola = await app.register()
      assert.strictEqual(routes.length, 6)
      for (const { method, path } of routes) {
        for (const name of ["budgets", "astrology"]) {
          const { status, body } = await ola.send(path.replace(":name", name), { method })
          assert.strictEqual(status, 403, `${method} ${path}`)
          assert.strictEqual(body.type, "/problems/forbidden")
        }
      }
    })
  )

  it.effect(
    "a program that there is not is not found, and what is no name is not valid",
    told(async (app) => {
      const operator = await operatorOf(app)
      for (const { method, path } of routes.filter(({ path }) => path.includes(":name"))) {
        assert.strictEqual((await operator.send(path.replace(":name", "astrology"), { method })).status, 404, path)
        assert.strictEqual((await operator.send(path.replace(":name", "BUDGETS"), { method })).status, 422, path)
      }
    })
  )

  it.effect(
    "a program that the operator pauses is paused until it is resumed, however often either is asked for",
    told(async (app, ask) => {
      const operator = await operatorOf(app)
      await ask(program("budgets", false))
      const state = async () =>
        (await operator.get("/v1/processors")).body.find(({ name }: { name: string }) => name === "budgets").state
      const running = await state()
      for (let time = 0; time < 2; time++) {
        const { status, body } = await operator.post("/v1/processors/budgets/pause")
        assert.deepStrictEqual([status, body], [202, { name: "budgets", wanted: "paused" }])
        assert.strictEqual(await state(), "paused")
      }
      for (let time = 0; time < 2; time++) {
        assert.strictEqual((await operator.post("/v1/processors/budgets/resume")).status, 202)
        assert.strictEqual(await state(), running)
      }
    })
  )

  it.effect(
    "a rebuild is begun once, tells how far it is, and is refused where there is nothing to rebuild, with why",
    told(async (app, ask) => {
      const operator = await operatorOf(app)
      await ask(program("budgets", false))
      await ask(program("projections", true))
      const refused = await operator.post("/v1/processors/budgets/rebuild")
      assert.strictEqual(refused.status, 409)
      assert.deepInclude(refused.body, { type: "/problems/conflict", code: "not-rebuildable" })
      assert.match(refused.body.detail, /budgets has no tables that can be rebuilt/)
      const first = await operator.post("/v1/processors/projections/rebuild")
      assert.strictEqual(first.status, 202)
      await ask((sql) => sql`UPDATE processor_rebuilds SET state = 'running', done = 300, total = 1000`)
      const second = await operator.post("/v1/processors/projections/rebuild")
      assert.deepStrictEqual(second.body, { rebuild_id: first.body.rebuild_id, state: "running" })
      const listed = (await operator.get("/v1/processors")).body
      const rebuilding = listed.find(({ name }: { name: string }) => name === "projections")
      assert.deepInclude(rebuilding, { state: "rebuilding", rebuild: { done: 300, total: 1000 } })
      assert.isFalse("rebuild" in listed.find(({ name }: { name: string }) => name === "budgets"))
    })
  )

  it.effect(
    "what is set aside is listed in the order of the log, page by page, by its ids alone, and tried again when it is asked for",
    told(async (app, ask) => {
      const operator = await operatorOf(app)
      await ask(program("budgets", false))
      const key = newId()
      for (const position of [30, 10, 20]) {
        await ask(
          (sql) => sql`
            INSERT INTO parked_events (processor, partition, key, position, event_id, stream_id, stream_type, type, owner_id, error, attempts)
            VALUES ('budgets', 3, ${key}, ${position}, ${newId()}, ${newId()}, 'transaction', 'TransactionCreated', ${newId()},
                    ${position === 10 ? "TypeError at budgets" : null}, ${position === 10 ? 3 : 0})`
        )
      }
      const page = async (query: string) => (await operator.get(`/v1/processors/budgets/parked?${query}`)).body
      const first = await page("limit=2")
      assert.deepStrictEqual(
        first.parked.map((event: { position: number; error: unknown; attempts: number }) => [
          event.position,
          event.error,
          event.attempts
        ]),
        [
          [10, "TypeError at budgets", 3],
          [20, null, 0]
        ]
      )
      assert.notProperty(first.parked[0], "owner_id")
      const second = await page(`limit=2&cursor=${first.next_cursor}`)
      assert.deepStrictEqual(
        [second.parked.map(({ position }: { position: number }) => position), second.next_cursor],
        [[30], null]
      )
      assert.strictEqual((await operator.get("/v1/processors/budgets/parked?cursor=x")).status, 422)
      const replayed = await operator.post("/v1/processors/budgets/parked/replay")
      assert.deepStrictEqual([replayed.status, replayed.body], [202, { events: 3 }])
      assert.isTrue(
        (await page("")).parked.every((event: { replay_requested_at: unknown }) => event.replay_requested_at !== null)
      )
    })
  )

  it.effect(
    "a tracker whose programs are silent serves all the same, and says in words what is wrong",
    told(async (app, ask) => {
      await ask((sql) => sql`UPDATE processors SET updated_at = now() - interval '1 minute'`)
      const { status, body } = await app.send("/ready")
      assert.deepStrictEqual([status, body.status], [200, "degraded"])
      const check = (name: string) => body.checks.find((check: { name: string }) => check.name === name)
      assert.deepStrictEqual(
        ["database", "migrations", "bus"].map((name) => check(name).status),
        ["ok", "ok", "ok"]
      )
      assert.match(check("processors").detail, /^Failed: budgets, projections/)
    })
  )
})
