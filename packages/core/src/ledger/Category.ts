import * as Schema from "effect/Schema"

/** What a person can file a transaction under. */
export const categories = [
  "groceries",
  "dining",
  "transport",
  "utilities",
  "subscriptions",
  "shopping",
  "entertainment",
  "health",
  "education",
  "travel",
  "income",
  "transfer",
  "other"
] as const

export const Category = Schema.Literals(categories)
export type Category = typeof Category.Type

/** A category, or `uncategorized` while nobody has said and nothing is sure enough to say. */
export const CategoryOrNone = Schema.Literals([...categories, "uncategorized"])
export type CategoryOrNone = typeof CategoryOrNone.Type

/** What the user's own choice, a rule, or the model said: `user`, `rule`, `ml`. */
export const CategorySource = Schema.Literals(["ml", "rule", "user"])
export type CategorySource = typeof CategorySource.Type
