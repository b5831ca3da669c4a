/**
 * Database: the connections of everything else, one pool for each of three roles.
 *
 *   migrator    the role that logs in: owns the schema, and changes it
 *   projector   `finance_projector`: writes for everyone, by its own policies
 *   api         `finance_api`: sees one person, the one named by `set_config('app.user_id', …, true)` in its transaction
 *
 * The two last cannot log in. A connection takes its role in its startup packet, so that every pooled connection has it from its
 * first statement on, and `RESET ROLE` and `DISCARD ALL` come back to it. They belong to the server, not to one database, so they are
 * made here, before any migration, which only grants to them.
 *
 * Every connection speaks UTC, and no transaction waits for ever.
 */
import * as PgClient from "@effect/sql-pg/PgClient"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type * as SqlClient from "effect/sql/SqlClient"
import { AuthorizationError, type SqlError } from "effect/sql/SqlError"
import { DatabaseUnusable, serversWords } from "./DatabaseUnusable.ts"

export type Role = "migrator" | "projector" | "api"

/** The oldest PostgreSQL that has all that the schema uses (`security_invoker` views). */
export const oldestMajor = 15

interface Session {
  readonly role?: string
  readonly connections: number
  readonly statementTimeout: string
  readonly lockTimeout: string
  readonly idleTimeout: Duration.Input
}

const sessions: Record<Role, Session> = {
  // A second process waits here while the first one migrates.
  migrator: { connections: 2, statementTimeout: "0", lockTimeout: "5min", idleTimeout: "5 seconds" },
  projector: { role: "finance_projector", connections: 12, statementTimeout: "2min", lockTimeout: "5s", idleTimeout: "1 minute" },
  api: { role: "finance_api", connections: 16, statementTimeout: "15s", lockTimeout: "3s", idleTimeout: "1 minute" }
}

export class Database extends Context.Service<
  Database,
  {
    /** Where the login role connects to; it holds a password. */
    readonly url: Redacted.Redacted
  }
>()("finance/database/Database") {
  /** A database somebody else runs. Building the layer proves that it is usable, and makes the two roles. Safe in many processes at once. */
  static readonly layerUrl = (url: Redacted.Redacted): Layer.Layer<Database, DatabaseUnusable> =>
    Layer.effect(Database, Effect.as(prepare(url), Database.of({ url })))

  static readonly migrator = pool("migrator")
  static readonly projector = pool("projector")
  static readonly api = pool("api")

  /**
   * One connection outside every pool, with no time limits, that lives as long as its scope: for a session's advisory lock, or for LISTEN.
   * When it dies its queries fail, for a lock dies with its connection: whoever held it must think again. `listen` takes all of it.
   * With `silence`, the server ends it once nothing has been asked on it for so long: what a frozen process holds, others can have.
   */
  static readonly dedicated = (
    role: Role,
    purpose: string,
    silence: string = "0"
  ): Effect.Effect<PgClient.PgClient, SqlError, Scope.Scope | Database> =>
    Effect.flatMap(Database, ({ url }) => {
      const { role: name } = sessions[role]
      return PgClient.makeClient({
        url,
        applicationName: `finance ${purpose}`,
        keepAlive: "10 seconds",
        startupParameters: { timezone: "UTC", idle_session_timeout: silence, ...(name === undefined ? {} : { role: name }) }
      })
    }).pipe(Effect.provide(Reactivity.layer))
}

function pool(role: Role): Layer.Layer<PgClient.PgClient | SqlClient.SqlClient, SqlError, Database> {
  const session = sessions[role]
  const connect = Effect.gen(function* () {
    const { url } = yield* Database
    return PgClient.layer({
      url,
      applicationName: `finance ${role}`,
      maxConnections: session.connections,
      idleTimeout: session.idleTimeout,
      keepAlive: "1 minute",
      startupParameters: {
        timezone: "UTC",
        statement_timeout: session.statementTimeout,
        lock_timeout: session.lockTimeout,
        // a process that is frozen within a transaction holds up whoever waits for its locks, and everybody who reads the log
        idle_in_transaction_session_timeout: "10s",
        // compiling a plan costs more than any query here runs for
        jit: "off",
        ...(session.role === undefined ? {} : { role: session.role })
      }
    })
  })
  return Layer.unwrap(connect)
}

