/**
 * Log: what must hold in the event log and in what the programs made of it, whatever has happened to their processes. Read from the
 * database itself, as its owner.
 */
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as SqlClient from "effect/sql/SqlClient"

/** Each a promise, and a query for what breaks it. */
const promises: Readonly<Record<string, string>> = {
  "versions of a stream are 1, 2, 3 …":
    "SELECT stream_id FROM events GROUP BY stream_id HAVING min(version) <> 1 OR max(version) <> count(*) OR count(DISTINCT version) <> count(*)",
  "positions rise with versions":
    "SELECT * FROM (SELECT stream_id, position, lag(position) OVER (PARTITION BY stream_id ORDER BY version) AS before FROM events) e WHERE position < before",
  "a stream's version is that of its last event":
    "SELECT s.stream_id FROM streams s LEFT JOIN (SELECT stream_id, max(version) AS version FROM events GROUP BY stream_id) e USING (stream_id) WHERE s.version IS DISTINCT FROM e.version",
  "every transaction was created once": `
    SELECT stream_id FROM events WHERE type = 'TransactionCreated' GROUP BY stream_id HAVING count(*) > 1`,
  "every transaction was categorised once": `
    SELECT c.stream_id FROM events c LEFT JOIN events o ON o.stream_id = c.stream_id AND o.type = 'TransactionCategorized'
    WHERE c.type = 'TransactionCreated' GROUP BY c.stream_id HAVING count(o.*) <> 1`,
  "a threshold of a budget is told of once a month":
    "SELECT owner_id FROM budget_alerts GROUP BY owner_id, category, month, currency, threshold_percentage HAVING count(*) > 1",
  "every alert in the log is in the list":
    "SELECT count(*) FROM events WHERE type = 'BudgetExceeded' HAVING count(*) <> (SELECT count(*) FROM budget_alerts)",
  "the balance of an account is the sum of its entries": `
    SELECT a.id FROM account_projections a LEFT JOIN transaction_events t ON t.account_id = a.id
    GROUP BY a.id, a.opening_balance, a.current_balance HAVING a.current_balance <> a.opening_balance + coalesce(sum(t.balance_change), 0)`,
  "daily sums are the sums of transactions": `
    SELECT owner_id FROM transactions WHERE NOT deleted GROUP BY owner_id
    HAVING sum(amount) <> (SELECT sum(total_amount) FROM daily_aggregates d WHERE d.owner_id = transactions.owner_id)`
}

const broken = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  // The read models show nobody's rows to their owner without being asked to.
  yield* sql`SET ROLE finance_projector`
  const found: Array<string> = []
  for (const [promise, query] of Object.entries(promises)) {
    const rows = yield* sql.unsafe(query)
    if (rows.length > 0) found.push(`${promise}: not so in ${rows.length} cases, such as ${JSON.stringify(rows[0], bigints)}`)
  }
  return found
})

const bigints = (_: string, value: unknown) => (typeof value === "bigint" ? String(value) : value)

/** The promises that do not hold: none, when all is well. */
export const brokenPromises = (databaseUrl: string): Promise<ReadonlyArray<string>> =>
  Effect.runPromise(Effect.provide(broken, PgClient.layer({ url: Redacted.make(databaseUrl), maxConnections: 1 })))
