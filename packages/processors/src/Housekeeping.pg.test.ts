import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { Database } from "@finance/core/database/Database"
import * as TestDatabase from "@finance/core/database/TestDatabase"
import { newId } from "@finance/core/ledger/Id"
import { tidy } from "./Housekeeping.ts"

const inserted = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [user_id, family_id] = [newId(), newId()]
  yield* sql`INSERT INTO users (id, email, password_hash) VALUES (${user_id}, 'kari@example.no', '')`
  for (const [name, age] of [
    ["old", "8 days"],
    ["new", "1 hour"]
  ] as const) {
    yield* sql`INSERT INTO commands (command_id, body_hash, recorded_at) VALUES (${name}, '', now() - ${age}::interval)`
    yield* sql`INSERT INTO sessions (token_hash, user_id, expires_at)
               VALUES (${name}::bytea, ${user_id}, now() + interval '2 hours' - ${age}::interval)`
    yield* sql`INSERT INTO refresh_tokens (token_hash, family_id, user_id, expires_at)
               VALUES (${name}::bytea, ${family_id}, ${user_id}, now() + interval '2 hours' - ${age}::interval)`
  }
})

/** What a person was told, long ago or lately, and read or not. */
const told = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const owner_id = newId()
  const channel_id = newId()
  yield* sql`INSERT INTO notification_channels (id, owner_id, kind, name, target, fingerprint)
             VALUES (${channel_id}, ${owner_id}, 'webhook', 'Hjemme', '', '')`
  for (const [kind, age, isRead] of [
    ["read long ago", "400 days", true],
    ["read lately", "100 days", true],
    ["never read", "400 days", false]
  ] as const) {
    const id = newId()
    yield* sql`INSERT INTO notifications (id, owner_id, kind, notice, in_app, created_at, read_at)
               VALUES (${id}, ${owner_id}, ${kind}, '{}', true, now() - ${age}::interval, CASE WHEN ${isRead} THEN now() - ${age}::interval END)`
  }
  for (const [detail, age] of [
    ["old", "91 days"],
    ["new", "89 days"]
  ] as const) {
    yield* sql`INSERT INTO notification_deliveries (id, owner_id, channel_id, status, due_at, settled_at, detail)
               VALUES (${newId()}, ${owner_id}, ${channel_id}, 'sent', now(), now() - ${age}::interval, ${detail})`
  }
  yield* tidy
  const notifications = yield* sql<{ kind: string }>`SELECT kind FROM notifications ORDER BY kind`
  const deliveries = yield* sql<{ detail: string }>`SELECT detail FROM notification_deliveries`
  return [...notifications.map(({ kind }) => kind), ...deliveries.map(({ detail }) => detail)]
})

const left = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<{ name: string }>`
    SELECT command_id AS name FROM commands UNION ALL SELECT convert_from(token_hash, 'UTF8') FROM sessions
    UNION ALL SELECT convert_from(token_hash, 'UTF8') FROM refresh_tokens`
})

layer(TestDatabase.api, { excludeTestServices: true })("Housekeeping", (it) => {
  it.effect("lets go of what has outlived its use, and of nothing else", () =>
    Effect.gen(function* () {
      yield* inserted
      yield* tidy.pipe(Effect.provide(Layer.fresh(Database.projector)))
      assert.deepStrictEqual(
        (yield* left).map(({ name }) => name),
        ["new", "new", "new"]
      )
    })
  )

  it.effect("keeps what a person has not read, and for a while what they have and what became of it", () =>
    Effect.gen(function* () {
      const kept = yield* told.pipe(Effect.provide(Layer.fresh(Database.projector)))
      assert.deepStrictEqual(kept, ["never read", "read lately", "new"])
    })
  )
})
