import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import { drawFrom } from "@finance/core/demo/Draw"
import { carryOut } from "@finance/core/event-store/Decider"
import { EventStore } from "@finance/core/event-store/EventStore"
import { Vault } from "@finance/core/event-store/Vault"
import * as Account from "@finance/core/ledger/Account"
import { newId } from "@finance/core/ledger/Id"
import { projections } from "../projections/Projections.ts"
import * as TestLedger from "../TestLedger.ts"
import {
  budgets,
  cutsMonths,
  files,
  handOver,
  kr,
  opens,
  orders,
  type Person,
  receives,
  settled,
  spends,
  workThrough
} from "../TestLedger.ts"
import { ReadModelDiffers, reconcile } from "./Reconciliation.ts"

/** Some weeks of somebody who does everything that a tracker can be told. */
const lives = Effect.fnUntraced(function* (seed: string) {
  const person = yield* opens({ opening_balance: kr(1_000) })
  const euros = yield* opens({ owner_id: person.owner_id, currency: "EUR" })
  const draw = drawFrom(seed)
  const { owner_id } = person
  yield* cutsMonths(person, { month_starts_on: 25, on_working_day: true, from_month: null })
  const month = new Date().toISOString().slice(0, 7)
  yield* budgets(person, { command: "Set", category: "groceries", amount: kr(500), currency: "NOK", month, rollover: "both" })
  yield* budgets(person, { command: "Set", category: "dining", amount: kr(50), currency: "NOK", month, one_month: true })
  yield* budgets(person, { command: "Remove", category: "dining", month })
  yield* spends(person, "groceries", 900, `${month}-10`)
  const savings = yield* opens({ owner_id })
  yield* receives(person, { day: "2025-03-12", amount: -kr(2_000), description: "Overføring mellom egne kontoer" })
  yield* receives(savings, { day: "2025-03-13", amount: kr(2_000), description: "Overføring mellom egne kontoer" })
  for (let week = 0; week < 6; week++) {
    const account = draw.chance(30) ? euros : person
    const bought = yield* receives(account, {
      day: `2025-03-${10 + week}`,
      amount: -kr(draw.between(10, 900)),
      description: `KIWI ${week}`
    })
    if (draw.chance(50)) yield* files(account, bought, draw.pick(["dining", "uncategorized"]))
    yield* orders(account, bought, {
      command: "Update",
      merchant_name: draw.pick([null, "Kiwi"]),
      notes: "kvittering",
      tags: ["mat"]
    })
    yield* orders(account, bought, { command: "Update", occurred_at: { at: "2025-02-01T12:00:00.000Z", day: "2025-02-01" } })
    if (draw.chance(40)) yield* orders(account, bought, { command: "Delete" })
    if (draw.chance(40)) yield* Effect.ignore(orders(account, bought, { command: "Restore" }))
  }
  const at = { stream_id: person.account.id, owner_id, metadata: { actor: owner_id } }
  yield* carryOut(Account.decider, at, { command: "Rename", name: "Felleskonto" })
  yield* tells(owner_id)
  return person
})

