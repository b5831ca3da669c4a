/**
 * RecurringTables: what the recurring program keeps, read and written for a whole batch at a time.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import * as Columns from "@finance/core/database/Columns"
import type { Cadence } from "@finance/core/recurring/Cadence"
import { most } from "@finance/core/recurring/Series"
import type { Group, RecurringLine } from "./RecurringLine.ts"

// ---- Lines ----

const columns = `transaction_id AS id, owner_id, account_id, import_id, amount, currency, day::text AS day, description, merchant_name,
  category, merchant_key, to_account_id, counts`

export const linesOf = Effect.fnUntraced(function* (ids: ReadonlyArray<string>) {
  if (ids.length === 0) return []
  const sql = yield* SqlClient.SqlClient
  return yield* sql<RecurringLine>`
    SELECT ${sql.literal(columns)} FROM recurring_lines WHERE transaction_id = ANY(${Columns.uuids(ids)})`
})

const groupsIn = ({ literal }: SqlClient.SqlClient) => literal("AS g (owner_id, merchant_key, currency, incoming)")

const columnsOf = (sql: SqlClient.SqlClient, groups: ReadonlyArray<Group>) => sql`
  ${Columns.uuids(groups.map(({ owner_id }) => owner_id))}, ${Columns.texts(groups.map(({ merchant_key }) => merchant_key))},
  ${Columns.texts(groups.map(({ currency }) => currency))}, ${Columns.booleans(groups.map(({ incoming }) => incoming))}`

/** From now on the lines of these imports, each with whose it is, are seen. */
export const completeImports = Effect.fnUntraced(function* (imports: ReadonlyMap<string, string>) {
  if (imports.size === 0) return
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    INSERT INTO recurring_imports (import_id, owner_id)
    SELECT * FROM unnest(${Columns.uuids([...imports.keys()])}, ${Columns.uuids([...imports.values()])}) ON CONFLICT DO NOTHING`
})

/** The groups that the lines of these imports are in. */
export const groupsOfImports = Effect.fnUntraced(function* (import_ids: ReadonlyArray<string>) {
  if (import_ids.length === 0) return []
  const sql = yield* SqlClient.SqlClient
  return yield* sql<Group>`
    SELECT DISTINCT owner_id, merchant_key, currency, amount > 0 AS incoming FROM recurring_lines
    WHERE import_id = ANY(${Columns.uuids(import_ids)}) AND merchant_key <> ''`
})

export type Payment = Pick<
  RecurringLine,
  | "id"
  | "owner_id"
  | "account_id"
  | "amount"
  | "currency"
  | "day"
  | "merchant_name"
  | "category"
  | "merchant_key"
  | "to_account_id"
>

/** The latest payments of each group, as many as are looked at. */
export const paymentsOf = Effect.fnUntraced(function* (groups: ReadonlyArray<Group>) {
  if (groups.length === 0) return []
  const sql = yield* SqlClient.SqlClient
  return yield* sql<Payment>`
    SELECT l.* FROM unnest(${columnsOf(sql, groups)}) ${groupsIn(sql)}
    CROSS JOIN LATERAL (
      SELECT transaction_id AS id, owner_id, account_id, amount, currency, day::text AS day, merchant_name, category, merchant_key,
             to_account_id
      FROM recurring_lines r
      WHERE r.owner_id = g.owner_id AND r.merchant_key = g.merchant_key AND r.currency = g.currency AND (r.amount > 0) = g.incoming
        AND r.counts AND (r.import_id IS NULL OR EXISTS (SELECT FROM recurring_imports i WHERE i.import_id = r.import_id))
      ORDER BY r.day DESC, r.transaction_id DESC LIMIT ${most}
    ) l`
})

const rowsOf = (sql: SqlClient.SqlClient, lines: ReadonlyArray<RecurringLine>) => sql`
  SELECT * FROM unnest(
    ${Columns.uuids(lines.map(({ id }) => id))}, ${Columns.uuids(lines.map(({ owner_id }) => owner_id))},
    ${Columns.uuids(lines.map(({ account_id }) => account_id))}, ${Columns.uuids(lines.map(({ import_id }) => import_id))},
    ${Columns.bigints(lines.map(({ amount }) => amount))}, ${Columns.texts(lines.map(({ currency }) => currency))},
    ${Columns.dates(lines.map(({ day }) => day))}, ${Columns.texts(lines.map(({ description }) => description))},
    ${Columns.texts(lines.map(({ merchant_name }) => merchant_name))}, ${Columns.texts(lines.map(({ category }) => category))},
    ${Columns.texts(lines.map(({ merchant_key }) => merchant_key))},
    ${Columns.uuids(lines.map(({ to_account_id }) => to_account_id))}, ${Columns.booleans(lines.map(({ counts }) => counts))})`

const insertion = `INSERT INTO recurring_lines (transaction_id, owner_id, account_id, import_id, amount, currency, day, description,
  merchant_name, category, merchant_key, to_account_id, counts)`

export const enter = Effect.fnUntraced(function* (lines: ReadonlyArray<RecurringLine>) {
  if (lines.length === 0) return
  const sql = yield* SqlClient.SqlClient
  yield* sql`${sql.literal(insertion)} ${rowsOf(sql, lines)}`
})

export const revise = Effect.fnUntraced(function* (lines: ReadonlyArray<RecurringLine>) {
  if (lines.length === 0) return
  const sql = yield* SqlClient.SqlClient
  yield* sql`${sql.literal(insertion)} ${rowsOf(sql, lines)}
    ON CONFLICT (transaction_id) DO UPDATE SET day = excluded.day, description = excluded.description, category = excluded.category,
      merchant_name = excluded.merchant_name, merchant_key = excluded.merchant_key, to_account_id = excluded.to_account_id,
      counts = excluded.counts`
})

// ---- Series ----

export interface RecurringRow extends Group {
  readonly id: string
  readonly merchant_name: string | null
  readonly to_account_id: string | null
  readonly category: string
  readonly account_id: string
  readonly cadence: Cadence
  readonly varies: boolean
  readonly expected_amount: bigint
  readonly last_amount: bigint
  readonly last_on: string
  readonly next_on: string
  readonly tolerance_days: number
  readonly last_transaction_id: string
  readonly payments: number
}

/** Puts these series in the place of all that the groups had. Answers with whose have changed: what stays as it is, is not written. */
export const replace = Effect.fnUntraced(function* (groups: ReadonlyArray<Group>, rows: ReadonlyArray<RecurringRow>) {
  if (groups.length === 0) return []
  const sql = yield* SqlClient.SqlClient
  const gone = yield* sql<{ owner_id: string }>`
    DELETE FROM recurring r USING unnest(${columnsOf(sql, groups)}) ${groupsIn(sql)}
    WHERE r.owner_id = g.owner_id AND r.merchant_key = g.merchant_key AND r.currency = g.currency AND r.incoming = g.incoming
      AND r.id <> ALL(${Columns.uuids(rows.map(({ id }) => id))})
    RETURNING r.owner_id`
  if (rows.length === 0) return gone
  const written = yield* sql<{ owner_id: string }>`
    INSERT INTO recurring AS r (owner_id, merchant_key, currency, incoming, id, merchant_name, to_account_id, category, account_id, cadence,
      varies, expected_amount, last_amount, last_on, next_on, tolerance_days, last_transaction_id, payments)
    SELECT * FROM unnest(${columnsOf(sql, rows)},
      ${Columns.uuids(rows.map(({ id }) => id))}, ${Columns.texts(rows.map(({ merchant_name }) => merchant_name))},
      ${Columns.uuids(rows.map(({ to_account_id }) => to_account_id))}, ${Columns.texts(rows.map(({ category }) => category))},
      ${Columns.uuids(rows.map(({ account_id }) => account_id))}, ${Columns.texts(rows.map(({ cadence }) => cadence))},
      ${Columns.booleans(rows.map(({ varies }) => varies))}, ${Columns.bigints(rows.map(({ expected_amount }) => expected_amount))},
      ${Columns.bigints(rows.map(({ last_amount }) => last_amount))}, ${Columns.dates(rows.map(({ last_on }) => last_on))},
      ${Columns.dates(rows.map(({ next_on }) => next_on))}, ${Columns.integers(rows.map(({ tolerance_days }) => tolerance_days))},
      ${Columns.uuids(rows.map(({ last_transaction_id }) => last_transaction_id))},
      ${Columns.integers(rows.map(({ payments }) => payments))})
    ON CONFLICT (id) DO UPDATE SET merchant_name = excluded.merchant_name, category = excluded.category, account_id = excluded.account_id,
      varies = excluded.varies, expected_amount = excluded.expected_amount, last_amount = excluded.last_amount,
      last_on = excluded.last_on, next_on = excluded.next_on, tolerance_days = excluded.tolerance_days,
      last_transaction_id = excluded.last_transaction_id, payments = excluded.payments
    WHERE (r.merchant_name, r.category, r.account_id, r.varies, r.expected_amount, r.last_amount, r.last_on, r.next_on,
           r.last_transaction_id, r.payments)
      IS DISTINCT FROM (excluded.merchant_name, excluded.category, excluded.account_id, excluded.varies, excluded.expected_amount,
           excluded.last_amount, excluded.last_on, excluded.next_on, excluded.last_transaction_id, excluded.payments)
    RETURNING r.owner_id`
  return [...gone, ...written]
})
