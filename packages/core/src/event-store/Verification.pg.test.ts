import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type * as Statement from "effect/sql/Statement"
import { Database } from "../database/Database.ts"
import { Signals } from "../database/Signals.ts"
import * as TestDatabase from "../database/TestDatabase.ts"
import { newId } from "../ledger/Id.ts"
import { EventCodec } from "./EventCodec.ts"
import { EventStore } from "./EventStore.ts"
import { MasterKey } from "./MasterKey.ts"
import * as PostgresEventStore from "./PostgresEventStore.ts"
import { ReadFence } from "./ReadFence.ts"
import { genesis, head, readSeals } from "./Seal.ts"
import * as Sealer from "./Sealer.ts"
import { Vault } from "./Vault.ts"
import { Tampered, verify } from "./Verification.ts"

const everything = PostgresEventStore.layer.pipe(
  Layer.provide(EventCodec.layer),
  Layer.provideMerge(Vault.layer),
  Layer.provideMerge([ReadFence.layer, Signals.layer, MasterKey.layerRandom]),
  Layer.provideMerge(TestDatabase.layer)
)

const append = Effect.fnUntraced(function* (owner_id: string, events = 1) {
  const store = yield* EventStore
  return yield* store.appendOne({
    stream_id: newId(),
    stream_type: "account",
    owner_id,
    expected: "none",
    events: Array.from({ length: events }, () => ({ type: "AccountClosed", account_id: "a1" }) as const),
    metadata: { actor: owner_id }
  })
})

const givenUp = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* Effect.flip(sql.withTransaction(Effect.andThen(append(newId()), Effect.fail("given up"))))
})

const seal = Effect.gen(function* () {
  const fence = yield* ReadFence
  return yield* Sealer.sealNext(yield* head, (yield* fence.advance).position)
})

/** Three seals of some events each, with positions that were given up between them, and four events that are not sealed yet. */
const written = Effect.gen(function* () {
  for (const _ of [1, 2, 3]) {
    yield* append(newId(), 3)
    yield* givenUp
    yield* append(newId(), 4)
    yield* givenUp
    yield* seal
  }
  yield* append(newId(), 4)
})

/** Whoever owns the schema may do everything. */
type Tamper = (sql: SqlClient.SqlClient) => Effect.Effect<unknown, SqlError | Sealer.Overtaken>

/** What the verification says after `tamper`, which is undone again. */
const afterTampering = (tamper: Tamper, head?: string) =>
  Effect.gen(function* () {
    const owner = yield* Database.dedicated("migrator", "tamper")
    yield* owner`BEGIN`
    yield* tamper(owner)
    return yield* Effect.provideService(verify(head), SqlClient.SqlClient, owner)
  }).pipe(Effect.scoped)

const findsAfter = (position: bigint, what: Tampered["what"], tamper: Tamper, head?: string) =>
  Effect.gen(function* () {
    const found = yield* Effect.flip(afterTampering(tamper, head))
    if (!(found instanceof Tampered)) return yield* Effect.die(found)
    assert.deepStrictEqual([found.position, found.what], [position, what])
  })

interface Logged {
  readonly position: bigint
  /** The seal that answers for it. */
  readonly seal: bigint | null
}

const logged = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<Logged>`
    SELECT e.position, s.number AS seal FROM events e
    LEFT JOIN seals s ON e.position BETWEEN s.from_position AND s.to_position ORDER BY e.position`
)

type TamperAt = (position: bigint) => Tamper

const header =
  (change: (sql: SqlClient.SqlClient) => Statement.Fragment): TamperAt =>
  (position) =>
  (sql) =>
    sql`UPDATE events SET ${change(sql)} WHERE position = ${position}`

