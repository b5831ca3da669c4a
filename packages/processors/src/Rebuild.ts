/**
 * Rebuild: fills the read models of a program anew from the whole log, beside the live ones, and puts them in their place.
 *
 *   log ─page─▶ open ─▶ fill ─▶ shadow tables ─▶ settle, keys, indexes ─▶ follow ─┬─ live program held ─┐
 *                                                                                 │  last stretch       ├─▶ commit
 *                                                                                 └─ switch, checkpoints┘
 *
 * Terms. *fill*: takes the bulk of the log, into tables that lack most of their indexes. *settle*: works out what is better worked out
 * once. *follow*: takes what came since, as the live program would. *held*: the program's checkpoints are locked, so that its actors wait.
 *
 * Invariants
 *  1. The live tables and checkpoints are as they were until the switch, and after it the tables hold what the live program would have made
 *     of the log up to the checkpoints that are set with it: nothing is missed and nothing comes twice.
 *  2. Only the program's own tables are written: nothing is appended, and nobody is told but of what the live program had not told yet.
 *  3. A rebuild that fails or is killed leaves nothing that anybody sees, and the next one clears it away.
 *  4. One at a time for each program, among all processes.
 *  5. Memory is bounded by a few pages of the log, whatever its length.
 *  6. Who was erased while it ran is not brought back.
 *  7. What the program had parked is in the new tables like everything else, and is parked no longer.
 *  8. A program that appends is rebuilt up to where it has come, partition by partition, and its checkpoints stay: what it has not handled it
 *     has yet to tell of. For the same reason it is not rebuilt while anything of it is parked.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as SqlClient from "effect/sql/SqlClient"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { ledgerEvents } from "@finance/core/bus/EventBus"
import { partitionOf } from "@finance/core/bus/Partition"
import * as Changes from "@finance/core/changes/Changes"
import * as Columns from "@finance/core/database/Columns"
import { Database } from "@finance/core/database/Database"
import * as SessionLock from "@finance/core/database/SessionLock"
import { EventCodec, isReadable } from "@finance/core/event-store/EventCodec"
import { EventStore, type RecordedEvent, type SealedEvent } from "@finance/core/event-store/EventStore"
import type { EventType } from "@finance/core/event-store/LedgerEvent"
import { ReadFence } from "@finance/core/event-store/ReadFence"
import * as ShadowTables from "./ShadowTables.ts"

/** A program whose tables can be filled anew. What it does runs with its own tables alone in sight, as `finance_projector`. */
export interface Rebuildable<E, R> {
  /** The program's, whose checkpoints are moved. */
  readonly name: string
  readonly types: ReadonlySet<EventType>
  readonly tables: ShadowTables.Shadows["tables"]
  /** Whether the live program appends events; no unless said. It is then followed from the first event on, and not filled in bulk. */
  readonly appends?: boolean
  readonly fill: (events: ReadonlyArray<RecordedEvent>) => Effect.Effect<unknown, E, R>
  readonly settle: Effect.Effect<void, E, R>
  /** Answers with what changed, for who watches. */
  readonly follow: (events: ReadonlyArray<RecordedEvent>) => Effect.Effect<ReadonlyArray<Changes.Change>, E, R>
}

export interface Rebuilt {
  /** Events of the program's types that were read, opened and taken in. */
  readonly events: number
  /** From the first event read to the switch. */
  readonly seconds: number
  /** What the tables hold the effect of. */
  readonly position: bigint
}

/** Another process is at it. */
export class AlreadyRebuilding extends Schema.TaggedError<AlreadyRebuilding>()("AlreadyRebuilding", {
  processor: Schema.String
}) {
  override get message() {
    return `${this.processor} is being rebuilt by another process: wait for it, or stop it`
  }
}

/** An event cannot be read, and tables that lack its effect must not replace those that may have it. */
export class CannotRebuild extends Schema.TaggedError<CannotRebuild>()("CannotRebuild", {
  processor: Schema.String,
  position: Schema.BigInt,
  detail: Schema.String
}) {
  override get message() {
    return `${this.processor} cannot be rebuilt: the event at position ${this.position} cannot be read: ${this.detail}`
  }
}

