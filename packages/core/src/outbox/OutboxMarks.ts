/**
 * OutboxMarks: how many events of each partition the sink has been told of, counted at every `marked`th position of the log, so that
 * `ProcessorLag` can say how many wait for a program without reading them.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { LedgerMessage } from "../bus/CloudEvent.ts"
import { ledgerEvents } from "../bus/EventBus.ts"
import { partitionOf } from "../bus/Partition.ts"
import * as Columns from "../database/Columns.ts"

/** Positions to a mark. */
export const marked = 256n

interface Mark {
  readonly partition: number
  readonly number: bigint
  readonly first: LedgerMessage
  last: bigint
  events: number
  /** Of the partition in the batch, up to here. */
  sofar: number
}

const marksOf = (messages: ReadonlyArray<LedgerMessage>): ReadonlyArray<Mark> => {
  const latest = new Map<number, Mark>()
  const marks: Array<Mark> = []
  for (const message of messages) {
    const { owner_id, position } = message.sealed
    const partition = partitionOf(owner_id, ledgerEvents.partitions)
    const number = position / marked
    let mark = latest.get(partition)
    if (mark === undefined || mark.number !== number) {
      mark = { partition, number, first: message, last: position, events: 0, sofar: mark?.sofar ?? 0 }
      latest.set(partition, mark)
      marks.push(mark)
    }
    mark.last = position
    mark.events++
    mark.sofar++
  }
  return marks
}

/** Enters a batch that the sink has been told of. Runs in the transaction that moves the sink's checkpoint. */
export const record = Effect.fnUntraced(function* (
  sink: string,
  { from, to }: { readonly from: bigint; readonly to: bigint },
  messages: ReadonlyArray<LedgerMessage>
) {
  const sql = yield* SqlClient.SqlClient
  const marks = marksOf(messages)
  yield* sql`
    WITH batch AS (
      INSERT INTO outbox_batches (sink, from_position, to_position) VALUES (${sink}, ${from}, ${to})
    )
    INSERT INTO outbox_marks AS m (sink, partition, number, events, told, first_position, last_position, first_recorded_at)
    SELECT ${sink}, n.partition, n.number, n.events, n.sofar + coalesce(before.told, 0), n.first, n.last, n.first_recorded_at
    FROM unnest(${Columns.integers(marks.map(({ partition }) => partition))}, ${Columns.bigints(marks.map(({ number }) => number))},
                ${Columns.integers(marks.map(({ events }) => events))}, ${Columns.bigints(marks.map(({ sofar }) => BigInt(sofar)))},
                ${Columns.bigints(marks.map(({ first }) => first.sealed.position))}, ${Columns.bigints(marks.map(({ last }) => last))},
                ${Columns.instants(marks.map(({ first }) => first.sealed.recorded_at))})
           AS n (partition, number, events, sofar, first, last, first_recorded_at)
    LEFT JOIN LATERAL (
      SELECT b.told FROM outbox_marks b WHERE b.sink = ${sink} AND b.partition = n.partition ORDER BY b.number DESC LIMIT 1
    ) before ON true
    ON CONFLICT (sink, partition, number) DO UPDATE
      SET events = m.events + excluded.events, told = excluded.told, last_position = excluded.last_position`
})
