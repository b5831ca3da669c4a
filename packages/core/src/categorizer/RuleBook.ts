/**
 * RuleBook: the rules a person has written, kept in their order. As the role `api` these run within `withPerson`.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { Category } from "../ledger/Category.ts"
import type { PersonalRule } from "./PersonalRules.ts"

interface RuleRow {
  readonly id: string
  readonly name: string
  readonly text: string | null
  readonly merchant: string | null
  readonly min_amount: bigint | null
  readonly max_amount: bigint | null
  readonly category: Category
  readonly merchant_name: string | null
}

const toRule = ({ id, name, text, merchant, min_amount, max_amount, category, merchant_name }: RuleRow): PersonalRule => ({
  id,
  name,
  category,
  match: {
    ...(text !== null && { text }),
    ...(merchant !== null && { merchant }),
    ...(min_amount !== null && { min_amount }),
    ...(max_amount !== null && { max_amount })
  },
  ...(merchant_name !== null && { merchant_name })
})

export const rulesOf = Effect.fn("RuleBook.rulesOf")(function* (owner_id: string) {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<RuleRow>`
    SELECT id, name, text, merchant, min_amount, max_amount, category, merchant_name FROM personal_rules
    WHERE owner_id = ${owner_id} ORDER BY created_at, id`
  return rows.map(toRule)
})

/** Writes the rule down last, or in the place of the one with its id. */
export const write = Effect.fn("RuleBook.write")(function* (
  owner_id: string,
  { id, name, match, category, merchant_name }: PersonalRule
) {
  const sql = yield* SqlClient.SqlClient
  const { text = null, merchant = null, min_amount = null, max_amount = null } = match
  yield* sql`
    INSERT INTO personal_rules (id, owner_id, name, text, merchant, min_amount, max_amount, category, merchant_name)
    VALUES (${id}, ${owner_id}, ${name}, ${text}, ${merchant}, ${min_amount}::bigint, ${max_amount}::bigint, ${category}, ${merchant_name ?? null})
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, text = excluded.text, merchant = excluded.merchant,
      min_amount = excluded.min_amount, max_amount = excluded.max_amount, category = excluded.category, merchant_name = excluded.merchant_name`
})

/** Whether there was such a rule. */
export const strike = Effect.fn("RuleBook.strike")(function* (id: string) {
  const sql = yield* SqlClient.SqlClient
  const gone = yield* sql`DELETE FROM personal_rules WHERE id = ${id} RETURNING id`
  return gone.length > 0
})