/** What may be done to one sealed event, and how it is told of. */
const ways: ReadonlyArray<readonly [what: Tampered["what"], tamper: TamperAt]> = [
  ["header-changed", header((sql) => sql`stream_id = gen_random_uuid()`)],
  ["header-changed", header((sql) => sql`stream_type = 'budget'`)],
  ["header-changed", header((sql) => sql`version = version + 100`)],
  ["header-changed", header((sql) => sql`event_id = gen_random_uuid()`)],
  ["header-changed", header((sql) => sql`type = type || ' '`)],
  ["header-changed", header((sql) => sql`schema_version = 2`)],
  ["header-changed", header((sql) => sql`owner_id = gen_random_uuid()`)],
  ["header-changed", header((sql) => sql`owner_id = NULL`)],
  ["header-changed", header((sql) => sql`metadata = metadata || '{"actor": "nobody"}'`)],
  ["header-changed", header((sql) => sql`metadata = metadata || '{"more": null}'`)],
  ["header-changed", header((sql) => sql`occurred_at = occurred_at + interval '1 microsecond'`)],
  ["header-changed", header((sql) => sql`recorded_at = recorded_at - interval '1 microsecond'`)],
  // where one text ends and the next begins is a part of the header
  ["header-changed", header((sql) => sql`stream_type = 'accountA', type = substr(type, 2)`)],
  ["payload-changed", header((sql) => sql`payload = set_bit(payload, 100, 1 - get_bit(payload, 100))`)],
  ["payload-changed", header((sql) => sql`payload = substr(payload, 2)`)],
  ["payload-changed", header((sql) => sql`payload = ''`)],
  ["payload-changed", header((sql) => sql`payload_hash = sha256('something else')`)],
  ["payload-changed", header((sql) => sql`payload_hash = ''`)],
  ["payload-changed", header((sql) => sql`payload = 'forged', payload_hash = sha256('forged')`)],
  ["payload-changed", header((sql) => sql`payload = NULL, payload_hash = sha256('forged')`)],
  ["payload-removed", header((sql) => sql`payload = NULL`)],
  ["event-missing", (position) => (sql) => sql`DELETE FROM events WHERE position = ${position}`],
  ["event-missing", header((sql) => sql`position = 1000000`)]
]

const insertAt = (sql: SqlClient.SqlClient, position: bigint) => sql`
  INSERT INTO events (position, stream_id, stream_type, version, event_id, type, schema_version, owner_id, payload, payload_hash, occurred_at)
  VALUES (${position}, ${newId()}, 'account', 1, ${newId()}, 'AccountClosed', 1, ${newId()}, 'forged', sha256('forged'), now())`

