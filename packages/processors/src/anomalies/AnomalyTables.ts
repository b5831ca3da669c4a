/**
 * AnomalyTables: what the anomaly watch remembers, read and written for a whole batch at a time.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { AnomalyStatus, AnomalyType } from "@finance/core/anomalies/Anomaly"
import { seen } from "@finance/core/anomalies/Line"
import type { Lesson } from "@finance/core/anomalies/Lessons"
import * as Columns from "@finance/core/database/Columns"
import type { CategoryOrNone } from "@finance/core/ledger/Category"
import type { WatchedLine } from "./WatchedLine.ts"

// ---- Lines ----

const columns = `transaction_id AS id, owner_id, import_id, day, spent::float8 AS spent, currency, merchant, category, by_hand, deleted, description`

export const linesOf = Effect.fnUntraced(function* (ids: ReadonlyArray<string>) {
  if (ids.length === 0) return []
  const sql = yield* SqlClient.SqlClient
  return yield* sql<WatchedLine>`
    SELECT ${sql.literal(columns)} FROM anomaly_lines WHERE transaction_id = ANY(${Columns.uuids(ids)})`
})

/** A merchant at which something is looked at, and on which day. */
export interface Spot {
  readonly owner_id: string
  readonly merchant: string
  readonly currency: string
  readonly day: number
}

/** The lines nearest to each spot, as many as are looked at and so many more. */
export const linesAround = Effect.fnUntraced(function* (spots: ReadonlyArray<Spot>, more: number) {
  if (spots.length === 0) return []
  const sql = yield* SqlClient.SqlClient
  const there = sql`a.owner_id = s.owner_id AND a.merchant = s.merchant AND a.currency = s.currency AND NOT a.deleted`
  return yield* sql<WatchedLine>`
    SELECT l.* FROM unnest(
      ${Columns.uuids(spots.map(({ owner_id }) => owner_id))}, ${Columns.texts(spots.map(({ merchant }) => merchant))},
      ${Columns.texts(spots.map(({ currency }) => currency))}, ${Columns.integers(spots.map(({ day }) => day))}
    ) AS s (owner_id, merchant, currency, day)
    CROSS JOIN LATERAL (
      (SELECT ${sql.literal(columns)} FROM anomaly_lines a WHERE ${there} AND a.day <= s.day
       ORDER BY a.day DESC, a.transaction_id DESC LIMIT ${seen.before + more})
      UNION ALL
      (SELECT ${sql.literal(columns)} FROM anomaly_lines a WHERE ${there} AND a.day > s.day
       ORDER BY a.day, a.transaction_id LIMIT ${seen.after + more})
    ) l`
})

interface ImportedLine extends Pick<WatchedLine, "id" | "day" | "spent" | "currency" | "merchant" | "category" | "by_hand"> {
  readonly owner: number
  readonly imported: number | null
}

/**
 * Every line of every merchant that is named in the person's import, or here. An import may bring tens of thousands: what is the same for
 * all of them is not read from each, and of another import that is past it does not matter which.
 */
export const linesOfImports = Effect.fnUntraced(function* (
  imports: ReadonlyMap<string, string>,
  merchants: ReadonlyArray<Pick<Spot, "owner_id" | "merchant">>
) {
  if (imports.size === 0) return []
  const sql = yield* SqlClient.SqlClient
  const [import_ids, owner_ids] = [[...imports.keys()], [...imports.values()]]
  const [ids, owners] = [Columns.uuids(import_ids), Columns.uuids(owner_ids)]
  const rows = yield* sql<ImportedLine>`
    SELECT transaction_id AS id, array_position(${owners}, owner_id) AS owner, array_position(${ids}, import_id) AS imported,
      day, spent::float8 AS spent, currency, merchant, category, by_hand
    FROM anomaly_lines
    WHERE owner_id = ANY(${owners}) AND (owner_id, merchant) IN (
      SELECT owner_id, merchant FROM anomaly_lines WHERE import_id = ANY(${ids}) AND merchant <> ''
      UNION SELECT * FROM unnest(${Columns.uuids(merchants.map(({ owner_id }) => owner_id))}, ${Columns.texts(merchants.map(({ merchant }) => merchant))})
    ) AND NOT deleted`
  return rows.map(({ id, owner, imported, day, spent, currency, merchant, category, by_hand }): WatchedLine => ({
    id,
    owner_id: owner_ids[owner - 1]!,
    import_id: imported === null ? null : import_ids[imported - 1]!,
    day,
    spent,
    currency,
    merchant,
    category,
    by_hand,
    deleted: false,
    description: ""
  }))
})