/** What programs and people say of themselves and of what was found. */
const tells = Effect.fnUntraced(function* (owner_id: string) {
  const store = yield* EventStore
  const of = { owner_id, expected: "any", metadata: { actor: owner_id } } as const
  const found = (anomaly_id: string) =>
    ({
      type: "AnomalyDetected",
      anomaly_id,
      transaction_id: newId(),
      anomaly_type: "duplicate",
      anomaly_score: 0.93,
      explanation: { code: "category.unknown", params: {} },
      evidence: [newId()],
      late: false
    }) as const
  const [open, dismissed, withdrawn] = [newId(), newId(), newId()].map(found) as [
    ReturnType<typeof found>,
    ReturnType<typeof found>,
    ReturnType<typeof found>
  ]
  for (const detected of [open, dismissed, withdrawn]) {
    yield* store.appendOne({ ...of, stream_id: detected.anomaly_id, stream_type: "anomaly", events: [detected] })
  }
  const { anomaly_id, transaction_id, anomaly_type } = dismissed
  yield* store.appendOne({
    ...of,
    stream_id: anomaly_id,
    stream_type: "anomaly",
    events: [{ type: "AnomalyDismissed", anomaly_id, transaction_id, anomaly_type }]
  })
  yield* store.appendOne({
    ...of,
    stream_id: withdrawn.anomaly_id,
    stream_type: "anomaly",
    events: [
      {
        type: "AnomalyWithdrawn",
        anomaly_id: withdrawn.anomaly_id,
        transaction_id: withdrawn.transaction_id,
        anomaly_type,
        reason: "deleted"
      }
    ]
  })
  yield* store.appendOne({
    ...of,
    stream_id: owner_id,
    stream_type: "user",
    events: [
      {
        type: "ConsentGranted",
        user_id: owner_id,
        consent_type: "analytics",
        policy_version: "1",
        ip_address: "::1",
        user_agent: "test"
      },
      {
        type: "ConsentWithdrawn",
        user_id: owner_id,
        consent_type: "analytics",
        policy_version: "1",
        ip_address: "::1",
        user_agent: "test"
      }
    ]
  })
})

/** What is said once the statement has damaged a table. */
const saidAfter = Effect.fnUntraced(function* (owner_id: string, damage: string) {
  const sql = yield* SqlClient.SqlClient
  yield* sql.unsafe(damage.replaceAll(":owner", `'${owner_id}'`))
  return yield* Effect.flip(reconcile())
})

const damages: ReadonlyArray<readonly [model: string, statement: string, column: string | null]> = [
  [
    "account_projections",
    "UPDATE account_projections SET current_balance = current_balance + 1 WHERE owner_id = :owner AND currency = 'NOK'",
    "current_balance"
  ],
  [
    "account_projections",
    "UPDATE account_projections SET name = 'Brukskonto' WHERE owner_id = :owner AND name = 'Felleskonto'",
    "name"
  ],
  [
    "transactions",
    "UPDATE transactions SET amount = amount + 1 WHERE id = (SELECT min(id::text)::uuid FROM transactions WHERE owner_id = :owner)",
    "amount"
  ],
  ["transactions", "UPDATE transactions SET category_explanation = '{}' WHERE owner_id = :owner", "category_explanation"],
  ["transactions", "UPDATE transactions SET transfer_id = NULL WHERE owner_id = :owner AND amount = 200000", "transfer_id"],
  [
    "transaction_events",
    "UPDATE transaction_events SET balance_change = 1 WHERE owner_id = :owner AND balance_change = 0",
    "balance_change"
  ],
  ["daily_aggregates", "UPDATE daily_aggregates SET spent_amount = spent_amount + 1 WHERE owner_id = :owner", "spent_amount"],
  ["daily_aggregates", "INSERT INTO daily_aggregates VALUES (:owner, '2020-01-01', 'groceries', '', 'NOK', 0, 0, 0)", null],
  ["budget_alerts", "UPDATE budget_alerts SET current_spent = current_spent - 1 WHERE owner_id = :owner", "current_spent"],
  ["anomalies", "UPDATE anomalies SET status = 'open' WHERE owner_id = :owner", "status"],
  ["anomalies", "DELETE FROM anomalies WHERE owner_id = :owner AND status = 'open'", null],
  ["user_consents", "UPDATE user_consents SET granted = true WHERE owner_id = :owner", "granted"],
  ["budgets", "UPDATE budgets SET amount = 1 WHERE owner_id = :owner AND amount IS NULL", "amount"],
  ["budget_settings", "DELETE FROM budget_settings WHERE owner_id = :owner", null],
  ["budget_days", "UPDATE budget_days SET spent[3] = spent[3] + 1 WHERE owner_id = :owner", null],
  ["budget_status", "UPDATE budget_status SET thresholds_reached = '{80}' WHERE owner_id = :owner", "thresholds_reached"]
]

