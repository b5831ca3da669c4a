import { assert, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logs from "./Logs.ts"

/** What is written to standard output. */
const saidBy = Effect.fnUntraced(function* (work: Effect.Effect<void>, env: Record<string, string> = {}) {
  const said: Array<string> = []
  const console = { ...globalThis.console, log: (line: string) => void said.push(line) } as Console.Console
  yield* work.pipe(
    Effect.provide(Logs.layer.pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(env))))),
    Effect.provideService(Console.Console, console)
  )
  return said
})

it.effect("a line is one JSON object, with what it is found by beside its sentence", () =>
  Effect.gen(function* () {
    const work = Effect.logError(
      "budgets could not\nhandle a batch",
      new Error("REMA 1000"),
      { attempts: 3n },
      Cause.die("REMA")
    ).pipe(Effect.annotateLogs({ correlation_id: "r-1", partition: 3, message: "another" }))
    const [line, ...rest] = yield* saidBy(work)
    assert.deepStrictEqual(rest, [])
    assert.notInclude(line!, "\n")
    assert.notInclude(line!, "REMA")
    const said = JSON.parse(line!)
    assert.deepInclude(said, {
      level: "ERROR",
      message: "budgets could not\nhandle a batch",
      correlation_id: "r-1",
      partition: 3,
      details: [{ attempts: "3" }]
    })
    assert.match(said.timestamp, /^\d{4}-\d\d-\d\dT.*Z$/)
    assert.match(said.error, /^Error/)
  })
)

it.effect("LOG_LEVEL says from which level on lines are written, in either case, and is info unless said", () =>
  Effect.gen(function* () {
    const work = Effect.all([Effect.logDebug("d"), Effect.logInfo("i"), Effect.logWarning("w"), Effect.logError("e")], {
      discard: true
    })
    const levelsOf = (env: Record<string, string>) =>
      Effect.map(saidBy(work, env), (lines) => lines.map((line) => JSON.parse(line).message).join(""))
    assert.strictEqual(yield* levelsOf({}), "iwe")
    assert.strictEqual(yield* levelsOf({ LOG_LEVEL: "debug" }), "diwe")
    assert.strictEqual(yield* levelsOf({ LOG_LEVEL: "WARN" }), "we")
    const refused = yield* Effect.flip(Effect.sandbox(saidBy(work, { LOG_LEVEL: "loud" }) as Effect.Effect<unknown, Error>))
    assert.include(String(Cause.squash(refused)), "LOG_LEVEL")
  })
)