layer(Layer.provideMerge(Layer.effectDiscard(written), everything), { excludeTestServices: true })("Verification", (it) => {
  it.effect("says of a log that nobody touched how much of it is sealed, up to where, and how much is not yet", () =>
    Effect.gen(function* () {
      const verified = yield* verify()
      const last = yield* head
      assert.deepStrictEqual(verified, {
        events: 21,
        seals: 3n,
        upTo: last.to_position,
        unsealed: 4,
        head: Buffer.from(last.hash).toString("hex")
      })
    })
  )

  const Draw = Schema.Struct({
    way: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: ways.length - 1 })),
    at: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 20 }))
  })

  it.effect.prop(
    "names the event that was tampered with, whichever it is and however it was done",
    [Draw],
    ([{ way, at }]) =>
      Effect.gen(function* () {
        const { position } = (yield* logged)[at]!
        const [what, tamper] = ways[way]!
        yield* findsAfter(position, what, tamper(position))
      }),
    { arbitrary: { runs: 120 } }
  )

  it.effect("names each way of tampering with each event by its position and kind", () =>
    Effect.gen(function* () {
      const { position } = (yield* logged)[10]!
      for (const [what, tamper] of ways) {
        yield* findsAfter(position, what, tamper(position))
      }
    })
  )

  it.effect("names an event that was put where its writer had given up, within a seal and at its end", () =>
    Effect.gen(function* () {
      const taken = new Set((yield* logged).map(({ position }) => position))
      const { to_position } = yield* head
      const free = Array.from({ length: Number(to_position) }, (_, index) => BigInt(index + 1)).filter(
        (position) => !taken.has(position)
      )
      assert.strictEqual(free.length, 6)
      assert.include(free, to_position)
      for (const position of free) {
        yield* findsAfter(position, "event-inserted", (sql) => insertAt(sql, position))
      }
    })
  )

  it.effect("names the first of several, and of two events that changed places the first", () =>
    Effect.gen(function* () {
      const sealed = yield* logged
      const [one, two] = [sealed[4]!.position, sealed[15]!.position]
      yield* findsAfter(
        one,
        "header-changed",
        (sql) => sql`
            UPDATE events e SET stream_id = o.stream_id, stream_type = o.stream_type, version = o.version + 100, event_id = o.event_id, type = o.type,
              owner_id = o.owner_id, payload = o.payload, payload_hash = o.payload_hash, metadata = o.metadata
            FROM events o WHERE e.position IN (${one}, ${two}) AND o.position = ${one + two} - e.position`
      )
    })
  )

  it.effect("names the seal that was changed, removed or moved, by where it begins", () =>
    Effect.gen(function* () {
      const [, second, third] = yield* readSeals(0n, 10)
      const begin = second!.from_position
      for (const [what, position, tamper] of [
        ["seal-changed", begin, (sql) => sql`UPDATE seals SET hash = set_bit(hash, 7, 1 - get_bit(hash, 7)) WHERE number = 2`],
        [
          "seal-changed",
          begin,
          (sql) => sql`UPDATE seals SET entries = set_bit(entries, 77, 1 - get_bit(entries, 77)) WHERE number = 2`
        ],
        [
          "seal-changed",
          begin,
          (sql) => sql`UPDATE seals SET entries = substr(entries, 73), events = events - 1 WHERE number = 2`
        ],
        ["seal-changed", begin, (sql) => sql`UPDATE seals SET events = events + 1 WHERE number = 2`],
        ["seal-changed", begin, (sql) => sql`UPDATE seals SET sealed_at = sealed_at + interval '1 microsecond' WHERE number = 2`],
        ["seal-changed", begin, (sql) => sql`UPDATE seals SET to_position = to_position + 1 WHERE number = 2`],
        ["seals-out-of-order", begin, (sql) => sql`UPDATE seals SET from_position = from_position + 1 WHERE number = 2`],
        ["seals-out-of-order", begin, (sql) => sql`UPDATE seals SET sealed_at = '2020-01-01' WHERE number = 2`],
        ["seal-missing", 1n, (sql) => sql`DELETE FROM seals WHERE number = 1`],
        ["seal-missing", begin, (sql) => sql`DELETE FROM seals WHERE number = 2`],
        [
          "seals-out-of-order",
          begin,
          (sql) => Effect.andThen(sql`DELETE FROM seals WHERE number = 2`, sql`UPDATE seals SET number = 2 WHERE number = 3`)
        ],
        ["seal-changed", third!.from_position, (sql) => sql`UPDATE seals SET hash = sha256('forged') WHERE number = 3`]
      ] as ReadonlyArray<readonly [what: Tampered["what"], position: bigint, tamper: Tamper]>) {
        yield* findsAfter(position, what, tamper)
      }
    })
  )

  it.effect("an event that was changed along with its seal shows as a changed seal", () =>
    Effect.gen(function* () {
      const { position, seal } = (yield* logged)[9]!
      const [begins] = (yield* logged).filter((event) => event.seal === seal)
      yield* findsAfter(begins!.position, "seal-changed", (sql) =>
        Effect.andThen(
          sql`UPDATE events SET payload = 'forged', payload_hash = sha256('forged') WHERE position = ${position}`,
          sql`UPDATE seals SET entries = overlay(entries PLACING sha256(sha256('forged'))
                FROM position(int8send(${position}) IN entries) + 40) WHERE number = ${seal}`
        )
      )
    })
  )

  it.effect("holds the payloads that are not sealed yet against their hashes", () =>
    Effect.gen(function* () {
      const { position } = (yield* logged).at(-2)!
      yield* findsAfter(
        position,
        "payload-changed",
        (sql) => sql`UPDATE events SET payload = 'forged' WHERE position = ${position}`
      )
    })
  )

  it.effect("an end that was cut off is seen by who kept the head's hash, and by nobody else", () =>
    Effect.gen(function* () {
      const kept = (yield* verify()).head
      const [, second] = yield* readSeals(0n, 10)
      const cutOff: Tamper = (sql) =>
        Effect.andThen(sql`DELETE FROM seals WHERE number = 3`, sql`DELETE FROM events WHERE position > ${second!.to_position}`)
      assert.strictEqual((yield* afterTampering(cutOff)).events, 14)
      yield* findsAfter(second!.to_position, "head-missing", cutOff, kept)
      // any head that was ever told is in the chain for good
      yield* verify(kept)
      yield* verify(Buffer.from(second!.hash).toString("hex"))
    })
  )

  it.effect("a chain that was made anew over a changed log is seen by who kept the head's hash", () =>
    Effect.gen(function* () {
      const kept = (yield* verify()).head
      const { upTo } = yield* verify()
      const rewrite: Tamper = (sql) =>
        Effect.gen(function* () {
          yield* sql`DELETE FROM seals`
          yield* sql`UPDATE events SET payload = 'forged', payload_hash = sha256('forged') WHERE position = 1`
          yield* Effect.provideService(Sealer.sealNext(genesis, upTo), SqlClient.SqlClient, sql)
        })
      assert.strictEqual((yield* afterTampering(rewrite)).upTo, upTo)
      yield* findsAfter(upTo, "head-missing", rewrite, kept)
    })
  )

  it.effect("a person who was erased leaves the chain whole when their ciphertext is removed", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const vault = yield* Vault
      const kari = newId()
      const { position } = yield* append(kari, 3)
      yield* seal
      yield* vault.forget(kari)
      yield* sql`UPDATE events SET payload = NULL WHERE owner_id = ${kari}`
      yield* verify()
      yield* findsAfter(
        position - 1n,
        "payload-changed",
        (sql) => sql`UPDATE events SET payload_hash = sha256('forged') WHERE position = ${position - 1n}`
      )
    })
  )

  it.effect("a log without seals is told of as what it is", () =>
    Effect.gen(function* () {
      const verified = yield* afterTampering((sql) => sql`DELETE FROM seals`)
      assert.strictEqual(verified.seals, 0n)
      assert.isAbove(verified.unsealed, 20)
    })
  )
})
