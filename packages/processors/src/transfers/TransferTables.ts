/**
 * TransferTables: what the transfer watch remembers, read and written for a whole batch at a time.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import * as Columns from "@finance/core/database/Columns"
import type { Line } from "@finance/core/transfers/Matching"

export interface Account {
  readonly account_id: string
  readonly owner_id: string
  readonly name: string
  readonly currency: string
}

/** A line that can be a leg, and whether it is one. */
export interface Leg extends Line {
  readonly owner_id: string
  readonly import_id: string | null
  readonly deleted: boolean
  readonly counterpart_id: string | null
}

export const isOpen = ({ counterpart_id, deleted }: Leg): boolean => counterpart_id === null && !deleted

// ---- Accounts ----

export const accountsOf = Effect.fnUntraced(function* (owners: ReadonlyArray<string>) {
  if (owners.length === 0) return []
  const sql = yield* SqlClient.SqlClient
  return yield* sql<Account>`
    SELECT account_id, owner_id, name, currency FROM transfer_accounts WHERE owner_id = ANY(${Columns.uuids(owners)})`
})

export const storeAccounts = Effect.fnUntraced(function* (accounts: ReadonlyArray<Account>) {
  if (accounts.length === 0) return
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    INSERT INTO transfer_accounts (account_id, owner_id, name, currency)
    SELECT * FROM unnest(
      ${Columns.uuids(accounts.map(({ account_id }) => account_id))}, ${Columns.uuids(accounts.map(({ owner_id }) => owner_id))},
      ${Columns.texts(accounts.map(({ name }) => name))}, ${Columns.texts(accounts.map(({ currency }) => currency))})
    ON CONFLICT (account_id) DO UPDATE SET name = excluded.name`
})

// ---- Legs ----

const columns =
  "transaction_id AS id, owner_id, account_id, import_id, day, amount, currency, description, category, merchant_name, deleted, counterpart_id, apart"

export const legsOf = Effect.fnUntraced(function* (ids: ReadonlyArray<string>) {
  if (ids.length === 0) return []
  const sql = yield* SqlClient.SqlClient
  return yield* sql<Leg>`
    SELECT ${sql.literal(columns)} FROM transfer_legs WHERE transaction_id = ANY(${Columns.uuids(ids)})`
})

export const legsOfImports = Effect.fnUntraced(function* (import_ids: ReadonlyArray<string>) {
  if (import_ids.length === 0) return []
  const sql = yield* SqlClient.SqlClient
  return yield* sql<Leg>`
    SELECT ${sql.literal(columns)} FROM transfer_legs WHERE import_id = ANY(${Columns.uuids(import_ids)})`
})

/** The open legs of the other sign and the same size as one of these, of the same person. */
export const oppositesOf = Effect.fnUntraced(function* (legs: ReadonlyArray<Leg>) {
  if (legs.length === 0) return []
  const sql = yield* SqlClient.SqlClient
  const wanted = [...new Map(legs.map((leg) => [`${leg.owner_id}/${leg.amount}`, leg])).values()]
  return yield* sql<Leg>`
    SELECT ${sql.literal(columns)} FROM transfer_legs
    WHERE (owner_id, amount) IN (SELECT * FROM unnest(
        ${Columns.uuids(wanted.map(({ owner_id }) => owner_id))}, ${Columns.bigints(wanted.map(({ amount }) => -amount))}))
      AND counterpart_id IS NULL AND NOT deleted`
})

/** The open legs of these people in other currencies than one of these, on days when they can be the other half of it. */
export const exchangesOf = Effect.fnUntraced(function* (legs: ReadonlyArray<Leg>, maxDays: number) {
  if (legs.length === 0) return []
  const sql = yield* SqlClient.SqlClient
  const stretches = [...Map.groupBy(legs, ({ owner_id, currency }) => `${owner_id}/${currency}`).values()].map((own) => ({
    owner_id: own[0]!.owner_id,
    currency: own[0]!.currency,
    from: own.reduce((least, { day }) => Math.min(least, day), Infinity) - maxDays,
    to: own.reduce((most, { day }) => Math.max(most, day), -Infinity) + maxDays
  }))
  return yield* sql<Leg>`
    SELECT DISTINCT ${sql.literal(columns)} FROM transfer_legs l
    WHERE counterpart_id IS NULL AND NOT deleted AND EXISTS (SELECT FROM unnest(
        ${Columns.uuids(stretches.map(({ owner_id }) => owner_id))}, ${Columns.texts(stretches.map(({ currency }) => currency))},
        ${Columns.integers(stretches.map(({ from }) => from))}, ${Columns.integers(stretches.map(({ to }) => to))}
      ) AS s (owner_id, currency, from_day, to_day)
      WHERE l.owner_id = s.owner_id AND l.currency <> s.currency AND l.day BETWEEN s.from_day AND s.to_day)`
})

export const storeLegs = Effect.fnUntraced(function* (legs: ReadonlyArray<Leg>) {
  if (legs.length === 0) return
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    INSERT INTO transfer_legs (transaction_id, owner_id, account_id, import_id, day, amount, currency, description, category, merchant_name,
      deleted, counterpart_id, apart)
    SELECT transaction_id, owner_id, account_id, import_id, day, amount, currency, description, category, merchant_name,
      deleted, counterpart_id, translate(apart, '[]"', '{}')::uuid[] FROM unnest(
      ${Columns.uuids(legs.map(({ id }) => id))}, ${Columns.uuids(legs.map(({ owner_id }) => owner_id))},
      ${Columns.uuids(legs.map(({ account_id }) => account_id))}, ${Columns.uuids(legs.map(({ import_id }) => import_id))},
      ${Columns.integers(legs.map(({ day }) => day))}, ${Columns.bigints(legs.map(({ amount }) => amount))},
      ${Columns.texts(legs.map(({ currency }) => currency))}, ${Columns.texts(legs.map(({ description }) => description))},
      ${Columns.texts(legs.map(({ category }) => category))}, ${Columns.texts(legs.map(({ merchant_name }) => merchant_name))},
      ${Columns.booleans(legs.map(({ deleted }) => deleted))}, ${Columns.uuids(legs.map(({ counterpart_id }) => counterpart_id))},
      ${Columns.jsons(legs.map(({ apart }) => apart))}
    ) AS r (transaction_id, owner_id, account_id, import_id, day, amount, currency, description, category, merchant_name, deleted,
      counterpart_id, apart)
    ON CONFLICT (transaction_id) DO UPDATE SET day = excluded.day, description = excluded.description, category = excluded.category,
      merchant_name = excluded.merchant_name, deleted = excluded.deleted, counterpart_id = excluded.counterpart_id, apart = excluded.apart`
})

export const dropLegs = Effect.fnUntraced(function* (ids: ReadonlyArray<string>) {
  if (ids.length === 0) return
  const sql = yield* SqlClient.SqlClient
  yield* sql`DELETE FROM transfer_legs WHERE transaction_id = ANY(${Columns.uuids(ids)})`
})

// ---- Imports ----

export const completedImports = Effect.fnUntraced(function* (import_ids: ReadonlyArray<string>) {
  if (import_ids.length === 0) return []
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ import_id: string }>`
    SELECT import_id FROM transfer_imports WHERE import_id = ANY(${Columns.uuids(import_ids)})`
  return rows.map(({ import_id }) => import_id)
})

export const completeImports = Effect.fnUntraced(function* (imports: ReadonlyMap<string, string>) {
  if (imports.size === 0) return
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    INSERT INTO transfer_imports (import_id, owner_id)
    SELECT * FROM unnest(${Columns.uuids([...imports.keys()])}, ${Columns.uuids([...imports.values()])}) ON CONFLICT DO NOTHING`
})
