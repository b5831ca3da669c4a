/**
 * Place: where a transaction stands in the sums, as each of its events says it: they change when any of these does.
 */
import * as Schema from "effect/Schema"

export const Amount = Schema.BigIntFromString

export const place = {
  transaction_id: Schema.String,
  account_id: Schema.String,
  amount: Amount,
  currency: Schema.String,
  day: Schema.String
}
