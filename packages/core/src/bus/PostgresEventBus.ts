/**
 * The bus of an installation without a broker. Messages are rows; an offset is drawn from the partition's row, which stays locked until
 * the publisher commits, so offsets become visible in order and a reader never skips one.
 * Ledger events of a partition that are told of together are one row, which takes as many offsets as it has events. Only their positions are
 * kept, so that they may be published without their payload: who reads them gets it from the log.
 *
 * A partition of a group belongs to the process that holds its session lock, and every process of the group shows itself by another
 * one, which all of them share: who they are is in `pg_locks` (FairShare). `publish` joins the caller's transaction.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Semaphore from "effect/Semaphore"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as Columns from "../database/Columns.ts"
import { Database } from "../database/Database.ts"
import * as SessionLock from "../database/SessionLock.ts"
import { Signals } from "../database/Signals.ts"
import type { SealedEvent } from "../event-store/EventStore.ts"
import { type CloudEvent, fromCloudEvent, ledgerSource, toCloudEvent } from "./CloudEvent.ts"
import { type Batch, EventBus, EventBusUnavailable, type Topic } from "./EventBus.ts"
import * as FairShare from "./FairShare.ts"
import { partitionOf } from "./Partition.ts"

const maxBatch = 1_000

/** How long a reader at rest waits before it looks by itself. */
const restMillis = 1_000

/** How long messages are kept at least: a group that begins later reads the events before that from the event store. */
const retention = "7 days"

/** How long messages are kept for a group that is away. */
const patience = "30 days"

