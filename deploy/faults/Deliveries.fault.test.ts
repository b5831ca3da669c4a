import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import { Database } from "@finance/core/database/Database"
import { drawFrom } from "@finance/core/demo/Draw"
import { ReadFence } from "@finance/core/event-store/ReadFence"
import { addMonths, dayIn } from "@finance/core/ledger/Day"
import { Outbox } from "@finance/core/outbox/Outbox"
import { alertsOf } from "@finance/processors/budgets/AlertFold"
import * as Messenger from "@finance/processors/notifications/Messenger"
import { reconcile } from "@finance/processors/reconciliation/Reconciliation"
import * as Supervisor from "@finance/processors/Supervisor"
import * as TestLedger from "@finance/processors/TestLedger"
import { budgets, files, kr, logOf, opens, orders, type Person, receives, settled } from "@finance/processors/TestLedger"
import * as UnreliableEventBus from "./UnreliableEventBus.ts"

const ledger = Layer.effectDiscard(Effect.forkScoped(Supervisor.run)).pipe(
  Layer.provide(Outbox.layer),
  Layer.provide([UnreliableEventBus.layer("the worst of buses"), ReadFence.layer, Messenger.layer]),
  // relays that start again say so, and here they do all the time
  Layer.provide(Layer.succeed(References.MinimumLogLevel, "Fatal")),
  Layer.provideMerge(TestLedger.still)
)

/** People are told of the months about now: the last one, this one and the next. */
const now = dayIn(new Date()).slice(0, 7)
const months = [-1, 0, 1].map((months) => addMonths(now, months))

/** Some weeks of somebody who buys, thinks again and takes back, with a budget that they will be over. */
const lives = Effect.fnUntraced(function* (person: Person, seed: string) {
  const draw = drawFrom(seed)
  for (const month of months) {
    yield* budgets(person, { command: "Set", category: "groceries", amount: kr(2_000), currency: "NOK", month })
  }
  for (let purchase = 0; purchase < 60; purchase++) {
    const day = `${draw.pick(months)}-${draw.between(10, 28)}`
    const description = draw.pick(["REMA 1000 TORSHOV", "KIWI 505 OSLO", "Ukjent Butikk", "RUTER APP"])
    const bought = yield* receives(person, { day, amount: -kr(draw.between(10, 400)), description })
    if (draw.chance(20)) yield* files(person, bought, draw.pick(["groceries", "health"]))
    if (draw.chance(10)) yield* orders(person, bought, { command: "Delete" })
  }
})

/** Ends the session that the relay holds its lock on, wherever it is: before it publishes, or between the broker's word and the checkpoint. */
const killRelay = Effect.scoped(
  Effect.gen(function* () {
    const owner = yield* Database.dedicated("migrator", "killer")
    yield* owner`
      SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid()
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`
  })
)

layer(ledger, { excludeTestServices: true, timeout: "2 minutes" })(
  "A bus that repeats, shuffles and loses, and a relay that is killed",
  (it) => {
    it.effect("change nothing of what people own, spent and were told of", () =>
      Effect.gen(function* () {
        const people = yield* Effect.forEach(["Kari", "Ola", "Åse"], () => opens({ opening_balance: kr(10_000) }))
        const killer = Effect.forever(Effect.andThen(Effect.sleep("300 millis"), killRelay))
        yield* Effect.forEach(people, (person) => lives(person, person.owner_id), { concurrency: "unbounded" }).pipe(
          Effect.raceFirst(killer)
        )
        yield* settled
        const alerts = alertsOf(yield* logOf(people))
        assert.strictEqual((yield* reconcile()).people, people.length)
        const told = (yield* logOf(people)).flatMap(({ event, owner_id }) =>
          event.type === "BudgetExceeded" ? [`${owner_id}/${event.category}/${event.period}/${event.threshold_percentage}`] : []
        )
        assert.strictEqual(new Set(told).size, told.length)
        assert.isAbove(alerts.length, 0)
        assert.strictEqual(told.length, alerts.length)
      })
    )
  }
)
