/**
 * FaultText: what went wrong, in words that may be written down where anybody who runs the house can read them.
 *
 * An error is named, placed (where in the code it arose) and, where its words are known to be about the error and not about what was being
 * worked on, quoted. PostgreSQL quotes the value that it refuses, and JavaScript the text that it cannot read as a number or as JSON: of
 * those, and of libraries, only the kind is told. So neither a person nor an amount comes into a log by way of an error.
 *
 * Source: PostgreSQL manual, appendix A (SQLSTATE classes) and 20.8 (`log_error_verbosity`: what an error's fields hold).
 */
import * as Cause from "effect/Cause"

/** How far down the causes of an error are followed. */
const maxDepth = 4
const maxFrames = 6
const maxLength = 500

export const ofCause = (cause: Cause.Cause<unknown>): string =>
  cause.reasons
    .map((reason) => {
      if (reason._tag === "Fail") return ofError(reason.error)
      return reason._tag === "Die" ? ofError(reason.defect) : "interrupted"
    })
    .join("; ")

export const ofError = (failure: unknown): string => {
  const chain: Array<Error> = []
  for (let error = failure; error instanceof Error && chain.length < maxDepth; error = error.cause) chain.push(error)
  if (chain.length === 0) return `something that is no Error was thrown: a ${typeof failure}`
  const told = [...new Set(chain.map((error) => [nameOf(error), wordsOf(error)].filter((part) => part !== "").join(": ")))]
  return [told.join(", because of "), ...framesOf(chain.at(-1)!)].join("\n    at ")
}

const nameOf = (error: Error): string => ("_tag" in error && typeof error._tag === "string" ? error._tag : error.name)

/** Whether its words are about the error: ours and Effect's, which have a tag, and what the operating system says. */
const isQuotable = (error: Error): boolean =>
  "syscall" in error || ("_tag" in error && error._tag !== "PgTypesCodecError" && typeof error._tag === "string")

const wordsOf = (error: Error): string => {
  if (isFromServer(error)) return serversWords(error)
  return isQuotable(error) ? error.message.slice(0, maxLength) : ""
}

interface FromServer extends Error {
  readonly code: string
  readonly table?: string
  readonly column?: string
  readonly constraint?: string
}

const isFromServer = (error: Error): error is FromServer =>
  "severity" in error && "code" in error && typeof error.code === "string" && /^[0-9A-Z]{5}$/.test(error.code)

/** Of classes 22 and 23, in which a value is refused, the value stays out. `detail` and `where` are never told. */
const serversWords = (error: FromServer): string => {
  const place = [error.table, error.column, error.constraint].filter((name) => name !== undefined).join(", ")
  const words = /^2[23]/.test(error.code) ? "a value was refused" : error.message.slice(0, maxLength)
  return `SQLSTATE ${error.code}, ${words}${place === "" ? "" : ` (${place})`}`
}

const framesOf = (error: Error): ReadonlyArray<string> =>
  [...(error.stack ?? "").matchAll(/^ {4}at (.+)$/gm)].slice(0, maxFrames).map((frame) => frame[1]!)