export const layer = Layer.effect(
  EventBus,
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const signals = yield* Signals
    const database = yield* Database

    /** The next offset of every partition: learned from what is published here, and looked up once per signal for all who wait. */
    const heads = new Map<string, bigint>()
    const looks = new Map<string, { readonly seen: number; readonly at: number }>()
    const headOf = (topic: Topic, partition: number) => heads.get(`${topic.name}/${partition}`) ?? 1n
    const learn = (topic: Topic, partition: number, next: bigint) => {
      if (next > headOf(topic, partition)) heads.set(`${topic.name}/${partition}`, next)
    }
    const tails = new Map<string, Tail>()
    const tailOf = (topic: Topic, partition: number) => {
      const name = `${topic.name}/${partition}`
      const tail = tails.get(name) ?? new Tail()
      tails.set(name, tail)
      return tail
    }
    const oneLook = yield* Semaphore.make(1)
    const look = (topic: Topic, seen: number) =>
      oneLook.withPermits(1)(
        Effect.gen(function* () {
          const last = looks.get(topic.name)
          if (last?.seen === seen && Date.now() - last.at < restMillis - 100) return
          const rows = yield* sql<{ partition: number; next: bigint }>`
            SELECT partition, next_offset AS next FROM bus_partitions WHERE topic = ${topic.name}`
          for (const { partition, next } of rows) learn(topic, partition, next)
          looks.set(topic.name, { seen, at: Date.now() })
        })
      )

    const publish = Effect.fnUntraced(function* (topic: Topic, events: ReadonlyArray<CloudEvent>) {
      if (events.length === 0) return
      const shares = Map.groupBy(events, ({ partitionkey }) => partitionOf(partitionkey, topic.partitions))
      const partitions = [...shares.keys()].toSorted((one, other) => one - other)
      const messages = partitions.flatMap((partition) => messagesOf(partition, shares.get(partition)!))
      const drawn = yield* sql<{ partition: number; next: bigint }>`
        WITH share AS (
          SELECT * FROM unnest(${Columns.integers(partitions)},
            ${Columns.bigints(partitions.map((partition) => BigInt(shares.get(partition)!.length)))}) AS s (partition, count)
        ), drawn AS (
          INSERT INTO bus_partitions (topic, partition, next_offset)
          SELECT ${topic.name}, partition, 1 + count FROM share ORDER BY partition
          ON CONFLICT (topic, partition) DO UPDATE SET next_offset = bus_partitions.next_offset + excluded.next_offset - 1
          RETURNING partition, next_offset
        ), stored AS (
          INSERT INTO bus_messages (topic, partition, "offset", positions, previous, event, data)
          SELECT ${topic.name}, partition, d.next_offset - s.count + m.place, m.positions::bigint[], m.previous, m.event::jsonb, m.data
          FROM unnest(
            ${Columns.integers(messages.map(({ partition }) => partition))},
            ${Columns.bigints(messages.map(({ place }) => BigInt(place)))},
            ${Columns.texts(messages.map(({ positions }) => positions && `{${positions.join()}}`))},
            ${Columns.bigints(messages.map(({ previous }) => previous))},
            ${Columns.texts(messages.map(({ event }) => event))},
            ${Columns.bytes(messages.map(({ data }) => data))}
          ) AS m (partition, place, positions, previous, event, data)
          JOIN drawn d USING (partition) JOIN share s USING (partition)
        )
        SELECT partition, next_offset AS next FROM drawn`
      yield* sql.afterCommit(
        Effect.sync(() => {
          for (const { partition, next } of drawn) {
            learn(topic, partition, next)
            tailOf(topic, partition).append(next, shares.get(partition)!)
          }
          // Who wakes now need not look for what was learned here, least of all in other topics; a look is still due in its time, for what
          // others publish.
          const seen = signals.current("bus")
          for (const [name, last] of looks) if (last.seen === seen) looks.set(name, { seen: seen + 1, at: last.at })
          signals.raise("bus")
        })
      )
    })

    /**
     * From the message on that holds this offset. Event by event: joined as a whole, a log that TimescaleDB has compressed would be unpacked
     * from its beginning.
     */
    const read = (topic: Topic, partition: number, next: bigint) =>
      sql<MessageRow>`
        SELECT m."offset" + coalesce(r.place, 1) - 1 AS "offset", CASE WHEN r.place > 1 THEN m.positions[r.place - 1] ELSE m.previous END AS previous,
               m.event, m.data, e.position, e.stream_id, e.stream_type, e.version, e.event_id, e.type,
               e.schema_version, e.owner_id, e.payload, e.payload_hash, e.metadata, e.occurred_at, e.recorded_at
        FROM bus_messages m
        LEFT JOIN LATERAL unnest(m.positions) WITH ORDINALITY AS r (position, place) ON true
        LEFT JOIN LATERAL (SELECT * FROM events WHERE position = r.position LIMIT 1) e ON true
        WHERE m.topic = ${topic.name} AND m.partition = ${partition} AND m."offset" + coalesce(r.place, 1) > ${next} AND m."offset" >= coalesce(
          (SELECT max("offset") FROM bus_messages WHERE topic = ${topic.name} AND partition = ${partition} AND "offset" <= ${next}), ${next})
        ORDER BY m."offset", r.place LIMIT ${maxBatch}`

    const placeOf = Effect.fnUntraced(function* (topic: Topic, group: string, partition: number) {
      const [row] = yield* sql<{ next: bigint }>`
        SELECT next_offset AS next FROM bus_groups WHERE "group" = ${group} AND topic = ${topic.name} AND partition = ${partition}`
      return row?.next ?? 1n
    })

    const commit = (topic: Topic, group: string, partition: number, next: bigint) => sql`
      INSERT INTO bus_groups ("group", topic, partition, next_offset) VALUES (${group}, ${topic.name}, ${partition}, ${next})
      ON CONFLICT ("group", topic, partition) DO UPDATE SET next_offset = excluded.next_offset, updated_at = now()`

    const follow = Effect.fnUntraced(function* <R>(
      topic: Topic,
      group: string,
      partition: number,
      handle: (batch: Batch) => Effect.Effect<void, never, R>
    ) {
      let next = yield* placeOf(topic, group, partition)
      let handled = next
      let written = { next, at: 0 }
      const write = Effect.suspend(() => {
        const place = { next: handled, at: Date.now() }
        return Effect.map(commit(topic, group, partition, handled), () => void (written = place))
      })
      const more = Effect.fnUntraced(function* (atMost: Duration.Input) {
        const seen = signals.current("bus")
        const tail = () => tailOf(topic, partition).from(next)
        if (tail().length === 0) yield* signals.changedSince("bus", seen, atMost)
        const later = tail()
        next += BigInt(later.length)
        return later
      })
      const step = Effect.gen(function* () {
        const seen = signals.current("bus")
        yield* look(topic, seen)
        if (headOf(topic, partition) <= next) {
          // The group's place is only where to begin after a restart, and a reader that begins early is told what it knows: written at
          // rest, and no more often than it looks by itself.
          if (written.next < next && Date.now() - written.at >= restMillis) yield* write
          return yield* signals.changedSince("bus", seen, restMillis)
        }
        const tail = tailOf(topic, partition).from(next)
        if (tail.length > 0) {
          next += BigInt(tail.length)
          yield* handle({ partition, events: tail, more })
        } else {
          const rows = yield* read(topic, partition, next)
          if (rows.length > 0) yield* handle({ partition, events: rows.map(eventOf) })
          // What this offset held has passed its retention; the processor sees the gap and fills it from the event store.
          next = rows.length === 0 ? headOf(topic, partition) : rows.at(-1)!.offset + 1n
        }
        handled = next
      })
      // Whoever follows it from now on begins here.
      const leave = Effect.suspend(() => (written.next < handled ? write : Effect.void)).pipe(
        Effect.timeout("2 seconds"),
        Effect.ignore
      )
      return yield* Effect.forever(step).pipe(Effect.ensuring(leave))
    })

    const subscribe = <R>(
      topic: Topic,
      group: string,
      handle: (batch: Batch) => Effect.Effect<void, never, R>,
      hold?: (partitions: ReadonlySet<number>) => void
    ) =>
      Effect.gen(function* () {
        const name = `bus/${group}/${topic.name}`
        const session = yield* SessionLock.session
        const held = FairShare.holding(hold)
        const own = (partition: number) =>
          Effect.acquireUseRelease(
            SessionLock.tryTake(session, `${name}/${partition}`),
            (taken) => (taken ? held(partition)(follow(topic, group, partition, handle)) : Effect.void),
            (taken) => (taken ? Effect.ignore(SessionLock.release(session, `${name}/${partition}`)) : Effect.void)
          )
        const self = yield* SessionLock.join(session, name)
        // Asked all the time, it keeps the session, and fails as soon as that is gone.
        const members = SessionLock.members(session, name)
        const share = Effect.map(members, (members) => FairShare.shareOf(topic.partitions, members, self))
        return yield* FairShare.follow({ share, own })
      }).pipe(Effect.scoped, Effect.provideService(Database, database), Effect.mapError(unavailable))

    // What a group has not read stays: it would not learn of the gap before the next event of the partition comes. A group that has not
    // been at work for longer than `patience` holds nothing back any more.
    const forgetOld = sql`
      DELETE FROM bus_messages m WHERE published_at < now() - ${retention}::interval AND NOT EXISTS (
        SELECT FROM bus_groups g WHERE g.topic = m.topic AND g.partition = m.partition AND g.updated_at > now() - ${patience}::interval
          AND g.next_offset < m."offset" + coalesce(cardinality(m.positions), 1))`
    yield* forgetOld.pipe(
      Effect.andThen(sql`DELETE FROM outbox_batches WHERE published_at < now() - ${retention}::interval`),
      Effect.catch((error) => Effect.logWarning("old bus messages stay for now", error)),
      Effect.repeat(Schedule.spaced("1 hour")),
      Effect.forkScoped
    )

    return EventBus.of({
      transport: "postgres",
      isTransactional: true,
      publish: (topic, events) => Effect.mapError(publish(topic, events), unavailable),
      subscribe,
      lag: (topic, group) =>
        sql<{ partition: number; events: bigint }>`
          SELECT p.partition, p.next_offset - coalesce(g.next_offset, 1) AS events FROM bus_partitions p
          LEFT JOIN bus_groups g ON g."group" = ${group} AND g.topic = p.topic AND g.partition = p.partition
          WHERE p.topic = ${topic.name} ORDER BY p.partition`.pipe(Effect.mapError(unavailable))
    })
  })
)

