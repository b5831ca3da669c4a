/**
 * TransferTables: what the transfers program remembers, read and written for a whole batch at a time.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import * as Columns from "@finance/core/database/Columns"
import type { OwnAccount } from "@finance/core/transfers/Leg"
import { mostDays } from "@finance/core/transfers/Matching"
import type { KnownRate } from "@finance/core/transfers/Rates"
import { digitsOf } from "@finance/core/money/Currency"
import type { TransferLine } from "./TransferLine.ts"

// ---- Lines ----

const columns = [
  "owner_id",
  "account_id",
  "import_id",
  "amount",
  "currency",
  "day",
  "description",
  "merchant_name",
  "category",
  "category_source",
  "numbers",
  "apart_from",
  "counterpart_id",
  "deleted",
  "version"
]

const selected = (table: string) =>
  ["transaction_id AS id", ...columns]
    .map((column) => (column === "day" ? `${table}.day::text AS day` : `${table}.${column}`))
    .join(", ")

export const linesOf = Effect.fnUntraced(function* (ids: ReadonlyArray<string>) {
  if (ids.length === 0) return []
  const sql = yield* SqlClient.SqlClient
  return yield* sql<TransferLine>`
    SELECT ${sql.literal(selected("l"))} FROM transfer_lines l WHERE l.transaction_id = ANY(${Columns.uuids(ids)})`
})

const changed = ["day", "description", "merchant_name", "category", "category_source", "numbers", "apart_from", "counterpart_id"]
  .concat(["deleted", "version"])
  .map((column) => `${column} = excluded.${column}`)
  .join(", ")

const arrays = (values: ReadonlyArray<ReadonlyArray<string>>) => Columns.jsons(values)

export const store = Effect.fnUntraced(function* (lines: ReadonlyArray<TransferLine>) {
  if (lines.length === 0) return
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    INSERT INTO transfer_lines (transaction_id, ${sql.literal(columns.join(", "))})
    SELECT id, owner_id, account_id, import_id, amount, currency, day, description, merchant_name, category, category_source,
      ARRAY(SELECT jsonb_array_elements_text(numbers::jsonb)), ARRAY(SELECT jsonb_array_elements_text(apart_from::jsonb))::uuid[],
      counterpart_id, deleted, version
    FROM unnest(
      ${Columns.uuids(lines.map(({ id }) => id))}, ${Columns.uuids(lines.map(({ owner_id }) => owner_id))},
      ${Columns.uuids(lines.map(({ account_id }) => account_id))}, ${Columns.uuids(lines.map(({ import_id }) => import_id))},
      ${Columns.bigints(lines.map(({ amount }) => amount))}, ${Columns.texts(lines.map(({ currency }) => currency))},
      ${Columns.dates(lines.map(({ day }) => day))}, ${Columns.texts(lines.map(({ description }) => description))},
      ${Columns.texts(lines.map(({ merchant_name }) => merchant_name))}, ${Columns.texts(lines.map(({ category }) => category))},
      ${Columns.texts(lines.map(({ category_source }) => category_source))}, ${arrays(lines.map(({ numbers }) => numbers))},
      ${arrays(lines.map(({ apart_from }) => apart_from))}, ${Columns.uuids(lines.map(({ counterpart_id }) => counterpart_id))},
      ${Columns.booleans(lines.map(({ deleted }) => deleted))}, ${Columns.integers(lines.map(({ version }) => version))}
    ) AS l (id, owner_id, account_id, import_id, amount, currency, day, description, merchant_name, category, category_source, numbers,
            apart_from, counterpart_id, deleted, version)
    ON CONFLICT (transaction_id) DO UPDATE SET ${sql.literal(changed)}`
})

export const forget = Effect.fnUntraced(function* (ids: ReadonlyArray<string>) {
  if (ids.length === 0) return
  const sql = yield* SqlClient.SqlClient
  yield* sql`DELETE FROM transfer_lines WHERE transaction_id = ANY(${Columns.uuids(ids)})`
})

// ---- What could go together ----

/** What has become of something that was looked for anew. */
export type Trigger = { readonly transaction_id: string } | { readonly import_id: string }

