import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import { Signals } from "../database/Signals.ts"
import * as TestDatabase from "../database/TestDatabase.ts"
import { newId } from "../ledger/Id.ts"
import { EventCodec, isReadable, type OpenedEvent } from "./EventCodec.ts"
import { EventStore } from "./EventStore.ts"
import { MasterKey } from "./MasterKey.ts"
import * as PostgresEventStore from "./PostgresEventStore.ts"
import { Vault } from "./Vault.ts"

const process = PostgresEventStore.layer.pipe(Layer.provideMerge(EventCodec.layer), Layer.provideMerge(Vault.layer))

const everything = process.pipe(
  Layer.provideMerge([Signals.layer, MasterKey.layerRandom]),
  Layer.provideMerge(TestDatabase.layer)
)

/** The whole log as a process that has just started, and so remembers nothing, opens it. */
const readElsewhere = Effect.gen(function* () {
  const store = yield* EventStore
  const codec = yield* EventCodec
  return yield* codec.open(yield* store.readLog(0n, 1_000_000n, 1_000))
}).pipe((effect) => Effect.provide(effect, Layer.fresh(process)))

const append = Effect.fnUntraced(function* (owner_id: string, name: string) {
  const store = yield* EventStore
  const { event_ids } = yield* store.appendOne({
    stream_id: newId(),
    stream_type: "account",
    owner_id,
    expected: "none",
    events: [{ type: "AccountRenamed", account_id: "a1", old_name: "Konto", new_name: name }],
    metadata: { actor: owner_id }
  })
  return event_ids[0]!
})

/** What each event says, or why it says nothing. */
const told = (events: ReadonlyArray<OpenedEvent>, ids: ReadonlyArray<string>) => {
  const byId = new Map(events.map((event) => [event.event_id, event]))
  return ids.map((id) => {
    const event = byId.get(id)!
    if (!isReadable(event)) return event.unreadable._tag
    return event.event.type === "AccountRenamed" ? event.event.new_name : event.event.type
  })
}

layer(everything, { excludeTestServices: true })("EventCodec", (it) => {
  it.effect(
    "opens every event it can, in order: one that was tampered with, moved or is from a later release holds up no other",
    () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const [kari, ola] = [newId(), newId()]
        const ids = yield* Effect.forEach(["1", "2", "3", "4", "5", "6", "7", "8"], (name) => append(kari, name))
        const others = yield* append(ola, "Olas")
        const [, bit, moved, later, shorter, type, gone] = ids
        yield* sql`UPDATE events SET payload = set_bit(payload, 200, 1 - get_bit(payload, 200)) WHERE event_id = ${bit!}`
        yield* sql`UPDATE events SET payload = (SELECT payload FROM events WHERE event_id = ${ids[0]!}) WHERE event_id = ${moved!}`
        yield* sql`UPDATE events SET schema_version = 2 WHERE event_id = ${later!}`
        yield* sql`UPDATE events SET payload = substr(payload, 1, 20) WHERE event_id = ${shorter!}`
        yield* sql`UPDATE events SET type = 'AccountClosed' WHERE event_id = ${type!}`
        yield* sql`UPDATE events SET payload = NULL WHERE event_id = ${gone!}`
        yield* sql`UPDATE events SET owner_id = ${kari} WHERE event_id = ${others}`
        const events = yield* readElsewhere
        assert.deepStrictEqual(told(events, [...ids, others]), [
          "1",
          "VaultUnusable",
          "VaultUnusable",
          "VaultUnusable",
          "VaultUnusable",
          "VaultUnusable",
          "Erased",
          "8",
          "VaultUnusable"
        ])
        assert.deepStrictEqual(
          events.map(({ event_id }) => event_id),
          [...ids, others]
        )
      })
  )

  it.effect("tells an event of a later release by its type and version", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const vault = yield* Vault
      const kari = newId()
      const id = yield* append(kari, "from tomorrow")
      const key = yield* vault.keyOf(kari)
      const sealed = key.seal(new TextEncoder().encode('{"type":"AccountMerged"}'), `${kari}/${id}/AccountMerged/7`)
      yield* sql`UPDATE events SET type = 'AccountMerged', schema_version = 7, payload = ${sealed} WHERE event_id = ${id}`
      const event = (yield* readElsewhere).find(({ event_id }) => event_id === id)!
      assert.isFalse(isReadable(event))
      if (isReadable(event) || event.unreadable._tag !== "UnreadableEvent") return assert.fail("it was read")
      assert.deepStrictEqual([event.unreadable.type, event.unreadable.schema_version], ["AccountMerged", 7])
    })
  )

  it.effect("one person who was erased, and one whose key does not unwrap, hold up nobody else", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const [kari, ola, per] = [newId(), newId(), newId()]
      const ids = [
        yield* append(kari, "Karis"),
        yield* append(ola, "Olas"),
        yield* append(per, "Pers"),
        yield* append(kari, "Karis")
      ]
      yield* sql`UPDATE data_keys SET wrapped_key = NULL, erased_at = now() WHERE owner_id = ${kari}`
      yield* sql`UPDATE data_keys SET wrapped_key = set_bit(wrapped_key, 5, 1 - get_bit(wrapped_key, 5)) WHERE owner_id = ${ola}`
      assert.deepStrictEqual(told(yield* readElsewhere, ids), ["Erased", "VaultUnusable", "Pers", "Erased"])
    })
  )

  it.effect("remembers nothing of anybody once somebody is erased, and reads the others from the log again", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const store = yield* EventStore
      const codec = yield* EventCodec
      const vault = yield* Vault
      const [kari, ola] = [newId(), newId()]
      const ids = [yield* append(kari, "Karis"), yield* append(ola, "Olas")]
      const open = Effect.flatMap(store.readLog(0n, 1_000_000n, 1_000), codec.open)
      yield* sql`UPDATE events SET payload = set_bit(payload, 200, 1 - get_bit(payload, 200)) WHERE event_id = ANY(${ids}::uuid[])`
      assert.deepStrictEqual(told(yield* open, ids), ["Karis", "Olas"])
      yield* vault.forget(kari)
      assert.deepStrictEqual(told(yield* open, ids), ["Erased", "VaultUnusable"])
    })
  )
})
