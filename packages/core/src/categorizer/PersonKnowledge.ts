/** What a person has taught, read from the database. */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { Category } from "../ledger/Category.ts"
import type { Knowledge } from "./Knowledge.ts"
import { rulesOf } from "./RuleBook.ts"

export const knowledgeOf = Effect.fnUntraced(function* (owner_id: string) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ correction_key: string; category: Category; merchant_name: string | null }>`
    SELECT correction_key, category, merchant_name FROM corrections WHERE owner_id = ${owner_id}`
  const knowledge: Knowledge = {
    corrections: new Map(rows.map(({ correction_key, ...correction }) => [correction_key, correction])),
    rules: yield* rulesOf(owner_id)
  }
  return knowledge
})
