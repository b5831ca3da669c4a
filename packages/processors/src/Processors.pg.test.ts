import { readFileSync } from "node:fs"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as SqlClient from "effect/sql/SqlClient"
import { Signals } from "@finance/core/database/Signals"
import * as TestDatabase from "@finance/core/database/TestDatabase"
import { EventCodec } from "@finance/core/event-store/EventCodec"
import { EventStore } from "@finance/core/event-store/EventStore"
import { MasterKey } from "@finance/core/event-store/MasterKey"
import { Vault } from "@finance/core/event-store/Vault"
import { Imports } from "@finance/core/imports/Imports"
import { newId } from "@finance/core/ledger/Id"
import * as Processors from "./Processors.ts"

const fixture = readFileSync(new URL("../../core/src/statements/fixtures/sparebank1.csv", import.meta.url))

const everything = Imports.layer.pipe(
  Layer.provideMerge(Processors.layer),
  Layer.provideMerge(EventCodec.layer),
  Layer.provideMerge(Vault.layer),
  Layer.provideMerge([Signals.layer, MasterKey.layerRandom]),
  Layer.provideMerge(TestDatabase.layer)
)

const openAccount = Effect.fnUntraced(function* (owner_id: string, opening_balance = 0n) {
  const store = yield* EventStore
  const account_id = newId()
  yield* store.appendOne({
    stream_id: account_id,
    stream_type: "account",
    owner_id,
    expected: "none",
    metadata: { actor: owner_id },
    events: [
      {
        type: "AccountOpened",
        account_id,
        name: "Brukskonto",
        bank_name: "SpareBank 1",
        account_type: "checking",
        currency: "NOK",
        opening_balance,
        opened_on: null
      }
    ]
  })
  yield* eventually(hasRows((sql) => sql`SELECT FROM account_projections WHERE id = ${account_id}`))
  return { id: account_id, currency: "NOK" }
})

const hasRows = (query: (sql: SqlClient.SqlClient) => Effect.Effect<ReadonlyArray<unknown>, unknown>) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => Effect.map(query(sql), (rows) => rows.length > 0))

const eventually = <E, R>(condition: Effect.Effect<boolean, E, R>) =>
  condition.pipe(
    Effect.andThen((holds) => (holds ? Effect.void : Effect.fail("not yet"))),
    Effect.retry(Schedule.max([Schedule.spaced("20 millis"), Schedule.recurs(1_000)]))
  )

layer(everything, { excludeTestServices: true })("the way of a transaction", (it) => {
  it.effect("a statement goes in, and its lines come out categorised, summed and balanced to the øre", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const imports = yield* Imports
      const owner_id = newId()
      const account = yield* openAccount(owner_id, 100_000n)
      const import_id = yield* imports.start({ owner_id, account, filename: "sparebank1.csv", content: fixture })
      yield* eventually(hasRows((sql) => sql`SELECT FROM imports WHERE id = ${import_id} AND status = 'completed'`))
      const [sums] = yield* sql<{ total: bigint; count: bigint }>`
        SELECT sum(amount)::bigint AS total, count(*) AS count FROM transactions WHERE owner_id = ${owner_id}`
      console.log(yield* sql`SELECT description, category, merchant_name FROM transactions WHERE owner_id = ${owner_id}`)
      assert.deepStrictEqual(sums, { total: 160n, count: 15n })
    })
  )
})
