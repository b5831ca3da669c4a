import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import * as SqlClient from "effect/sql/SqlClient"
import * as PostgresEventBus from "@finance/core/bus/PostgresEventBus"
import { type Append, EventStore } from "@finance/core/event-store/EventStore"
import { ReadFence } from "@finance/core/event-store/ReadFence"
import { noonOf } from "@finance/core/ledger/Day"
import { newId } from "@finance/core/ledger/Id"
import { Outbox } from "@finance/core/outbox/Outbox"
import * as ProcessorControl from "@finance/core/processors/ProcessorControl"
import { Control } from "@finance/processors/Control"
import * as Notebook from "@finance/processors/Notebook"
import * as Processor from "@finance/processors/Processor"
import * as TestLedger from "@finance/processors/TestLedger"
import { eventually, type Person } from "@finance/processors/TestLedger"
import * as Figures from "./Figures.ts"

const events = 10_000
const people = 40
const chunk = 250
/** Between two chunks: nobody falls behind without a reason. */
const pause = "100 millis"

const ledger = Outbox.layer.pipe(
  Layer.provideMerge([PostgresEventBus.layer, ReadFence.layer, Control.layer, Notebook.table]),
  Layer.provideMerge(TestLedger.still)
)

const purchaseOf = ({ owner_id, account }: Person, transaction_id: string): Append => ({
  stream_id: transaction_id,
  stream_type: "transaction",
  owner_id,
  expected: "any",
  metadata: { actor: "imports" },
  events: [
    {
      type: "TransactionCreated",
      transaction_id,
      account_id: account.id,
      amount: -9_900n,
      currency: "NOK",
      description: "REMA 1000",
      occurred_at: noonOf("2025-03-10").toISOString(),
      booking_date: "2025-03-10",
      value_date: null,
      external_id: null,
      source: "import",
      import_id: null,
      raw_data: null
    }
  ]
})

/** So many purchases of so many people, one in the middle of them by the stream's id; some come later to that one's stream. */
const buy = Effect.fnUntraced(function* (bad: string) {
  const store = yield* EventStore
  const buyers = Array.from({ length: people }, (): Person => ({ owner_id: newId(), account: { id: newId(), currency: "NOK" } }))
  for (let at = 0; at < events; at += chunk) {
    yield* Effect.sleep(pause)
    const isMiddle = at <= events / 2 && events / 2 < at + chunk
    const purchases = Array.from({ length: chunk }, (_, index) =>
      purchaseOf(buyers[(at + index) % people]!, isMiddle && index === chunk / 2 ? bad : newId())
    )
    yield* store.append(purchases)
    if (at > events / 2 && at % (4 * chunk) === 0)
      yield* store.append([purchaseOf(buyers[(events / 2 + chunk / 2) % people]!, bad)])
  }
})

/** Milliseconds from when an event after the position was recorded until it was handled, of all but one stream. */
const delays = Effect.fnUntraced(function* (notebook: Notebook.Notebook, bad: string, after: bigint) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ delay: number }>`
    SELECT (extract(epoch FROM n.at - e.recorded_at) * 1000)::float8 AS delay FROM notes n JOIN events e USING (event_id)
    WHERE n.notebook = ${notebook.program.name} AND e.stream_id <> ${bad} AND e.position > ${after}`
  return rows.map(({ delay }) => delay)
})

const run = Effect.fnUntraced(function* (isPoisoned: boolean) {
  const sql = yield* SqlClient.SqlClient
  const notebook = yield* Notebook.make("stream")
  const bad = newId()
  const actors = yield* Effect.forkChild(
    Processor.run(notebook.program, { name: notebook.program.name, version: 1, actors: new Map() })
  )
  const [before] = yield* sql<{ count: number; position: bigint }>`
    SELECT count(*)::int AS count, coalesce(max(position), 0) AS position FROM events WHERE type = 'TransactionCreated'`
  yield* eventually(Effect.map(notebook.handled, ({ length }) => length === before!.count))
  if (isPoisoned) notebook.poisonStream = bad
  yield* buy(bad)
  const ofBad = yield* sql<{ event_id: string }>`SELECT event_id FROM events WHERE stream_id = ${bad} ORDER BY position`
  const all = before!.count + events + ofBad.length - 1
  const waiting = isPoisoned ? ofBad.length : 0
  yield* eventually(Effect.map(notebook.handled, ({ length }) => length === all - waiting))
  const measured = yield* delays(notebook, bad, before!.position)
  assert.deepStrictEqual(
    yield* notebook.parked,
    ofBad.slice(0, waiting).map(({ event_id }) => event_id)
  )
  notebook.poisonStream = undefined
  yield* ProcessorControl.replayParked(notebook.program.name)
  yield* eventually(Effect.map(notebook.parked, ({ length }) => length === 0))
  const own = new Set(ofBad.map(({ event_id }) => event_id))
  assert.deepStrictEqual(
    (yield* notebook.handled).filter((id) => own.has(id)),
    ofBad.map(({ event_id }) => event_id)
  )
  yield* Fiber.interrupt(actors)
  return measured
})

layer(ledger, { excludeTestServices: true, timeout: "2 minutes" })("One purchase that cannot be handled, among 10,000", (it) => {
  it.effect("holds up nobody else's, and once it can be, what came of it follows in order", () =>
    Effect.gen(function* () {
      const outbox = yield* Outbox
      yield* Effect.forkChild(outbox.run)
      for (const isPoisoned of [false, true, false, true]) {
        // each failure says so, and here that is what is wanted
        const measured = yield* Effect.provideService(run(isPoisoned), References.MinimumLogLevel, "Fatal")
        Figures.tell(`until an event is handled, ${isPoisoned ? "one among them poison" : "none poison"}`, "ms", measured)
      }
    })
  )
})
