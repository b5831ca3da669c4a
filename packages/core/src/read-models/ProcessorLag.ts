/**
 * ProcessorLag: how far each program has come in the log, partition by partition, and what waits for it.
 *
 *   partition 3   ■ ■ □ ■ ■ ■ │ ■ ■ ■ ■ ■ │ ■ ■ ■         ■ an event of the partition; │ a mark, with how many there were up to it
 *                     └ checkpoint         └ told
 *                     counted one by one, to the next mark; from there on by subtraction
 *
 * Its cost does not grow with the log, nor with how far behind a program is: two look-ups in an index for each partition of each program,
 * and of those that are behind at most `marked` events.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { ledgerEvents } from "../bus/EventBus.ts"
import { partitionOf } from "../bus/Partition.ts"
import { marked } from "../outbox/OutboxMarks.ts"

export interface PartitionLag {
  readonly processor: string
  readonly partition: number
  /** The position of the last event it has handled, and of the last one that the bus has been told of. */
  readonly checkpoint: bigint
  readonly head: bigint
  /** Events it has yet to handle. */
  readonly lag_events: number
  /** How long the oldest of those has waited. */
  readonly lag_seconds: number
}

interface Place {
  readonly processor: string
  readonly partition: number
  readonly position: bigint
  readonly head: bigint
  /** Of the first mark that holds an event beyond the checkpoint; null where there is none. */
  readonly first_position: bigint | null
  readonly first_seconds: number
  readonly in_mark: number
  readonly after_mark: bigint
}

interface Waiting {
  readonly processor: string
  readonly partition: number
  readonly owner_id: string
  readonly seconds: number
}

const places = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<Place>`
    SELECT c.processor, c.partition, c.position, greatest(c.position, s.partitions[c.partition + 1], 0) AS head, m.first_position,
           coalesce(greatest(0, extract(epoch FROM clock_timestamp() - m.first_recorded_at)), 0)::float8 AS first_seconds,
           coalesce(m.events, 0) AS in_mark, coalesce(l.told - m.told, 0) AS after_mark
    FROM checkpoints c
    LEFT JOIN LATERAL (SELECT sink, partitions FROM outbox_checkpoints ORDER BY position DESC LIMIT 1) s ON true
    LEFT JOIN LATERAL (
      SELECT * FROM outbox_marks m
      WHERE m.sink = s.sink AND m.partition = c.partition AND m.number >= c.position / ${marked} AND m.last_position > c.position
        AND c.position < s.partitions[c.partition + 1]
      ORDER BY m.number LIMIT 1
    ) m ON true
    LEFT JOIN LATERAL (
      SELECT told FROM outbox_marks l WHERE l.sink = s.sink AND l.partition = c.partition ORDER BY l.number DESC LIMIT 1
    ) l ON true
    ORDER BY c.processor, c.partition`
)

/** The events between the checkpoints that lie within a mark and the next mark, of all partitions. */
const withinMarks = Effect.fnUntraced(function* (inside: ReadonlyArray<Place>) {
  if (inside.length === 0) return []
  const sql = yield* SqlClient.SqlClient
  return yield* sql<Waiting>`
    SELECT p.processor, p.partition, e.owner_id, greatest(0, extract(epoch FROM clock_timestamp() - e.recorded_at))::float8 AS seconds
    FROM unnest(${inside.map(({ processor }) => processor)}::text[], ${inside.map(({ partition }) => partition)}::int[],
                ${inside.map(({ position }) => position)}::bigint[], ${inside.map(({ head }) => head)}::bigint[])
           AS p (processor, partition, position, head)
    CROSS JOIN LATERAL (
      SELECT owner_id, recorded_at FROM events
      WHERE position > p.position AND position < (p.position / ${marked} + 1) * ${marked} AND position <= p.head
      ORDER BY position
    ) e`
})

const nameOf = ({ processor, partition }: { readonly processor: string; readonly partition: number }) =>
  `${processor}/${partition}`

/** Events hold ciphertext only, so this needs no person. */
export const list = Effect.gen(function* () {
  const all = yield* places
  const isInside = ({ position, first_position }: Place) => first_position !== null && first_position <= position
  const waiting = (yield* withinMarks(all.filter(isInside))).filter(
    ({ owner_id, partition }) => partitionOf(owner_id, ledgerEvents.partitions) === partition
  )
  const counted = Map.groupBy(waiting, nameOf)
  return all.map((place): PartitionLag => {
    const { processor, partition, position, head, in_mark, after_mark, first_seconds } = place
    const own = counted.get(nameOf(place)) ?? []
    const inside = isInside(place)
    // What was told before there were marks is not counted, and something waits there.
    const events = Math.max(1, (inside ? own.length : in_mark) + Number(after_mark))
    return {
      processor,
      partition,
      checkpoint: position,
      head,
      lag_events: position < head ? events : 0,
      lag_seconds: position < head ? (inside ? (own[0]?.seconds ?? 0) : first_seconds) : 0
    }
  })
})