/** What it has set aside it has not told of yet, and tables that hold its effect would keep it from doing so. */
export class HasParked extends Schema.TaggedError<HasParked>()("HasParked", { processor: Schema.String }) {
  override get message() {
    return `${this.processor} has parked events: have them replayed first`
  }
}

/** One of so many equal shares of the people: what a program keeps of a person is of that person alone. */
export interface Share {
  readonly index: number
  readonly of: number
}

/** How far a rebuild has come: positions of the log that it has passed, and how many there are. Written while it works. */
export interface Progress {
  done: bigint
  total: bigint
}

/**
 * Takes the bulk of the log, up to the position, into the tables of the schema, and tells of the positions that it has passed on the way;
 * answers with how many events it took in.
 */
export type Fill<E, R> = (schema: string, upTo: bigint, passed: (position: bigint) => void) => Effect.Effect<number, E, R>

/** Fills with the events of one share of the people. */
export const fillShare = Effect.fn("Rebuild.fillShare")(function* <E, R>(
  program: Rebuildable<E, R>,
  schema: string,
  upTo: bigint,
  { index, of }: Share,
  passed: (position: bigint) => void
) {
  const sql = yield* SqlClient.SqlClient
  const filler = yield* connectTo(schema)
  const page = (after: bigint) =>
    Effect.map(
      sql<Omit<SealedEvent, "version"> & { readonly version: bigint }>`
        SELECT * FROM events WHERE position > ${after} AND position <= ${upTo}
          AND coalesce(get_byte(uuid_send(owner_id), 15), 0) % ${of}::int = ${index} ORDER BY position LIMIT ${pageOf}`,
      (rows) => rows.map((row) => ({ ...row, version: Number(row.version) }))
    )
  const taken = { position: 0n, events: 0 }
  const wants = ({ type }: SealedEvent) => program.types.has(type as EventType)
  const take = (events: ReadonlyArray<RecordedEvent>) => Effect.provideService(program.fill(events), SqlClient.SqlClient, filler)
  yield* read({ name: program.name, wants }, taken, page, take, passed)
  return taken.events
}, Effect.scoped)

/**
 * Rebuilds the program's tables and switches to them, whether the program runs meanwhile or not. Interrupting it abandons it. The bulk of
 * the log is taken in by this thread unless said otherwise (`RebuildThreads`).
 */
export const run = <E, R>(program: Rebuildable<E, R>, progress?: Progress) =>
  runWith(program, (schema, upTo, passed) => fillShare(program, schema, upTo, { index: 0, of: 1 }, passed), progress)

