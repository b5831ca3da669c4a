/**
 * TestLedger: people with accounts and purchases in a database of their own, for tests of what runs beside the requests.
 *
 *   layer(TestLedger.running, …)   every program at work, over the real bus
 *   layer(TestLedger.still, …)     nobody at work: the test hands events to actors itself, in batches of its own making
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as SqlClient from "effect/sql/SqlClient"
import * as Budget from "@finance/core/budgets/Budget"
import * as Periods from "@finance/core/budgets/Periods"
import { type CloudEvent, toCloudEvent } from "@finance/core/bus/CloudEvent"
import { type Batch, EventBus, ledgerEvents, type Topic } from "@finance/core/bus/EventBus"
import { partitionOf } from "@finance/core/bus/Partition"
import * as RuleCategorizer from "@finance/core/categorizer/RuleCategorizer"
import { Signals } from "@finance/core/database/Signals"
import * as TestDatabase from "@finance/core/database/TestDatabase"
import { inventedAccount, toStatement } from "@finance/core/demo/SpareBank1Statement"
import { carryOut } from "@finance/core/event-store/Decider"
import { EventCodec, isReadable } from "@finance/core/event-store/EventCodec"
import { EventStore, type RecordedEvent } from "@finance/core/event-store/EventStore"
import { MasterKey } from "@finance/core/event-store/MasterKey"
import * as PostgresEventStore from "@finance/core/event-store/PostgresEventStore"
import { Vault } from "@finance/core/event-store/Vault"
import { Imports } from "@finance/core/imports/Imports"
import { VapidKeys } from "@finance/core/notifications/VapidKeys"
import * as Account from "@finance/core/ledger/Account"
import type { Category } from "@finance/core/ledger/Category"
import { type Day, noonOf } from "@finance/core/ledger/Day"
import { newId } from "@finance/core/ledger/Id"
import * as Transaction from "@finance/core/ledger/Transaction"
import { anomalyWatch } from "./anomalies/AnomalyWatch.ts"
import { budgetWatch } from "./budgets/BudgetWatch.ts"
import { categorization } from "./categorization/Categorization.ts"
import { Control } from "./Control.ts"
import * as Processor from "./Processor.ts"
import * as Processors from "./Processors.ts"
import { projections } from "./projections/Projections.ts"
import { recurring } from "./recurring/Recurring.ts"
import { transfers } from "./transfers/Transfers.ts"

/** The ledger with nobody at work on it, under a master key that other threads can be given too, or not. */
export const stillUnder = <E, R>(masterKey: Layer.Layer<MasterKey, E, R>) =>
  Imports.layer.pipe(
    Layer.provideMerge([PostgresEventStore.layer, RuleCategorizer.layer]),
    Layer.provideMerge(EventCodec.layer),
    Layer.provideMerge(Vault.layer),
    Layer.provideMerge([Signals.layer, masterKey, VapidKeys.layerRandom]),
    Layer.provideMerge(TestDatabase.layer)
  )

export const still = stillUnder(MasterKey.layerRandom)

/** A codec that remembers nothing of what this process sealed, as in one that has just started. */
export const codec = EventCodec.layer

/** The ledger with every program at work. */
export const running = Layer.provideMerge(Processors.layer, still)

// ---- People and their money ----

export const kr = (kroner: number): bigint => BigInt(Math.round(kroner * 100))

export interface Person {
  readonly owner_id: string
  readonly account: { readonly id: string; readonly currency: string }
}

/** A person, or one more account of a person. */
export const opens = Effect.fnUntraced(function* (
  opening: { readonly owner_id?: string; readonly currency?: string; readonly opening_balance?: bigint } = {}
) {
  const { owner_id = newId(), currency = "NOK", opening_balance = 0n } = opening
  const id = newId()
  yield* carryOut(
    Account.decider,
    { stream_id: id, owner_id, metadata: { actor: owner_id } },
    {
      command: "Open",
      account_id: id,
      name: "Brukskonto",
      bank_name: "SpareBank 1",
      account_type: "checking",
      currency,
      opening_balance,
      opened_on: null
    }
  )
  return { owner_id, account: { id, currency } } satisfies Person
})

/** Carries a command out on one of the person's transactions. */
export const orders = ({ owner_id }: Person, transaction_id: string, command: Transaction.TransactionCommand) =>
  carryOut(Transaction.decider, { stream_id: transaction_id, owner_id, metadata: { actor: owner_id } }, command)

export interface Line {
  readonly day: string
  readonly amount: bigint
  readonly description: string
}