const rowsOf = (sql: SqlClient.SqlClient, lines: ReadonlyArray<WatchedLine>) => sql`
  SELECT * FROM unnest(
    ${Columns.uuids(lines.map(({ id }) => id))}, ${Columns.uuids(lines.map(({ owner_id }) => owner_id))},
    ${Columns.uuids(lines.map(({ import_id }) => import_id))}, ${Columns.integers(lines.map(({ day }) => day))},
    ${Columns.bigints(lines.map(({ spent }) => BigInt(spent)))}, ${Columns.texts(lines.map(({ currency }) => currency))},
    ${Columns.texts(lines.map(({ merchant }) => merchant))}, ${Columns.texts(lines.map(({ category }) => category))},
    ${Columns.booleans(lines.map(({ by_hand }) => by_hand))}, ${Columns.booleans(lines.map(({ deleted }) => deleted))},
    ${Columns.texts(lines.map(({ description }) => description))})`

const insertion = `INSERT INTO anomaly_lines
  (transaction_id, owner_id, import_id, day, spent, currency, merchant, category, by_hand, deleted, description)`

export const enter = Effect.fnUntraced(function* (lines: ReadonlyArray<WatchedLine>) {
  if (lines.length === 0) return
  const sql = yield* SqlClient.SqlClient
  yield* sql`${sql.literal(insertion)} ${rowsOf(sql, lines)}`
})

export const revise = Effect.fnUntraced(function* (lines: ReadonlyArray<WatchedLine>) {
  if (lines.length === 0) return
  const sql = yield* SqlClient.SqlClient
  yield* sql`${sql.literal(insertion)} ${rowsOf(sql, lines)}
    ON CONFLICT (transaction_id) DO UPDATE SET day = excluded.day, merchant = excluded.merchant, category = excluded.category,
      deleted = excluded.deleted, description = excluded.description`
})

// ---- Imports ----

export const completedImports = Effect.fnUntraced(function* (import_ids: ReadonlyArray<string>) {
  if (import_ids.length === 0) return []
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ import_id: string }>`
    SELECT import_id FROM anomaly_imports WHERE import_id = ANY(${Columns.uuids(import_ids)})`
  return rows.map(({ import_id }) => import_id)
})

export const completeImports = Effect.fnUntraced(function* (imports: ReadonlyMap<string, string>) {
  if (imports.size === 0) return
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    INSERT INTO anomaly_imports (import_id, owner_id)
    SELECT * FROM unnest(${Columns.uuids([...imports.keys()])}, ${Columns.uuids([...imports.values()])}) ON CONFLICT DO NOTHING`
})

// ---- Habits ----

/** A change of how many lines there are of a size. */
export interface HabitChange {
  readonly owner_id: string
  readonly currency: string
  readonly category: string
  readonly size: number
  lines: number
  first_day: number
}

export interface HabitRow {
  readonly owner_id: string
  readonly currency: string
  readonly category: CategoryOrNone
  readonly sizes: ReadonlyArray<number>
  readonly lines: ReadonlyArray<number>
  readonly first_day: number
}

export const habitsOf = Effect.fnUntraced(function* (owners: ReadonlyArray<string>) {
  if (owners.length === 0) return []
  const sql = yield* SqlClient.SqlClient
  return yield* sql<HabitRow>`
    SELECT owner_id, currency, category, array_agg(size) AS sizes, array_agg(lines::integer) AS lines, min(first_day) AS first_day
    FROM anomaly_habits WHERE owner_id = ANY(${Columns.uuids(owners)}) GROUP BY owner_id, currency, category`
})

/** Also changes that come to nothing: a line that was there for a moment has been seen. */
export const changeHabits = Effect.fnUntraced(function* (rows: ReadonlyArray<HabitChange>) {
  if (rows.length === 0) return
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    INSERT INTO anomaly_habits AS h (owner_id, currency, category, size, lines, first_day)
    SELECT * FROM unnest(
      ${Columns.uuids(rows.map(({ owner_id }) => owner_id))}, ${Columns.texts(rows.map(({ currency }) => currency))},
      ${Columns.texts(rows.map(({ category }) => category))}, ${Columns.integers(rows.map(({ size }) => size))},
      ${Columns.bigints(rows.map(({ lines }) => BigInt(lines)))}, ${Columns.integers(rows.map(({ first_day }) => first_day))})
    ON CONFLICT (owner_id, currency, category, size) DO UPDATE
      SET lines = h.lines + excluded.lines, first_day = least(h.first_day, excluded.first_day)`
})