export const runWith = Effect.fn("Rebuild.run")(function* <E, R, E2, R2>(
  program: Rebuildable<E, R>,
  fill: Fill<E2, R2>,
  progress: Progress = { done: 0n, total: 0n }
) {
  const store = yield* EventStore
  const owner = yield* Database.dedicated("migrator", "rebuild")
  const shadows = { schema: `rebuild_${program.name}`, tables: program.tables }
  if (!(yield* SessionLock.tryTake(owner, shadows.schema))) return yield* new AlreadyRebuilding({ processor: program.name })
  const start = yield* Clock.currentTimeMillis
  // Only the switch need outlive a power cut, and what it makes lasting is everything before it too.
  yield* owner`SELECT set_config('maintenance_work_mem', '256MB', false), set_config('synchronous_commit', 'off', false)`
  yield* ShadowTables.create(owner, shadows)
  const filler = yield* connectTo(shadows.schema)
  const inShadows = Effect.provideService(SqlClient.SqlClient, filler)

  if (program.appends === true) yield* refuseParked(owner, program.name)
  const passed = (position: bigint) => void (progress.done = position)
  const bulk = program.appends === true ? 0n : (progress.total = yield* endOfLog)
  const taken = { position: bulk, events: bulk === 0n ? 0 : yield* fill(shadows.schema, bulk, passed) }
  yield* Effect.logInfo(`${program.name}: ${taken.events} events taken in bulk, indexes follow`)
  yield* inShadows(program.settle)
  yield* ShadowTables.complete(owner, shadows)

  const follow = <A>({ upTo, wants }: Reach, tell: (changes: ReadonlyArray<Changes.Change>) => A) => {
    progress.total = upTo
    return read(
      { name: program.name, wants: (event) => program.types.has(event.type as EventType) && wants(event) },
      taken,
      (after) => store.readLog(after, upTo, pageOf),
      (events) => Effect.map(filler.withTransaction(inShadows(program.follow(events))), tell),
      passed
    )
  }
  const handled = handledBy()
  const followHandled = Effect.fnUntraced(function* (checkpoints: Checkpoints, tell: Parameters<typeof follow>[1]) {
    const reach = handled.upTo(checkpoints)
    yield* follow(reach, tell)
    taken.position = reach.taken(taken.position)
  })
  if (program.appends === true) yield* followHandled(yield* checkpointsOf(owner, program.name), () => undefined)
  else yield* follow({ upTo: yield* endOfLog, wants: () => true }, () => undefined)

  const untold: Array<Changes.Change> = []
  const switchOver = Effect.gen(function* () {
    const checkpoints = yield* hold(owner, program.name)
    const tell = (changes: ReadonlyArray<Changes.Change>) => untold.push(...changes)
    if (program.appends === true) yield* followHandled(checkpoints, tell)
    else yield* follow({ upTo: furthest(checkpoints), wants: () => true }, tell)
    yield* ShadowTables.lockLive(owner, shadows)
    yield* forgetErased(filler, shadows)
    yield* ShadowTables.replace(owner, shadows)
    if (program.appends === true) return yield* refuseParked(owner, program.name)
    yield* owner`UPDATE checkpoints SET position = ${taken.position}, updated_at = now() WHERE processor = ${program.name}`
    yield* owner`DELETE FROM parked_events WHERE processor = ${program.name} AND position <= ${taken.position}`
  })
  yield* owner.withTransaction(switchOver).pipe(Effect.retry({ while: isBusy, schedule: patience }))
  yield* Changes.record(untold)
  const seconds = ((yield* Clock.currentTimeMillis) - start) / 1_000
  return { ...taken, seconds } satisfies Rebuilt
}, Effect.scoped)

/** Without the live tables in sight: what is not among the shadows fails, instead of being written twice. */
const connectTo = Effect.fnUntraced(function* (schema: string) {
  const filler = yield* Database.dedicated("projector", "rebuild")
  yield* filler`SELECT set_config('search_path', ${schema}, false), set_config('synchronous_commit', 'off', false)`
  return filler
})

/** How far the log goes now: everything up to there can be read. */
const endOfLog = Effect.gen(function* () {
  const fence = yield* ReadFence
  const { head } = yield* fence.advance
  const { position } = yield* fence.advance.pipe(
    Effect.repeat({ until: ({ position }) => position >= head, schedule: Schedule.spaced("20 millis") })
  )
  return position
})

interface Taken {
  /** Everything up to here has been taken in. */
  position: bigint
  events: number
}

/** Takes the log in, page by page: the next is fetched while one is opened, and the one before that is written. */
const read = <A, E2, R2>(
  { name, wants }: { readonly name: string; readonly wants: (event: SealedEvent) => boolean },
  taken: Taken,
  page: (after: bigint) => Effect.Effect<ReadonlyArray<SealedEvent>, SqlError>,
  take: (events: ReadonlyArray<RecordedEvent>) => Effect.Effect<A, E2, R2>,
  passed: (position: bigint) => void
) =>
  Stream.paginate(taken.position, (after) =>
    Effect.map(page(after), (log) => {
      const next = log.length < pageOf ? Option.none() : Option.some(log.at(-1)!.position)
      return [log.length === 0 ? [] : [log], next] as const
    })
  ).pipe(
    Stream.buffer({ capacity: 1 }),
    Stream.mapEffect(
      Effect.fnUntraced(function* (log) {
        const codec = yield* EventCodec
        const events: Array<RecordedEvent> = []
        for (const event of yield* codec.open(log.filter(wants))) {
          if (isReadable(event)) events.push(event)
          else if (event.unreadable._tag !== "Erased") {
            return yield* new CannotRebuild({ processor: name, position: event.position, detail: event.unreadable.message })
          }
        }
        return { events, last: log.at(-1)!.position }
      })
    ),
    Stream.buffer({ capacity: 1 }),
    Stream.runForEach(
      Effect.fnUntraced(function* ({ events, last }) {
        if (events.length > 0) yield* take(events)
        taken.position = last
        taken.events += events.length
        passed(last)
        yield* Effect.logDebug(`${name}: ${taken.events} events taken in, up to position ${last}`)
      })
    )
  )