const prepare = Effect.fn("Database.prepare")(
  function* (url: Redacted.Redacted) {
    const sql = yield* PgClient.makeClient({ url, applicationName: "finance check" }).pipe(
      Effect.mapError(
        (cause) =>
          new DatabaseUnusable({
            reason: "unreachable",
            problem: `PostgreSQL cannot be reached at ${address(url)}: ${serversWords(cause)}`,
            advice:
              "Check DATABASE_URL (postgres://user:password@host:5432/database), and that the server runs and lets this user in",
            cause
          })
      )
    )
    yield* checkServer(sql)
    yield* makeRoles(sql)
  },
  Effect.catchTag("SqlError", (cause) =>
    Effect.fail(
      new DatabaseUnusable({
        reason: "unreachable",
        problem: `PostgreSQL stopped answering: ${serversWords(cause)}`,
        advice: "Look into the server's log, then start again",
        cause
      })
    )
  ),
  Effect.scoped,
  Effect.provide(Reactivity.layer)
)

const checkServer = Effect.fn("Database.checkServer")(function* (sql: SqlClient.SqlClient) {
  const [server] = yield* sql<{
    version: number
    major: number
    encoding: string
    login: string
    database: string
    creates: boolean
  }>`
    SELECT current_setting('server_version_num')::int AS version, current_setting('server_version_num')::int / 10000 AS major,
           current_setting('server_encoding') AS encoding, current_user::text AS login, current_database()::text AS database,
           has_database_privilege(current_database(), 'CREATE') AND has_schema_privilege('public', 'CREATE') AS creates`
  const { major, encoding, login, database, creates } = server!
  if (major < oldestMajor) {
    return yield* new DatabaseUnusable({
      reason: "too-old",
      problem: `The server is PostgreSQL ${major}, and ${oldestMajor} or newer is needed`,
      advice: "Upgrade it, or leave DATABASE_URL out to use the PostgreSQL that comes along"
    })
  }
  if (encoding !== "UTF8") {
    return yield* new DatabaseUnusable({
      reason: "not-utf8",
      problem: `The database ${database} is encoded in ${encoding}`,
      advice: "Make it with: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
    })
  }
  if (!creates) {
    return yield* new DatabaseUnusable({
      reason: "missing-privileges",
      problem: `The role ${login} may not create tables in the database ${database}`,
      advice: `As a superuser, run: ALTER DATABASE "${database}" OWNER TO "${login}"`
    })
  }
})

/** The roles that migrations grant to. Granting twice does nothing, so it does not matter who was first. */
const makeRoles = Effect.fn("Database.makeRoles")(function* (sql: SqlClient.SqlClient) {
  const roles = ["finance_projector", "finance_api"]
  // Before PostgreSQL 16 every membership lets one SET ROLE; since then the creator of a role is its member and may still not.
  const ready = sql<{ ready: boolean }>`
    SELECT count(*) = 2 AND bool_and(pg_has_role(current_user, oid,
             CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END)) AS ready
    FROM pg_roles WHERE rolname = ANY(${roles})`.pipe(Effect.map(([row]) => row?.ready === true))
  if (yield* ready) return
  const make = sql`
    DO $$
    DECLARE wanted text;
    BEGIN
      FOREACH wanted IN ARRAY ARRAY['finance_projector', 'finance_api'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN EXECUTE format('CREATE ROLE %I NOLOGIN', wanted); END IF;
        EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
      END LOOP;
    END $$`
  // No lock spans the databases of a server, so a race with another one shows as a duplicate or as a tuple updated by another.
  yield* make.pipe(
    Effect.catch((error) => Effect.flatMap(ready, (isReady) => (isReady ? Effect.void : Effect.fail(error)))),
    Effect.retry({
      times: 8,
      schedule: Schedule.jittered(Schedule.spaced("50 millis")),
      while: (error) => !(error.reason instanceof AuthorizationError)
    }),
    Effect.catch((cause) =>
      Effect.flatMap(sql<{ login: string }>`SELECT current_user::text AS login`, ([row]) =>
        Effect.fail(
          new DatabaseUnusable({
            reason: "missing-privileges",
            problem: `The roles finance_projector and finance_api are missing, or ${row!.login} may not act as them`,
            advice:
              `As a superuser, run: CREATE ROLE finance_projector NOLOGIN; CREATE ROLE finance_api NOLOGIN; ` +
              `GRANT finance_projector, finance_api TO "${row!.login}" (leave out what exists), or give ${row!.login} CREATEROLE`,
            cause
          })
        )
      )
    )
  )
})

/** Where a URL points to, without its password. */
const address = (url: Redacted.Redacted): string => {
  const text = Redacted.value(url)
  if (!URL.canParse(text)) return "an address that is not a URL"
  const { hostname, port, pathname } = new URL(text)
  return `${hostname}:${port === "" ? "5432" : port}${pathname}`
}
