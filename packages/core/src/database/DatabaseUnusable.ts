/**
 * DatabaseUnusable: why there is no database to work with, told to the person who starts the tracker: `advice` says what to do about it.
 */
import * as Schema from "effect/Schema"

export class DatabaseUnusable extends Schema.TaggedError<DatabaseUnusable>()("DatabaseUnusable", {
  reason: Schema.Literals([
    "unreachable",
    "too-old",
    "not-utf8",
    "missing-privileges",
    "in-use",
    "other-version",
    "out-of-space",
    "damaged",
    "not-permitted",
    "unsupported-platform"
  ]),
  problem: Schema.String,
  advice: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message() {
    return `${this.problem}. ${this.advice}`
  }
}

/** The server's own words about a failure, which lie several causes below the driver's. */
export const serversWords = (failure: unknown): string => {
  let deepest = failure
  while (deepest instanceof Error && deepest.cause !== undefined) deepest = deepest.cause
  return deepest instanceof Error ? deepest.message : String(deepest)
}