/** How far the program has come, by partition. */
type Checkpoints = ReadonlyMap<number, bigint>

const furthest = (checkpoints: Checkpoints): bigint =>
  [...checkpoints.values()].reduce((furthest, position) => (position > furthest ? position : furthest), 0n)

/** How far a stretch of the log goes, and what of it is taken in. */
interface Reach {
  readonly upTo: bigint
  readonly wants: (event: SealedEvent) => boolean
}

/** Takes in what the actors of each partition have handled, each event once, while they go on. */
const handledBy = () => {
  let before: Checkpoints = new Map()
  return {
    upTo: (checkpoints: Checkpoints) => {
      const taken = before
      let waiting: bigint | null = null
      const wants = ({ owner_id, position }: SealedEvent) => {
        const partition = partitionOf(owner_id, ledgerEvents.partitions)
        const isHandled = position <= (checkpoints.get(partition) ?? 0n)
        if (!isHandled) waiting ??= position
        return isHandled && position > (taken.get(partition) ?? 0n)
      }
      /** Everything up to here, that is: before the first event which waits for its actor. */
      const reached = (position: bigint) => {
        before = checkpoints
        return waiting === null ? position : waiting - 1n
      }
      return { upTo: furthest(checkpoints), wants, taken: reached }
    }
  }
}

const checkpointsOf = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, processor: string) {
  const rows = yield* sql<{ readonly partition: number; readonly position: bigint }>`
    SELECT partition, position FROM checkpoints WHERE processor = ${processor}`
  return new Map(rows.map(({ partition, position }) => [partition, position]))
})

const refuseParked = Effect.fnUntraced(function* (sql: SqlClient.SqlClient, processor: string) {
  const parked = yield* sql`SELECT FROM parked_events WHERE processor = ${processor} LIMIT 1`
  if (parked.length > 0) return yield* new HasParked({ processor })
})

/** Locks the program's checkpoints, so that its actors wait, and answers with them. */
const hold = Effect.fnUntraced(function* (owner: SqlClient.SqlClient, processor: string) {
  // Shorter than deadlock_timeout: of two that wait for each other it is the rebuild that steps back, and never a request.
  yield* owner`SELECT set_config('lock_timeout', '500ms', true), set_config('synchronous_commit', 'on', true)`
  yield* owner`
    INSERT INTO checkpoints (processor, partition, position)
    SELECT ${processor}, partition, 0 FROM generate_series(0, ${ledgerEvents.partitions - 1}) AS p (partition) ON CONFLICT DO NOTHING`
  yield* owner`SELECT FROM checkpoints WHERE processor = ${processor} ORDER BY partition FOR UPDATE`
  return yield* checkpointsOf(owner, processor)
})

/** Their keys went while this ran, and their rows in the live tables; no row of theirs may come with the switch. */
const forgetErased = Effect.fnUntraced(function* (filler: SqlClient.SqlClient, { tables }: ShadowTables.Shadows) {
  const erased = yield* filler<{ readonly owner_id: string }>`SELECT owner_id FROM public.data_keys WHERE wrapped_key IS NULL`
  if (erased.length === 0) return
  const owners = Columns.uuids(erased.map(({ owner_id }) => owner_id))
  for (const table of Object.keys(tables)) yield* filler`DELETE FROM ${filler(table)} WHERE owner_id = ANY(${owners})`
})

const isBusy = (error: unknown): boolean =>
  isSqlError(error) && (error.reason._tag === "LockTimeoutError" || error.reason._tag === "DeadlockError")

const patience = Schedule.max([Schedule.jittered(Schedule.spaced("200 millis")), Schedule.recurs(300)])

const pageOf = 4_000
