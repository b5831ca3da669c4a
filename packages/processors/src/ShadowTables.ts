/**
 * ShadowTables: tables like live ones, to be filled beside them and then put in their place.
 *
 *   public.transactions ◀── readers, the live program        "rebuild_projections".transactions ◀── the rebuild
 *            └──────────────────── switch, in one transaction ────────────────────┘
 *
 * They stand in a schema of their own under the live tables' names. So the program that writes the live ones fills them with the very
 * same SQL under another `search_path`, and their indexes and constraints have their names from the start.
 *
 * Terms. *owner*: a connection as the role that owns the live tables. *bare*: a table filled without any index.
 *
 * Invariants
 *  1. Nobody sees them before the switch, and the live tables stay as they are until then, whatever happens.
 *  2. After it they differ from the tables they replace in their rows alone: columns, defaults, checks, keys, indexes, storage, comments,
 *     grants, policies and the views on them are the same. What is not known here how to carry over (a trigger, another table's
 *     foreign key, a view on a view) stops the rebuild.
 *
 * Source: PostgreSQL manual, CREATE TABLE (LIKE copies neither storage parameters nor grants nor policies), 52 (system catalogs).
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"

export interface Shadows {
  readonly schema: string
  /** What is filled with its keys in place, so that rows can be found and none comes twice, and what is filled bare. */
  readonly tables: Readonly<Record<string, "keyed" | "bare">>
}

export class CannotShadow extends Schema.TaggedError<CannotShadow>()("CannotShadow", {
  table: Schema.String,
  trigger: Schema.String
}) {
  override get message() {
    return `${this.table} has a trigger, ${this.trigger}, that a table in its place would lack: drop it, or teach ShadowTables to carry it over`
  }
}

/** Makes them, empty, for `finance_projector` to fill; what an earlier try left is dropped first. */
export const create = Effect.fnUntraced(function* (owner: SqlClient.SqlClient, { schema, tables }: Shadows) {
  const [odd] = yield* owner<{ readonly table: string; readonly trigger: string }>`
    SELECT relname AS table, tgname AS trigger FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
    WHERE NOT tgisinternal AND relnamespace = 'public'::regnamespace AND relname = ANY(${Object.keys(tables)}::text[])`
  if (odd !== undefined) return yield* new CannotShadow(odd)
  yield* owner`DROP SCHEMA IF EXISTS ${owner(schema)} CASCADE`
  yield* owner`CREATE SCHEMA ${owner(schema)}`
  yield* owner`GRANT USAGE ON SCHEMA ${owner(schema)} TO finance_projector`
  for (const [table, filling] of Object.entries(tables)) {
    yield* owner`
      CREATE TABLE ${owner(schema)}.${owner(table)} (LIKE public.${owner(table)} INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING IDENTITY
        INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING COMPRESSION INCLUDING COMMENTS)`
    yield* carryOver(owner, schema, table, filling === "keyed" ? [grants, keys] : [grants])
  }
})

/** Gives them everything else that the live tables have, and the planner its statistics. */
export const complete = Effect.fnUntraced(function* (owner: SqlClient.SqlClient, { schema, tables }: Shadows) {
  for (const [table, filling] of Object.entries(tables)) {
    yield* carryOver(owner, schema, table, [
      ...(filling === "bare" ? [keys] : []),
      indexes,
      storage,
      comments,
      policies,
      security
    ])
    yield* owner`ANALYZE ${owner(schema)}.${owner(table)}`
  }
})

/** Waits for who reads or writes the live tables and keeps everybody out until the caller's transaction ends. */
export const lockLive = Effect.fnUntraced(function* (owner: SqlClient.SqlClient, { tables }: Shadows) {
  for (const table of Object.keys(tables)) yield* owner`LOCK TABLE public.${owner(table)} IN ACCESS EXCLUSIVE MODE`
})

