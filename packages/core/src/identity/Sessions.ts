/**
 * Sessions: a browser that has signed in, for 30 days after it was last seen. The browser's cookie holds the token.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { Claims } from "./AccessTokens.ts"
import * as SecretToken from "./SecretToken.ts"

export const lifetimeSeconds = 30 * 24 * 3600

export class Sessions extends Context.Service<
  Sessions,
  {
    /** The new session's token. */
    start(user_id: string, user_agent: string | null): Effect.Effect<string, SqlError>
    /** Whose session it is; null when there is none, or it has run out. */
    find(token: string): Effect.Effect<Claims | null, SqlError>
    end(token: string): Effect.Effect<void, SqlError>
  }
>()("finance/identity/Sessions") {
  static readonly layer = Layer.effect(
    Sessions,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      return Sessions.of({
        start: Effect.fn("Sessions.start")(function* (user_id: string, user_agent: string | null) {
          const token = SecretToken.make()
          yield* sql`DELETE FROM sessions WHERE user_id = ${user_id} AND expires_at < now()`
          yield* sql`INSERT INTO sessions (token_hash, user_id, user_agent, expires_at)
                     VALUES (${SecretToken.hashOf(token)}, ${user_id}, ${user_agent}, now() + make_interval(secs => ${lifetimeSeconds}))`
          return token
        }),
        find: Effect.fn("Sessions.find")(function* (token: string) {
          const hash = SecretToken.hashOf(token)
          const [session] = yield* sql<{ user_id: string; roles: ReadonlyArray<string>; stale: boolean }>`
            SELECT s.user_id, u.roles, s.last_used_at < now() - interval '1 hour' AS stale
            FROM sessions s JOIN users u ON u.id = s.user_id
            WHERE s.token_hash = ${hash} AND s.expires_at > now()`
          if (session === undefined) return null
          if (session.stale) {
            yield* sql`UPDATE sessions SET last_used_at = now(), expires_at = now() + make_interval(secs => ${lifetimeSeconds})
                       WHERE token_hash = ${hash}`
          }
          return { user_id: session.user_id, roles: session.roles, family_id: null }
        }),
        end: (token) => Effect.asVoid(sql`DELETE FROM sessions WHERE token_hash = ${SecretToken.hashOf(token)}`)
      })
    })
  )
}
