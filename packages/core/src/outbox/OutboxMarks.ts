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
  /** Of the partition, in this mark and all before it. */
  told: bigint
}

/** The marks of a batch, where so many events of each partition have been told before. */
const marksOf = (messages: ReadonlyArray<LedgerMessage>, before: ReadonlyMap<number, bigint>): ReadonlyArray<Mark> => {
  const latest = new Map<number, Mark>()
  const marks: Array<Mark> = []
  for (const message of messages) {
    const { owner_id, position } = message.sealed
    const partition = partitionOf(owner_id, ledgerEvents.partitions)
    const number = position / marked
    let mark = latest.get(partition)
    if (mark === undefined || mark.number !== number) {
      mark = { partition, number, first: message, last: position, events: 0, told: mark?.told ?? before.get(partition) ?? 0n }
      latest.set(partition, mark)
      marks.push(mark)
    }
    mark.last = position
    mark.events++
    mark.told++
  }
  return marks
}

/**
 * Goes on counting where the sink is. The effect that it gives enters a batch that the sink has been told of, in the transaction that moves
 * the sink's checkpoint; it is the leader's, and ends with it.
 */
export const resume = Effect.fnUntraced(function* (sink: string) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ partition: number; told: bigint }>`
    SELECT DISTINCT ON (partition) partition, told FROM outbox_marks WHERE sink = ${sink} ORDER BY partition, number DESC`
  const told = new Map(rows.map(({ partition, told }) => [partition, told]))

  return Effect.fnUntraced(function* (
    range: { readonly from: bigint; readonly to: bigint },
    messages: ReadonlyArray<LedgerMessage>
  ) {
    const marks = marksOf(messages, told)
    yield* sql`
      WITH batch AS (
        INSERT INTO outbox_batches (sink, from_position, to_position) VALUES (${sink}, ${range.from}, ${range.to})
      )
      INSERT INTO outbox_marks AS m (sink, partition, number, events, told, first_position, last_position, first_recorded_at)
      SELECT ${sink}, * FROM unnest(
        ${Columns.integers(marks.map(({ partition }) => partition))}, ${Columns.bigints(marks.map(({ number }) => number))},
        ${Columns.integers(marks.map(({ events }) => events))}, ${Columns.bigints(marks.map(({ told }) => told))},
        ${Columns.bigints(marks.map(({ first }) => first.sealed.position))}, ${Columns.bigints(marks.map(({ last }) => last))},
        ${Columns.instants(marks.map(({ first }) => first.sealed.recorded_at))})
      ON CONFLICT (sink, partition, number) DO UPDATE
        SET events = m.events + excluded.events, told = excluded.told, last_position = excluded.last_position`
    for (const mark of marks) told.set(mark.partition, mark.told)
  })
})

export type Recorder = Effect.Success<ReturnType<typeof resume>>
