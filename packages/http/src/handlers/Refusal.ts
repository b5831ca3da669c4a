/**
 * Refusal: what the domain says no to, as the answer to the request that asked.
 */
import { InvalidAmount } from "@finance/core/money/Money"
import { Conflict, NotFound, ValidationFailed } from "../contract/Problem.ts"

/** One field of the body that is not valid. */
export const field = (path: string, message: string) => new ValidationFailed({ errors: [{ in: "body", path, message }] })

export const parameter = (path: string, message: string) => new ValidationFailed({ errors: [{ in: "query", path, message }] })

export const amount = (path: string, currency: string) => (error: InvalidAmount) =>
  field(path, `Expected an amount in ${currency}: ${error.reason.replaceAll("-", " ")}`)

export const conflict = (code: string, detail: string) => new Conflict({ code, detail })

/** The same for what never was, what is gone, and what is another person's. */
export const missing = (what: string) => new NotFound({ detail: `There is no such ${what}` })
