/**
 * Failure: why a batch could not be handled: because of what was going on around it, which passes, or because of what is in it, which
 * does not. And how to say so where an operator reads it, who may not read what people's events say.
 */
import * as Cause from "effect/Cause"
import * as Schema from "effect/Schema"
import { isSqlError, type SqlError } from "effect/sql/SqlError"

/** Another process has moved this partition's checkpoint: it is theirs now. */
export class CheckpointMoved extends Schema.TaggedError<CheckpointMoved>()("CheckpointMoved", {
  processor: Schema.String,
  partition: Schema.Int
}) {
  override get message() {
    return `The checkpoint of ${this.processor} in partition ${this.partition} has been moved by another process`
  }
}

/** An event of this partition cannot be read, and skipping it would lose its effect. */
export class CannotRead extends Schema.TaggedError<CannotRead>()("CannotRead", {
  position: Schema.BigInt,
  /** Whether it can by a newer release. */
  isPassing: Schema.Boolean,
  detail: Schema.String
}) {
  override get message() {
    return `The event at position ${this.position} cannot be read: ${this.detail}`
  }
}

const errorsOf = (cause: Cause.Cause<unknown>): ReadonlyArray<unknown> =>
  cause.reasons.flatMap((reason) => (reason._tag === "Fail" ? [reason.error] : reason._tag === "Die" ? [reason.defect] : []))

/** Whether the same batch may succeed at another time. What is not known to pass is taken to be the fault of an event. */
export const isPassing = (cause: Cause.Cause<unknown>): boolean => {
  const errors = errorsOf(cause)
  return errors.length < cause.reasons.length || errors.some(isPassingError)
}

const passingTags: ReadonlySet<unknown> = new Set([
  "CheckpointMoved",
  "WrongExpectedVersion",
  "TimeoutError",
  "EventBusUnavailable",
  "EventBusMisconfigured",
  "PlatformError",
  "HttpClientError",
  "AlreadyRebuilding"
])

const isPassingError = (error: unknown): boolean => {
  if (isSqlError(error)) return !isOfData(error)
  if (!(error instanceof Error)) return false
  if ("isPassing" in error) return error.isPassing === true
  // ECONNREFUSED, ENOSPC …: what Node says when the machine, and no event, is in the way.
  if ("syscall" in error) return true
  return "_tag" in error && passingTags.has(error._tag)
}

/** Classes 22 and 23: a value that the database does not take. All else is of the connection, of other sessions, of disk, or of the schema. */
const isOfData = (error: SqlError): boolean => /^2[23]/.test(stateOf(error))

/** SQLSTATE. Source: PostgreSQL manual, appendix A. */
const stateOf = ({ reason: { cause } }: SqlError): string =>
  typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : ""

const quotableTags: ReadonlySet<unknown> = new Set([
  "CheckpointMoved",
  "CannotRead",
  "AlreadyRebuilding",
  "CannotRebuild",
  "HasParked",
  "CannotShadow",
  "ThreadFailed"
])

/**
 * In a line: what went wrong, and where. Only our own errors are quoted: what a database, a parser or a library says may quote the
 * event in its turn.
 */
export const describe = (cause: Cause.Cause<unknown>): string => {
  const [error] = errorsOf(cause)
  if (error === undefined) return "It was interrupted"
  if (isSqlError(error)) return `${error.reason._tag} ${stateOf(error)}${detailOf(error)}`.trimEnd()
  if (!(error instanceof Error)) return "Something that is no error was thrown"
  if ("_tag" in error && quotableTags.has(error._tag)) return `${String(error._tag)}: ${error.message}`
  return `${error.name}${placeIn(error.stack)}`
}

const detailOf = ({ reason }: SqlError): string => ("constraint" in reason ? ` (${String(reason.constraint)})` : "")

/** The file, line and column of the first of our own frames. */
const placeIn = (stack: string | undefined): string => {
  const place = /packages\/(\S+?:\d+:\d+)/.exec(stack ?? "")
  return place === null ? "" : ` at ${place[1]}`
}
