import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { Signals } from "../database/Signals.ts"
import * as TestDatabase from "../database/TestDatabase.ts"
import * as Account from "../ledger/Account.ts"
import { newId } from "../ledger/Id.ts"
import { carryOut } from "./Decider.ts"
import { EventCodec } from "./EventCodec.ts"
import { EventStore } from "./EventStore.ts"
import { MasterKey } from "./MasterKey.ts"
import * as PostgresEventStore from "./PostgresEventStore.ts"
import { Vault } from "./Vault.ts"

/** The store of a process that has just started, and so remembers nothing of what was sealed. */
const afterRestart = PostgresEventStore.layer.pipe(Layer.provide(EventCodec.layer))

const store = afterRestart.pipe(
  Layer.provideMerge(Vault.layer),
  Layer.provideMerge([Signals.layer, MasterKey.layerRandom]),
  Layer.provideMerge(TestDatabase.layer)
)

const order = (stream_id: string, owner_id: string, command: Account.AccountCommand) =>
  carryOut(Account.decider, { stream_id, owner_id, metadata: { actor: owner_id } }, command)

const open = (account_id: string): Account.Open => ({
  command: "Open",
  account_id,
  name: "Brukskonto",
  bank_name: "SpareBank 1",
  account_type: "checking",
  currency: "NOK",
  opening_balance: 0n,
  opened_on: null
})

const rename = (name: string) => ({ command: "Rename", name }) as const

layer(store, { excludeTestServices: true })("Decider", (it) => {
  it.effect("carries a command out on what has happened so far, and answers with what came of it", () =>
    Effect.gen(function* () {
      const [kari, account] = [newId(), newId()]
      const opened = yield* order(account, kari, open(account))
      assert.deepStrictEqual([opened.version, opened.state?.name], [1, "Brukskonto"])
      const renamed = yield* order(account, kari, rename("Felles"))
      assert.deepStrictEqual([renamed.version, renamed.state?.name], [2, "Felles"])
      assert.isTrue(renamed.position! > opened.position!)
      const same = yield* order(account, kari, rename("Felles"))
      assert.deepStrictEqual([same.version, same.position, same.events.length], [2, null, 0])
    })
  )

  it.effect("refuses without a trace", () =>
    Effect.gen(function* () {
      const { readStream } = yield* EventStore
      const [kari, account] = [newId(), newId()]
      const refused = yield* Effect.flip(order(account, kari, rename("Felles")))
      assert.strictEqual(refused._tag === "AccountRefused" && refused.reason, "not-found")
      assert.deepStrictEqual(yield* readStream(account), [])
    })
  )

  it.effect("decides again when another command came first, so that each of six names was the account's for a while", () =>
    Effect.gen(function* () {
      const { readStream } = yield* EventStore
      const [kari, account] = [newId(), newId()]
      yield* order(account, kari, open(account))
      const names = ["A", "B", "C", "D", "E", "F"]
      yield* Effect.forEach(names, (name) => order(account, kari, rename(name)), { concurrency: "unbounded" })
      const renamed = (yield* readStream(account)).flatMap(({ event }) => (event.type === "AccountRenamed" ? [event] : []))
      assert.sameMembers(
        renamed.map(({ new_name }) => new_name),
        names
      )
      renamed.forEach(({ old_name }, index) =>
        assert.strictEqual(old_name, index === 0 ? "Brukskonto" : renamed[index - 1]!.new_name)
      )
    })
  )

  it.effect("of eight who close an account at once, one does", () =>
    Effect.gen(function* () {
      const { readStream } = yield* EventStore
      const [kari, account] = [newId(), newId()]
      yield* order(account, kari, open(account))
      const close = Effect.result(order(account, kari, { command: "Close" }))
      const answers = yield* Effect.forEach(Array.from({ length: 8 }), () => close, { concurrency: "unbounded" })
      const refused = answers.filter(({ _tag }) => _tag === "Failure")
      assert.strictEqual(refused.length, 7)
      assert.deepStrictEqual(
        (yield* readStream(account)).map(({ event }) => event.type),
        ["AccountOpened", "AccountClosed"]
      )
    })
  )

  it.effect("refuses to decide on half of a history, which a newer release has gone on with", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const [kari, account] = [newId(), newId()]
      yield* order(account, kari, open(account))
      const { position } = yield* order(account, kari, rename("Felles"))
      const [event] = yield* sql<{ event_id: string }>`SELECT event_id FROM events WHERE position = ${position}`
      const key = yield* (yield* Vault).keyOf(kari)
      for (const [type, version] of [
        ["AccountRenamed", 2],
        ["AccountMerged", 1]
      ] as const) {
        const payload = key.seal(new TextEncoder().encode(`{"type":"${type}"}`), `${kari}/${event!.event_id}/${type}/${version}`)
        yield* sql`UPDATE events SET type = ${type}, schema_version = ${version}, payload = ${payload} WHERE position = ${position}`
        const refused = yield* order(account, kari, { command: "Close" }).pipe(
          Effect.flip,
          Effect.provide(Layer.fresh(afterRestart))
        )
        assert.strictEqual(refused._tag === "UnreadableEvent" && refused.reason, "newer")
        assert.include(refused._tag === "UnreadableEvent" ? refused.message : "", "Start that one")
      }
      assert.deepStrictEqual(yield* sql`SELECT version FROM streams WHERE stream_id = ${account}`, [{ version: 2n }])
    })
  )

  it.effect("an account of another person is to this one as if it did not exist, and stays as it is", () =>
    Effect.gen(function* () {
      const { readStream } = yield* EventStore
      const [kari, ola, account] = [newId(), newId(), newId()]
      yield* order(account, kari, open(account))
      const refused = yield* Effect.flip(order(account, ola, { command: "Close" }))
      assert.strictEqual(refused._tag === "AccountRefused" && refused.reason, "not-found")
      assert.strictEqual((yield* Effect.flip(order(account, ola, open(account))))._tag, "WrongExpectedVersion")
      assert.strictEqual((yield* readStream(account)).length, 1)
    })
  )
})