/** The latest messages of a partition as this process published them: a reader beside the publisher need not ask the database. */
class Tail {
  private events: ReadonlyArray<CloudEvent> = []
  private next = 0n

  /** Takes on what was published up to the offset `next`; what went before is kept as long as nothing is missing in between. */
  append(next: bigint, events: ReadonlyArray<CloudEvent>): void {
    const connects = next - BigInt(events.length) === this.next
    // What was told of by its position alone is whole only in the table.
    if (!events.every(isWhole)) this.events = []
    else this.events = connects ? [...this.events, ...events].slice(-maxTail) : events
    this.next = next
  }

  /** The messages from the offset on, at most a batch; none when the tail begins later or ends before. */
  from(offset: bigint): ReadonlyArray<CloudEvent> {
    const index = this.events.length - Number(this.next - offset)
    return index < 0 || index >= this.events.length ? [] : this.events.slice(index, index + maxBatch)
  }
}

const maxTail = 4_000

const isWhole = ({ source, data }: CloudEvent): boolean => source !== ledgerSource || data !== null

type Envelope = Omit<CloudEvent, "data">

type MessageRow = { readonly offset: bigint } & (
  | (Omit<SealedEvent, "version"> & { readonly version: bigint; readonly previous: bigint; readonly event: null })
  | { readonly event: Envelope; readonly data: Uint8Array | null }
)

/** A row of `bus_messages`, `place` events into what is published to its partition: a run of ledger events, or any other one whole. */
interface Message {
  readonly partition: number
  readonly place: number
  readonly positions: Array<bigint> | null
  readonly previous: bigint | null
  readonly event: string | null
  readonly data: Uint8Array | null
}

const messagesOf = (partition: number, events: ReadonlyArray<CloudEvent>): ReadonlyArray<Message> => {
  const messages: Array<Message> = []
  for (const [place, event] of events.entries()) {
    if (event.source !== ledgerSource) {
      const { data, ...envelope } = event
      messages.push({ partition, place, positions: null, previous: null, event: JSON.stringify(envelope), data })
      continue
    }
    const { sealed, previous } = fromCloudEvent(event)
    const run = messages.at(-1)?.positions
    if (run?.at(-1) === previous) run.push(sealed.position)
    else messages.push({ partition, place, positions: [sealed.position], previous, event: null, data: null })
  }
  return messages
}

const eventOf = (row: MessageRow): CloudEvent => {
  if (row.event !== null) return { ...row.event, data: row.data }
  const { offset: _, previous, event: __, ...sealed } = row
  return toCloudEvent({ sealed: { ...sealed, version: Number(sealed.version) }, previous })
}

const unavailable = (error: SqlError) => new EventBusUnavailable({ transport: "postgres", detail: error.message })