/** A line that came from the person's bank, or was written by hand; returns the id of its transaction. */
export const receives = Effect.fnUntraced(function* (
  person: Person,
  { day, amount, description }: Line,
  source: Transaction.TransactionSource = "import"
) {
  const transaction_id = newId()
  yield* orders(person, transaction_id, {
    command: "Create",
    transaction_id,
    account_id: person.account.id,
    amount,
    currency: person.account.currency,
    description,
    occurred_at: noonOf(day).toISOString(),
    booking_date: day,
    value_date: null,
    external_id: null,
    source,
    import_id: null,
    raw_data: null
  })
  return transaction_id
})

/** A purchase that the person files at once; money out is positive here. Returns the id of its transaction. */
export const spends = Effect.fnUntraced(function* (person: Person, category: Category, kroner: number, day = "2025-03-10") {
  const transaction_id = yield* receives(person, { day, amount: -kr(kroner), description: `Kjøp ${category}` })
  yield* files(person, transaction_id, category)
  return transaction_id
})

export const files = (person: Person, transaction_id: string, category: Transaction.Override["category"]) =>
  orders(person, transaction_id, { command: "Override", category, user_id: person.owner_id })

/** Carries a command out on the person's budget for the category. */
export const budgets = Effect.fnUntraced(function* ({ owner_id }: Person, command: Budget.BudgetCommand) {
  const key = yield* (yield* Vault).keyOf(owner_id)
  const stream_id = key.streamIdOf(`budget/${command.category}`)
  return yield* carryOut(Budget.decider, { stream_id, owner_id, metadata: { actor: owner_id } }, command)
})

/** Cuts the person's months anew. */
export const cutsMonths = Effect.fnUntraced(function* ({ owner_id }: Person, start: Omit<Periods.SetPeriods, "command">) {
  const key = yield* (yield* Vault).keyOf(owner_id)
  const stream_id = key.streamIdOf("budget-settings")
  const command = { command: "SetPeriods", ...start } as const
  return yield* carryOut(Periods.decider, { stream_id, owner_id, metadata: { actor: owner_id } }, command)
})