// ---- Findings ----

export interface KnownFinding {
  readonly owner_id: string
  readonly transaction_id: string
  readonly anomaly_type: AnomalyType
  readonly status: AnomalyStatus
  /** Of its stream, as far as is known here. */
  readonly version: number
  readonly scope: string
  readonly size: number
}

export const findingsOf = Effect.fnUntraced(function* (owners: ReadonlyArray<string>) {
  if (owners.length === 0) return []
  const sql = yield* SqlClient.SqlClient
  return yield* sql<KnownFinding>`
    SELECT owner_id, transaction_id, anomaly_type, status, version, scope, size::float8 AS size
    FROM anomaly_findings WHERE owner_id = ANY(${Columns.uuids(owners)})`
})

export const storeFindings = Effect.fnUntraced(function* (findings: ReadonlyArray<KnownFinding>) {
  if (findings.length === 0) return
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    INSERT INTO anomaly_findings (owner_id, transaction_id, anomaly_type, status, version, scope, size)
    SELECT * FROM unnest(
      ${Columns.uuids(findings.map(({ owner_id }) => owner_id))}, ${Columns.uuids(findings.map(({ transaction_id }) => transaction_id))},
      ${Columns.texts(findings.map(({ anomaly_type }) => anomaly_type))}, ${Columns.texts(findings.map(({ status }) => status))},
      ${Columns.integers(findings.map(({ version }) => version))}, ${Columns.texts(findings.map(({ scope }) => scope))},
      ${Columns.bigints(findings.map(({ size }) => BigInt(size)))})
    ON CONFLICT (transaction_id, anomaly_type) DO UPDATE
      SET status = excluded.status, version = excluded.version, scope = excluded.scope, size = excluded.size`
})

// ---- Lessons ----

export interface LessonRow extends Lesson {
  readonly owner_id: string
  readonly anomaly_type: AnomalyType
  readonly scope: string
}

export const lessonsOf = Effect.fnUntraced(function* (owners: ReadonlyArray<string>) {
  if (owners.length === 0) return []
  const sql = yield* SqlClient.SqlClient
  return yield* sql<LessonRow>`
    SELECT owner_id, anomaly_type, scope, times, size::float8 AS size FROM anomaly_lessons
    WHERE owner_id = ANY(${Columns.uuids(owners)})`
})

export const storeLessons = Effect.fnUntraced(function* (lessons: ReadonlyArray<LessonRow>) {
  if (lessons.length === 0) return
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    INSERT INTO anomaly_lessons (owner_id, anomaly_type, scope, times, size)
    SELECT * FROM unnest(
      ${Columns.uuids(lessons.map(({ owner_id }) => owner_id))}, ${Columns.texts(lessons.map(({ anomaly_type }) => anomaly_type))},
      ${Columns.texts(lessons.map(({ scope }) => scope))}, ${Columns.integers(lessons.map(({ times }) => times))},
      ${Columns.bigints(lessons.map(({ size }) => BigInt(size)))})
    ON CONFLICT (owner_id, anomaly_type, scope) DO UPDATE SET times = excluded.times, size = excluded.size`
})
