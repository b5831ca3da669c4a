/**
 * RefreshTokens: what a program renews its access with. Each is good once and for 30 days. All that come from one sign-in are a
 * family, and a token used twice has been stolen from somebody, so its whole family ends there (RFC 9700, 4.14.2).
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { newId } from "../ledger/Id.ts"
import * as SecretToken from "./SecretToken.ts"

export interface RefreshToken {
  readonly token: string
  readonly family_id: string
  readonly user_id: string
}

export class RefreshTokens extends Context.Service<
  RefreshTokens,
  {
    /** The first of a new family. */
    issue(user_id: string): Effect.Effect<RefreshToken, SqlError>
    /** The next of its family; null when the token is not good. */
    rotate(token: string): Effect.Effect<RefreshToken | null, SqlError>
    /** Ends a family. */
    revoke(family_id: string): Effect.Effect<void, SqlError>
  }
>()("finance/identity/RefreshTokens") {
  static readonly layer = Layer.effect(
    RefreshTokens,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient

      const insert = Effect.fnUntraced(function* (user_id: string, family_id: string) {
        const token = SecretToken.make()
        yield* sql`INSERT INTO refresh_tokens (token_hash, family_id, user_id, expires_at)
                   VALUES (${SecretToken.hashOf(token)}, ${family_id}, ${user_id}, now() + interval '30 days')`
        return { token, family_id, user_id }
      })

      const revoke = (family_id: string) =>
        Effect.asVoid(sql`UPDATE refresh_tokens SET revoked_at = now() WHERE family_id = ${family_id} AND revoked_at IS NULL`)

      const rotate = Effect.fn("RefreshTokens.rotate")(function* (token: string) {
        const [spent] = yield* sql<{ family_id: string; user_id: string }>`
          UPDATE refresh_tokens SET spent_at = now()
          WHERE token_hash = ${SecretToken.hashOf(token)} AND spent_at IS NULL AND revoked_at IS NULL AND expires_at > now()
          RETURNING family_id, user_id`
        if (spent === undefined) {
          const [used] = yield* sql<{ family_id: string }>`
            SELECT family_id FROM refresh_tokens WHERE token_hash = ${SecretToken.hashOf(token)} AND spent_at IS NOT NULL`
          if (used !== undefined) yield* revoke(used.family_id)
          return null
        }
        return yield* insert(spent.user_id, spent.family_id)
      }, sql.withTransaction)

      return RefreshTokens.of({ issue: (user_id) => insert(user_id, newId()), rotate, revoke })
    })
  )
}
