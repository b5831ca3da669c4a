/**
 * ProcessorStatus: how far each program has come in the log, partition by partition, for the one who runs the house.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { ledgerEvents } from "../bus/EventBus.ts"
import { partitionOf } from "../bus/Partition.ts"

export interface PartitionStatus {
  readonly partition: number
  /** The position of the last event it has handled, and of the last one there is for it. */
  readonly checkpoint: bigint
  readonly head: bigint
  /** Events it has yet to handle; counted to `maxCounted` over all people. */
  readonly lag_events: number
  /** How long the oldest of those has waited. */
  readonly lag_seconds: number
}

export type ProcessorState = "starting" | "running" | "caught-up" | "failed"

export interface ProcessorStatus {
  readonly name: string
  readonly version: number
  /** As its process last said; what has not been heard of for `silentSeconds` has failed. */
  readonly state: ProcessorState
  /** Events a second, lately. */
  readonly throughput: number
  readonly last_error: string | null
  readonly partitions: ReadonlyArray<PartitionStatus>
}

export const maxCounted = 100_000
export const silentSeconds = 30

interface Said {
  readonly name: string
  readonly version: number
  readonly state: ProcessorState
  readonly throughput: number
  readonly last_error: string | null
}

interface Checkpoint {
  readonly processor: string
  readonly partition: number
  readonly position: bigint
  readonly head: bigint
}

interface Waiting {
  readonly owner_id: string
  readonly position: bigint
  readonly recorded_at: Date
}

/** Events hold ciphertext only, so this needs no person. */
export const list = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const checkpoints = yield* sql<Checkpoint>`
    SELECT c.processor, c.partition, c.position, greatest(c.position, o.partitions[c.partition + 1], 0) AS head
    FROM checkpoints c
    LEFT JOIN LATERAL (SELECT partitions FROM outbox_checkpoints ORDER BY position DESC LIMIT 1) o ON true
    ORDER BY c.processor, c.partition`
  const slowest = checkpoints
    .filter(({ position, head }) => position < head)
    .reduce<bigint | null>((least, { position }) => (least === null || position < least ? position : least), null)
  const waiting =
    slowest === null
      ? []
      : yield* sql<Waiting>`
          SELECT owner_id, position, recorded_at FROM events WHERE position > ${slowest} ORDER BY position LIMIT ${maxCounted}`
  const byPartition = Map.groupBy(waiting, ({ owner_id }) => partitionOf(owner_id, ledgerEvents.partitions))
  const now = Date.now()
  const partitionStatus = ({ partition, position, head }: Checkpoint): PartitionStatus => {
    const behind = (byPartition.get(partition) ?? []).filter((event) => event.position > position && event.position <= head)
    return {
      partition,
      checkpoint: position,
      head,
      lag_events: behind.length,
      lag_seconds: behind[0] === undefined ? 0 : Math.max(0, (now - behind[0].recorded_at.getTime()) / 1000)
    }
  }
  const said = yield* sql<Said>`
    SELECT name, version, CASE WHEN updated_at < now() - make_interval(secs => ${silentSeconds}) THEN 'failed' ELSE state END AS state,
           throughput, last_error
    FROM processors ORDER BY name`
  return said.map((processor): ProcessorStatus => ({
    ...processor,
    partitions: checkpoints.filter((checkpoint) => checkpoint.processor === processor.name).map(partitionStatus)
  }))
})