/** As if the events after the position had been recorded evenly over the time between these days, in their order. */
export const recordedBetween = Effect.fnUntraced(function* (after: bigint, first: string, last: string) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    WITH ordered AS (SELECT position, percent_rank() OVER (ORDER BY position) AS share FROM events WHERE position > ${after})
    UPDATE events SET recorded_at = ${noonOf(first)}::timestamptz + share * (${noonOf(last)}::timestamptz - ${noonOf(first)}::timestamptz)
    FROM ordered WHERE events.position = ordered.position`
})

// ---- Statements ----

/** The lines as SpareBank 1 exports them. */
export const statementOf = (lines: ReadonlyArray<Line>): Uint8Array =>
  new TextEncoder().encode(
    toStatement(
      lines.map((line) => ({ ...line, day: line.day as Day })),
      inventedAccount("test")
    )
  )

export const begins = ({ owner_id, account }: Person, content: Uint8Array) =>
  Effect.flatMap(Imports, (imports) => imports.start({ owner_id, account, filename: "kontoutskrift.csv", content }))

/** Takes the file in and waits until that is done; returns the import's id. */
export const imports = Effect.fnUntraced(function* (person: Person, content: Uint8Array) {
  const import_id = yield* begins(person, content)
  yield* completed(import_id)
  return import_id
})

export const completed = (import_id: string) =>
  eventually(
    Effect.map(
      Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => sql<{ status: string; error: string | null }>`SELECT status, error FROM imports WHERE id = ${import_id}`
      ),
      ([row]) => {
        if (row?.status === "failed") throw new Error(`the import failed: ${row.error}`)
        return row?.status === "completed"
      }
    )
  )

// ---- Waiting ----

/** Waits for the condition, half a minute at most. */
export const eventually = <E, R>(condition: Effect.Effect<boolean, E, R>) =>
  condition.pipe(
    Effect.andThen((holds) => (holds ? Effect.void : Effect.fail("it has not come about in time" as const))),
    Effect.retry(Schedule.max([Schedule.spaced("20 millis"), Schedule.recurs(1_500)]))
  )

/** Waits until every program has come to the end of the log, and so nothing more will come of what was done so far. */
export const settled = eventually(
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const rows = yield* sql<{ owner_id: string; position: bigint; processor: string; partition: number; checkpoint: bigint }>`
      SELECT e.owner_id, e.position, c.processor, c.partition, c.position AS checkpoint
      FROM (SELECT owner_id, max(position) AS position FROM events GROUP BY owner_id) e CROSS JOIN checkpoints c`
    const owners = new Set(rows.map(({ owner_id }) => owner_id))
    const there = rows.filter(
      (row) => row.partition === partitionOf(row.owner_id, ledgerEvents.partitions) && row.checkpoint >= row.position
    )
    return there.length === owners.size * 8 && owners.size > 0
  })
)

// ---- Actors handed their events by the test ----

/** A status that remembers what went wrong on the way. */
export class Observed implements Processor.ProcessorStatus {
  readonly name: string
  readonly version = 1
  readonly actors: Processor.ProcessorStatus["actors"] = new Map()
  readonly errors: Array<string> = []
  constructor(name: string) {
    this.name = name
  }
  readonly told = (error: string) => void this.errors.push(error)
  get handled(): number {
    return [...this.actors.values()].reduce((sum, { handled }) => sum + handled, 0)
  }
}

/** The program as the actor it really is, but for its bus: what it gets, and when, the test decides. */
export const actor = Effect.fnUntraced(function* <E, R>(program: Processor.Program<E, R>) {
  const mailbox = yield* Deferred.make<(batch: Batch) => Effect.Effect<void>>()
  const status = new Observed(program.name)
  const bus = EventBus.of({
    transport: "test",
    isTransactional: false,
    publish: () => Effect.void,
    lag: () => Effect.succeed([]),
    subscribe: <R>(_topic: Topic, _group: string, handle: (batch: Batch) => Effect.Effect<void, never, R>) =>
      Effect.context<R>().pipe(
        Effect.andThen((context) => Deferred.succeed(mailbox, (batch) => Effect.provideContext(handle(batch), context))),
        Effect.andThen(Effect.never)
      )
  })
  yield* Effect.forkScoped(
    Processor.run(program, status).pipe(Effect.provideService(EventBus, bus), Effect.provide(Control.layer))
  )
  return { deliver: yield* Deferred.await(mailbox), status }
})

/** What the outbox tells the bus of, by partition: every event, or those after the position. */
export const messagesAfter = Effect.fnUntraced(function* (position: bigint) {
  const sql = yield* SqlClient.SqlClient
  const store = yield* EventStore
  const [head] = yield* sql<{ position: bigint }>`SELECT coalesce(max(position), 0) AS position FROM events`
  const partitions = new Map<number, Array<CloudEvent>>()
  const last = new Map<number, bigint>()
  for (const sealed of yield* store.readLog(position, head!.position, 1_000_000)) {
    const partition = partitionOf(sealed.owner_id, ledgerEvents.partitions)
    const told = partitions.get(partition) ?? []
    partitions.set(partition, told)
    told.push(toCloudEvent({ sealed, previous: last.get(partition) ?? 0n }))
    last.set(partition, sealed.position)
  }
  return partitions
})

/** How a bus hands over the messages of a partition: in which batches, some perhaps again, some never. */
export type Delivery = (messages: ReadonlyArray<CloudEvent>) => ReadonlyArray<ReadonlyArray<CloudEvent>>

export const atOnce: Delivery = (messages) => [messages]
export const oneByOne: Delivery = (messages) => messages.map((message) => [message])

/** Hands the log to the program: all of it, or what comes after the position. */
export const handOver = Effect.fnUntraced(
  function* <E, R>(program: Processor.Program<E, R>, delivery: Delivery = atOnce, after = 0n) {
    const { deliver, status } = yield* actor(program)
    for (const [partition, told] of yield* messagesAfter(after)) {
      for (const events of delivery(told)) yield* deliver({ partition, events })
    }
    return status
  },
  Effect.scoped,
  Effect.timeout("2 minutes")
)

/** Hands the whole log to every program, and what they make of it to the next. */
export const workThrough = Effect.fnUntraced(function* (delivery: Delivery = atOnce) {
  yield* handOver(categorization, delivery)
  yield* handOver(transfers, delivery)
  yield* handOver(budgetWatch, delivery)
  yield* handOver(anomalyWatch, delivery)
  yield* handOver(recurring, delivery)
  yield* handOver(projections, delivery)
})

/** The events of these people, in order and in the clear: all of them, or those after the position. */
export const logOf = Effect.fnUntraced(function* (people: ReadonlyArray<Person>, after = 0n) {
  const codec = yield* EventCodec
  const store = yield* EventStore
  const owners = new Set(people.map(({ owner_id }) => owner_id))
  const sealed = yield* store.readLog(after, 2n ** 62n, 1_000_000)
  const opened = yield* codec.open(sealed.filter(({ owner_id }) => owners.has(owner_id)))
  return opened.map((event): RecordedEvent => {
    if (!isReadable(event)) throw event.unreadable
    return event
  })
})
