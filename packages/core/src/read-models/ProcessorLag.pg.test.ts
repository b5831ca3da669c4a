import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { LedgerMessage } from "../bus/CloudEvent.ts"
import { ledgerEvents } from "../bus/EventBus.ts"
import { partitionOf } from "../bus/Partition.ts"
import * as Columns from "../database/Columns.ts"
import * as TestDatabase from "../database/TestDatabase.ts"
import { drawFrom } from "../demo/Draw.ts"
import type { SealedEvent } from "../event-store/EventStore.ts"
import { newId } from "../ledger/Id.ts"
import * as OutboxMarks from "../outbox/OutboxMarks.ts"
import * as ProcessorLag from "./ProcessorLag.ts"

const sink = "postgres"
const count = 3_000
/** Between two events, in the world: so far apart that no pause of a test is taken for one. */
const secondsApart = 600

const draw = drawFrom("how far behind")
const owners = Array.from({ length: 12 }, newId)

interface Written {
  readonly position: bigint
  readonly owner_id: string
  readonly recorded_at: Date
}

/** A log with gaps, in which some people do much and some next to nothing. */
const log: ReadonlyArray<Written> = (() => {
  const now = Date.now()
  let position = 0n
  return Array.from({ length: count }, (_, index) => {
    position += BigInt(draw.chance(90) ? 1 : draw.between(2, 400))
    const owner_id = owners[draw.chance(97) ? draw.below(4) : draw.below(owners.length)]!
    return { position, owner_id, recorded_at: new Date(now - (count - index) * secondsApart * 1_000) }
  })
})()

const partitionIn = ({ owner_id }: Written) => partitionOf(owner_id, ledgerEvents.partitions)

const messageOf = (written: Written): LedgerMessage => ({ sealed: written as unknown as SealedEvent, previous: 0n })

const write = Effect.fnUntraced(function* (events: ReadonlyArray<Written>) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    INSERT INTO events (position, stream_id, stream_type, version, event_id, type, schema_version, owner_id, payload_hash, occurred_at, recorded_at)
    SELECT position, gen_random_uuid(), 'transaction', 1, gen_random_uuid(), 'TransactionCreated', 1, owner_id, '', recorded_at, recorded_at
    FROM unnest(${Columns.bigints(events.map(({ position }) => position))}, ${Columns.uuids(events.map(({ owner_id }) => owner_id))},
                ${Columns.instants(events.map(({ recorded_at }) => recorded_at))}) AS e (position, owner_id, recorded_at)`
})

/** Tells the sink of them in batches of any size, as the relay does. */
const tell = Effect.fnUntraced(function* (events: ReadonlyArray<Written>) {
  const sql = yield* SqlClient.SqlClient
  const last = ledgerEvents.partitions
  const partitions = Array.from(
    { length: last },
    (_, partition) => events.findLast((event) => partitionIn(event) === partition)?.position ?? 0n
  )
  let mark = yield* OutboxMarks.resume(sink)
  for (let from = 0; from < events.length;) {
    // Another relay takes over now and then.
    if (draw.chance(20)) mark = yield* OutboxMarks.resume(sink)
    const batch = events.slice(from, from + draw.between(1, 700))
    const range = { from: batch[0]!.position, to: batch.at(-1)!.position }
    yield* mark(range, batch.map(messageOf))
    from += batch.length
  }
  yield* sql`INSERT INTO outbox_checkpoints (sink, position, partitions)
             VALUES (${sink}, ${events.at(-1)!.position}, ${Columns.bigints(partitions)})`
})

const stand = Effect.fnUntraced(function* (processor: string, partition: number, position: bigint) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`INSERT INTO checkpoints (processor, partition, position) VALUES (${processor}, ${partition}, ${position})
             ON CONFLICT (processor, partition) DO UPDATE SET position = excluded.position`
})

layer(TestDatabase.layer, { excludeTestServices: true })("How far a program is behind", (it) => {
  it.effect("is exactly what it has yet to handle of each partition, wherever it stands, and since when that waits", () =>
    Effect.gen(function* () {
      yield* write(log)
      // The relay has not come to the last of them: what the bus does not have waits for the relay, and for no program.
      const known = log.slice(0, -50)
      yield* tell(known)
      for (let round = 0; round < 40; round++) {
        const standing = Array.from({ length: ledgerEvents.partitions }, (_, partition) => {
          const own = known.filter((event) => partitionIn(event) === partition)
          const position = draw.chance(20)
            ? 0n
            : draw.chance(20)
              ? (own.at(-1)?.position ?? 0n)
              : (own[draw.below(own.length)]?.position ?? 0n)
          return { partition, position, own }
        })
        for (const { partition, position } of standing) yield* stand("budgets", partition, position)
        const lags = yield* ProcessorLag.list
        for (const { partition, position, own } of standing) {
          const waiting = own.filter((event) => event.position > position)
          const lag = lags.find((lag) => lag.partition === partition)!
          assert.strictEqual(lag.checkpoint, position)
          assert.strictEqual(lag.lag_events, waiting.length, `partition ${partition} at ${position}`)
          const seconds = waiting[0] === undefined ? 0 : (Date.now() - waiting[0].recorded_at.getTime()) / 1_000
          assert.closeTo(lag.lag_seconds, seconds, secondsApart / 2)
        }
      }
    })
  )

  it.effect("is never said to be nothing where something waits, also of what the bus was told before anybody counted", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`DELETE FROM outbox_marks`
      for (let partition = 0; partition < ledgerEvents.partitions; partition++) yield* stand("budgets", partition, 0n)
      const active = new Set(log.slice(0, -50).map(partitionIn))
      for (const { partition, lag_events } of yield* ProcessorLag.list) {
        assert.strictEqual(lag_events > 0, active.has(partition))
      }
    })
  )
})