/** Open lines that a line of the trigger could be the other leg of, with it, as far as accounts, days and equal amounts say. */
export const pairsFor = Effect.fnUntraced(function* (trigger: Trigger) {
  const sql = yield* SqlClient.SqlClient
  const of = (table: string) =>
    "import_id" in trigger
      ? sql`${sql.literal(table)}.import_id = ${trigger.import_id}`
      : sql`${sql.literal(table)}.transaction_id = ${trigger.transaction_id}`
  const isOpen = (table: string) =>
    sql.literal(
      `${table}.counterpart_id IS NULL AND NOT ${table}.deleted AND (${table}.category_source <> 'user' OR ${table}.category = 'transfer')
       AND (${table}.import_id IS NULL OR EXISTS (SELECT FROM transfer_imports i WHERE i.import_id = ${table}.import_id))`
    )
  const rows = yield* sql<{ id: string; other: string }>`
    WITH own AS MATERIALIZED (SELECT * FROM transfer_lines l WHERE ${of("l")} AND ${isOpen("l")})
    SELECT DISTINCT least(l.transaction_id, o.transaction_id) AS id, greatest(l.transaction_id, o.transaction_id) AS other
    FROM own l JOIN transfer_lines o ON o.owner_id = l.owner_id AND o.account_id <> l.account_id
      AND o.day BETWEEN l.day - ${mostDays}::integer AND l.day + ${mostDays}::integer
      AND (o.amount = -l.amount OR o.currency <> l.currency) AND (o.amount > 0) <> (l.amount > 0)
      AND (o.currency <> l.currency OR o.amount = -l.amount)
    WHERE ${isOpen("o")}`
  const legs = new Map(
    (yield* linesOf([...new Set(rows.flatMap(({ id, other }) => [id, other]))])).map((line) => [line.id, line])
  )
  return rows.map(({ id, other }) => {
    const [one, two] = [legs.get(id)!, legs.get(other)!]
    return one.amount < 0n ? ([one, two] as const) : ([two, one] as const)
  })
})

/** What the person got for money that was changed between their accounts. */
export const ratesOf = Effect.fnUntraced(function* (owner_id: string) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ from: string; to: string; out: bigint; into: bigint; day: string }>`
    SELECT o.currency AS from, i.currency AS to, -o.amount AS out, i.amount AS into, o.day::text AS day
    FROM transfer_lines o JOIN transfer_lines i ON i.counterpart_id = o.transaction_id
    WHERE o.owner_id = ${owner_id} AND o.amount < 0 AND i.amount > 0 AND o.currency <> i.currency ORDER BY o.day, o.transaction_id`
  const major = (amount: bigint, currency: string) => Number(amount) / 10 ** digitsOf(currency)
  return rows.map(({ from, to, out, into, day }): KnownRate => ({ from, to, rate: major(into, to) / major(out, from), day }))
})

// ---- Accounts and imports ----

export interface AccountRow extends OwnAccount {
  readonly owner_id: string
}

export const accountsOf = Effect.fnUntraced(function* (owners: ReadonlyArray<string>) {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<AccountRow>`
    SELECT account_id AS id, owner_id, name, account_type FROM transfer_accounts
    WHERE owner_id = ANY(${Columns.uuids(owners)}) ORDER BY account_id`
})

export const storeAccount = Effect.fnUntraced(function* ({ id, owner_id, name, account_type }: AccountRow) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    INSERT INTO transfer_accounts (account_id, owner_id, name, account_type) VALUES (${id}, ${owner_id}, ${name}, ${account_type})
    ON CONFLICT (account_id) DO UPDATE SET name = excluded.name`
})

/** From now on the lines of the import are seen. */
export const completeImport = Effect.fnUntraced(function* (import_id: string, owner_id: string) {
  const sql = yield* SqlClient.SqlClient
  yield* sql`INSERT INTO transfer_imports (import_id, owner_id) VALUES (${import_id}, ${owner_id}) ON CONFLICT DO NOTHING`
})
