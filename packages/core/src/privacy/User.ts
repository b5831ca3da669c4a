/**
 * User: the person that everything here belongs to, and what they have agreed to.
 */
import * as Schema from "effect/Schema"

export const ConsentType = Schema.Literals(["data_processing", "marketing", "analytics", "model_training"])
export type ConsentType = typeof ConsentType.Type

export const UserRegistered = Schema.Struct({
  type: Schema.Literal("UserRegistered"),
  user_id: Schema.String,
  email: Schema.String,
  name: Schema.NullOr(Schema.String)
})
export type UserRegistered = typeof UserRegistered.Type

const consent = {
  user_id: Schema.String,
  consent_type: ConsentType,
  policy_version: Schema.String,
  ip_address: Schema.NullOr(Schema.String),
  user_agent: Schema.NullOr(Schema.String)
}

export const ConsentGranted = Schema.Struct({ type: Schema.Literal("ConsentGranted"), ...consent })
export const ConsentWithdrawn = Schema.Struct({ type: Schema.Literal("ConsentWithdrawn"), ...consent })

export const UserEvent = Schema.Union([UserRegistered, ConsentGranted, ConsentWithdrawn])
export type UserEvent = typeof UserEvent.Type
