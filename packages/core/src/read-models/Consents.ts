/**
 * Consents: what a person has agreed to, as of now.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { ConsentType } from "../privacy/User.ts"

export interface ConsentRow {
  readonly consent_type: ConsentType
  readonly granted: boolean
  readonly policy_version: string
  readonly changed_at: Date
}

/** Runs within `withPerson`. */
export const list = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  return yield* sql<ConsentRow>`SELECT consent_type, granted, policy_version, changed_at FROM user_consents ORDER BY consent_type`
})
