/**
 * Place: where a transaction stands in the sums, as every event of it says after its creation: they change when any of these does.
 */
import * as Schema from "effect/Schema"

export const Amount = Schema.BigIntFromString
export const NullableText = Schema.NullOr(Schema.String)

export const place = { account_id: Schema.String, amount: Amount, currency: Schema.String, day: Schema.String }
