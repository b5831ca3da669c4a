/**
 * Contents: what our side has stored, looked at by a process that did not store it: versions without gaps, and payloads that open.
 */
import { EventCodec, isReadable } from "@finance/core/event-store/EventCodec"
import { EventStore } from "@finance/core/event-store/EventStore"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import * as Ledger from "../Ledger.ts"
import type { Place } from "../Server.ts"

const sample = 1_000

const look = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const store = yield* EventStore
  const codec = yield* EventCodec
  const gaps = yield* sql`
    SELECT FROM events GROUP BY stream_id HAVING count(*) <> max(version) OR min(version) <> 1
    UNION ALL SELECT FROM streams s WHERE version <> (SELECT max(version) FROM events e WHERE e.stream_id = s.stream_id)`
  if (gaps.length > 0) throw new Error(`${gaps.length} streams have gaps in their versions`)
  const [head] = yield* sql<{ position: bigint }>`SELECT max(position) AS position FROM events`
  const last = yield* store.readLog(head!.position - BigInt(sample), head!.position, sample)
  const opened = yield* codec.open(last)
  const closed = opened.filter((event) => !isReadable(event))
  if (closed.length > 0) throw new Error(`${closed.length} of the last ${last.length} events do not open`)
  const clear = last.filter(({ payload }) => payload === null || Buffer.from(payload).includes("TransactionCreated"))
  if (clear.length > 0) throw new Error(`${clear.length} of the last ${last.length} events are not encrypted`)
})

/** Fails when something is wrong. */
export const check = (place: Place): Promise<void> =>
  Effect.runPromise(Effect.scoped(Effect.provide(look, Ledger.layer(place, "projector"))))
