/**
 * Columns: many rows in one statement, as one array parameter per column for `unnest`. The element type is said, not guessed, so
 * that `[1n, null]` and empty columns are sent as what they are.
 */
import * as PgTypes from "@effect/sql-pg/PgTypes"
import * as Result from "effect/Result"

const column =
  <A>(oid: number) =>
  (values: ReadonlyArray<A | null>): PgTypes.Parameter =>
    Result.getOrThrow(PgTypes.array(values, oid))

export const uuids = column<string>(PgTypes.OID.uuid)
export const texts = column<string>(PgTypes.OID.text)
export const bigints = column<bigint>(PgTypes.OID.int8)
export const integers = column<number>(PgTypes.OID.int4)
export const reals = column<number>(PgTypes.OID.float4)
export const doubles = column<number>(PgTypes.OID.float8)
export const booleans = column<boolean>(PgTypes.OID.bool)
export const bytes = column<Uint8Array>(PgTypes.OID.bytea)
export const dates = column<string>(PgTypes.OID.date)
export const instants = column<Date>(PgTypes.OID.timestamptz)
/** JSON values, sent as text: cast the column `::jsonb` where it is read. */
export const jsons = (values: ReadonlyArray<unknown>): PgTypes.Parameter => texts(values.map((value) => JSON.stringify(value)))
