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
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as SqlClient from "effect/sql/SqlClient"
import { isSqlError } from "effect/sql/SqlError"
import { ledgerEvents } from "@finance/core/bus/EventBus"
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

/** Rebuilds the program's tables and switches to them, whether the program runs meanwhile or not. Interrupting it abandons it. */
export const run = Effect.fn("Rebuild.run")(function* <E, R>(program: Rebuildable<E, R>) {
  const owner = yield* Database.dedicated("migrator", "rebuild")
  const filler = yield* Database.dedicated("projector", "rebuild")
  const shadows = { schema: `rebuild_${program.name}`, tables: program.tables }
  if (!(yield* SessionLock.tryTake(owner, shadows.schema))) return yield* new AlreadyRebuilding({ processor: program.name })
  const start = yield* Clock.currentTimeMillis
  yield* owner`SELECT set_config('maintenance_work_mem', '256MB', false)`
  yield* ShadowTables.create(owner, shadows)
  // Without the live tables in sight, what is not among the shadows fails instead of being written twice.
  yield* filler`SELECT set_config('search_path', ${shadows.schema}, false), set_config('synchronous_commit', 'off', false)`
  const inShadows = Effect.provideService(SqlClient.SqlClient, filler)
  const follow = (events: ReadonlyArray<RecordedEvent>) => filler.withTransaction(inShadows(program.follow(events)))

  const reader = yield* makeReader(program)
  yield* reader.read(yield* endOfLog, (events) => inShadows(program.fill(events)))
  yield* inShadows(program.settle)
  yield* ShadowTables.complete(owner, shadows)
  yield* reader.read(yield* endOfLog, follow)

  const untold: Array<Changes.Change> = []
  const switchOver = Effect.gen(function* () {
    const held = yield* hold(owner, program.name)
    yield* reader.read(held, (events) => Effect.map(follow(events), (changes) => void untold.push(...changes)))
    yield* ShadowTables.lockLive(owner, shadows)
    yield* forgetErased(filler, shadows)
    yield* ShadowTables.replace(owner, shadows)
    yield* owner`UPDATE checkpoints SET position = ${reader.position()}, updated_at = now() WHERE processor = ${program.name}`
  })
  yield* owner.withTransaction(switchOver).pipe(Effect.retry({ while: isBusy, schedule: patience }))
  yield* Changes.record(untold)
  const seconds = ((yield* Clock.currentTimeMillis) - start) / 1_000
  return { events: reader.events(), seconds, position: reader.position() } satisfies Rebuilt
}, Effect.scoped)

/** How far the log goes now: everything up to there can be read. */
const endOfLog = Effect.gen(function* () {
  const fence = yield* ReadFence
  const { head } = yield* fence.advance
  const { position } = yield* fence.advance.pipe(
    Effect.repeat({ until: ({ position }) => position >= head, schedule: Schedule.spaced("20 millis") })
  )
  return position
})

/** Reads the log onward, page by page, each once: the next is fetched while one is opened and the one before that is taken in. */
const makeReader = Effect.fnUntraced(function* ({ name, types }: Pick<Rebuildable<never, never>, "name" | "types">) {
  const store = yield* EventStore
  const codec = yield* EventCodec
  let position = 0n
  let events = 0

  const pages = (upTo: bigint) =>
    Stream.paginate(position, (after) =>
      Effect.map(store.readLog(after, upTo, pageOf), (log) => {
        const next = log.length < pageOf ? Option.none() : Option.some(log.at(-1)!.position)
        return [log.length === 0 ? [] : [log], next] as const
      })
    )

  const open = Effect.fnUntraced(function* (log: ReadonlyArray<SealedEvent>) {
    const readable: Array<RecordedEvent> = []
    for (const event of yield* codec.open(log.filter(({ type }) => types.has(type as EventType)))) {
      if (isReadable(event)) readable.push(event)
      else if (event.unreadable._tag !== "Erased") {
        return yield* new CannotRebuild({ processor: name, position: event.position, detail: event.unreadable.message })
      }
    }
    return { readable, last: log.at(-1)!.position }
  })

  const read = <A, E, R>(upTo: bigint, take: (events: ReadonlyArray<RecordedEvent>) => Effect.Effect<A, E, R>) =>
    pages(upTo).pipe(
      Stream.buffer({ capacity: 1 }),
      Stream.mapEffect(open),
      Stream.buffer({ capacity: 1 }),
      Stream.runForEach(({ readable, last }) =>
        Effect.gen(function* () {
          if (readable.length > 0) yield* take(readable)
          position = last
          events += readable.length
          yield* Effect.logDebug(`${name}: ${events} events rebuilt, position ${position} of ${upTo}`)
        })
      )
    )

  return { read, position: () => position, events: () => events }
})

/** Locks the program's checkpoints, so that its actors wait; answers with how far the one that is furthest has come. */
const hold = Effect.fnUntraced(function* (owner: SqlClient.SqlClient, processor: string) {
  // Shorter than deadlock_timeout: of two that wait for each other it is the rebuild that steps back, and never a request.
  yield* owner`SELECT set_config('lock_timeout', '500ms', true)`
  yield* owner`
    INSERT INTO checkpoints (processor, partition, position)
    SELECT ${processor}, partition, 0 FROM generate_series(0, ${ledgerEvents.partitions - 1}) AS p (partition) ON CONFLICT DO NOTHING`
  const rows = yield* owner<{ readonly position: bigint }>`
    SELECT position FROM checkpoints WHERE processor = ${processor} ORDER BY partition FOR UPDATE`
  return rows.reduce((furthest, { position }) => (position > furthest ? position : furthest), 0n)
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

const pageOf = 2_000