/** Puts them in the place of the live tables, which are dropped. Inside the caller's transaction. */
export const replace = Effect.fnUntraced(function* (owner: SqlClient.SqlClient, { schema, tables }: Shadows) {
  const names = Object.keys(tables)
  const old = `${schema}_old`
  const views = yield* owner<{ readonly statement: string }>`
    SELECT DISTINCT format('CREATE OR REPLACE VIEW %s%s AS %s', v.oid::regclass,
      CASE WHEN v.reloptions IS NULL THEN '' ELSE ' WITH (' || array_to_string(v.reloptions, ', ') || ')' END, pg_get_viewdef(v.oid)) AS statement
    FROM pg_depend d JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid JOIN pg_class v ON v.oid = r.ev_class
    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = ANY (SELECT format('public.%I', name)::regclass FROM unnest(${names}::text[]) AS t (name))
      AND v.relkind = 'v'`
  yield* owner`CREATE SCHEMA ${owner(old)}`
  for (const table of names) {
    yield* owner`ALTER TABLE public.${owner(table)} SET SCHEMA ${owner(old)}`
    yield* owner`ALTER TABLE ${owner(schema)}.${owner(table)} SET SCHEMA public`
  }
  for (const { statement } of views) yield* owner.unsafe(statement)
  // Not CASCADE: what still hangs on an old table was not carried over, and must not go with it.
  for (const table of names) yield* owner`DROP TABLE ${owner(old)}.${owner(table)}`
  yield* owner`DROP SCHEMA ${owner(old)}`
  yield* owner`DROP SCHEMA ${owner(schema)}`
})

/** Asks for statements that give the table in the schema what the live one of its name has. */
type Aspect = (
  owner: SqlClient.SqlClient,
  schema: string,
  table: string
) => Effect.Effect<ReadonlyArray<{ readonly statement: string }>, SqlError>

const carryOver = Effect.fnUntraced(function* (
  owner: SqlClient.SqlClient,
  schema: string,
  table: string,
  aspects: ReadonlyArray<Aspect>
) {
  for (const aspect of aspects) {
    for (const { statement } of yield* aspect(owner, schema, table)) yield* owner.unsafe(statement)
  }
})

const live = (owner: SqlClient.SqlClient, table: string) => owner`format('public.%I', ${table}::text)::regclass`

const keys: Aspect = (owner, schema, table) => owner`
  SELECT format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', ${schema}::text, ${table}::text, conname, pg_get_constraintdef(oid)) AS statement
  FROM pg_constraint WHERE conrelid = ${live(owner, table)} AND contype IN ('p', 'u', 'x', 'f')`

const indexes: Aspect = (owner, schema, table) => owner`
  SELECT replace(pg_get_indexdef(indexrelid), format(' ON public.%I ', ${table}::text), format(' ON %I.%I ', ${schema}::text, ${table}::text)) AS statement
  FROM pg_index WHERE indrelid = ${live(owner, table)} AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)`

const storage: Aspect = (owner, schema, table) => owner`
  SELECT format('ALTER TABLE %I.%I SET (%s)', ${schema}::text, ${table}::text, array_to_string(reloptions, ', ')) AS statement
  FROM pg_class WHERE oid = ${live(owner, table)} AND reloptions IS NOT NULL`

const comments: Aspect = (owner, schema, table) => owner`
  SELECT format('COMMENT ON TABLE %I.%I IS %L', ${schema}::text, ${table}::text, description) AS statement
  FROM pg_description WHERE classoid = 'pg_class'::regclass AND objoid = ${live(owner, table)} AND objsubid = 0`

const grants: Aspect = (owner, schema, table) => owner`
  SELECT format('GRANT %s ON %I.%I TO %s%s', string_agg(privilege_type, ', '), ${schema}::text, ${table}::text,
    CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE grantee::regrole::text END, CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) AS statement
  FROM pg_class, aclexplode(relacl) WHERE oid = ${live(owner, table)} GROUP BY grantee, is_grantable`

const policies: Aspect = (owner, schema, table) => owner`
  SELECT format('CREATE POLICY %I ON %I.%I AS %s FOR %s TO %s', policyname, ${schema}::text, ${table}::text, permissive, cmd,
      (SELECT string_agg(CASE WHEN role = 'public' THEN 'PUBLIC' ELSE quote_ident(role) END, ', ') FROM unnest(roles) AS r (role)))
    || coalesce(' USING (' || qual || ')', '') || coalesce(' WITH CHECK (' || with_check || ')', '') AS statement
  FROM pg_policies WHERE schemaname = 'public' AND tablename = ${table}`

const security: Aspect = (owner, schema, table) => owner`
  SELECT format('ALTER TABLE %I.%I %s ROW LEVEL SECURITY', ${schema}::text, ${table}::text, word) AS statement
  FROM pg_class, unnest(ARRAY[CASE WHEN relrowsecurity THEN 'ENABLE' END, CASE WHEN relforcerowsecurity THEN 'FORCE' END]) AS w (word)
  WHERE oid = ${live(owner, table)} AND word IS NOT NULL`