layer(TestLedger.still, { excludeTestServices: true, timeout: "2 minutes" })("the read models against the log", (it) => {
  it.effect("agree, whatever people did, and every table has something to say", () =>
    Effect.gen(function* () {
      const people = yield* Effect.forEach(["Kari", "Ola", "Åse"], lives)
      yield* workThrough()
      const { people: compared, events, rows } = yield* reconcile()
      assert.strictEqual(compared, people.length)
      assert.isAbove(events, 3 * 30)
      assert.isAbove(rows, 3 * 40)
    })
  )

  it.effect("are found wrong by one øre, one word or one row, and it is said whose, where and what", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      for (const [model, damage, column] of damages) {
        const person = yield* lives(model)
        yield* workThrough()
        yield* reconcile()
        const said = yield* saidAfter(person.owner_id, damage)
        assert.instanceOf(said, ReadModelDiffers, damage)
        assert.deepInclude({ ...said }, { owner_id: person.owner_id, model, column })
        assert.include(said.message, `${model}${column === null ? "" : `.${column}`} of person ${person.owner_id}`)
        // so that the next one is the only one
        yield* (yield* Vault).forget(person.owner_id)
        const tables = new Set(damages.map(([model]) => model))
        for (const table of tables) yield* sql`DELETE FROM ${sql(table)} WHERE owner_id = ${person.owner_id}`
      }
      yield* reconcile()
    })
  )

  it.effect("are behind the log and right, where a program has not come to its end", () =>
    Effect.gen(function* () {
      yield* lives("behind")
      yield* handOver(projections)
      const { rows } = yield* reconcile()
      yield* workThrough()
      assert.isAbove((yield* reconcile()).rows, rows)
    })
  )

  it.effect("lack what is parked, and nothing else", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const person = yield* opens()
      yield* receives(person, { day: "2025-03-10", amount: -kr(99), description: "KIWI" })
      yield* workThrough()
      yield* reconcile()
      // as if the program had never been able to handle them
      yield* sql`
        INSERT INTO parked_events (processor, partition, key, position, event_id, stream_id, stream_type, type, owner_id)
        SELECT 'projections', 0, stream_id, position, event_id, stream_id, stream_type, type, owner_id FROM events
        WHERE owner_id = ${person.owner_id} AND stream_type = 'transaction'`
      assert.instanceOf(yield* Effect.flip(reconcile()), ReadModelDiffers)
      for (const table of ["transactions", "transaction_events", "daily_aggregates"]) {
        yield* sql`DELETE FROM ${sql(table)} WHERE owner_id = ${person.owner_id}`
      }
      yield* sql`UPDATE account_projections SET current_balance = 0, transaction_count = 0 WHERE owner_id = ${person.owner_id}`
      yield* reconcile()
    })
  )

  it.effect("hold nothing of who has been erased", () =>
    Effect.gen(function* () {
      const person = yield* lives("erased")
      yield* workThrough()
      yield* (yield* Vault).forget(person.owner_id)
      const said = yield* Effect.flip(reconcile())
      assert.instanceOf(said, ReadModelDiffers)
      assert.deepInclude({ ...said }, { owner_id: person.owner_id, expected: "no row", found: "a row" })
    })
  )
})

layer(TestLedger.running, { excludeTestServices: true, timeout: "2 minutes" })("while the tracker is at work", (it) => {
  it.effect("the read models agree with the log at every look", () =>
    Effect.gen(function* () {
      const busy = (person: Person, seed: string) =>
        Effect.forEach(Array.from({ length: 25 }), () => spends(person, drawFrom(seed).pick(["groceries", "dining"]), 40))
      const working = Effect.forEach(
        ["Kari", "Ola", "Åse"],
        (name) => Effect.flatMap(lives(name), (person) => busy(person, name)),
        {
          concurrency: "unbounded"
        }
      )
      let looks = 0
      const looking = Effect.forever(Effect.tap(reconcile(), () => Effect.sync(() => looks++)))
      yield* Effect.raceFirst(working, looking)
      yield* settled
      assert.isAbove((yield* reconcile()).rows, 300)
      assert.isAbove(looks, 0)
    })
  )
})
