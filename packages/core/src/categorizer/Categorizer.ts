/**
 * Categorizer: says what a bank line is, how sure it is, and why.
 *
 * The first of these that knows wins:
 *  1. the person's own corrections (confidence 1)
 *  2. the person's own rules (1)
 *  3. the words for salary, on money in only (0.95), and the bank's own words that hold whatever shop is named, for cash, loans,
 *     own accounts and people (0.95): an employer is often a shop, and cash is drawn in shops
 *  4. the merchant rules (0.99)
 *  5. the bank's other words, for interest and fees (0.95)
 * What none of them knows is `uncategorized` with confidence 0 and is put up for review: it is never guessed.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { CategoryOrNone, CategorySource } from "../ledger/Category.ts"
import type { Explanation } from "../ledger/Explanation.ts"
import type { Knowledge } from "./Knowledge.ts"

export interface LineToCategorize {
  readonly description: string
  /** Minor units; negative is money out. */
  readonly amount: bigint
  readonly currency: string
}

export interface Categorization {
  readonly category: CategoryOrNone
  /** 0 to 1. Below `reviewBelow` a person is asked. */
  readonly confidence: number
  readonly source: CategorySource
  /** The merchant's own spelling of its name, the bank's where no rule knows it, or null where the line names none. */
  readonly merchant_name: string | null
  /** Where in the description the merchant stands: UTF-16 offsets, end exclusive. */
  readonly merchant_span: readonly [start: number, end: number] | null
  readonly alternatives: ReadonlyArray<{ readonly category: CategoryOrNone; readonly confidence: number }>
  readonly explanation: Explanation
}

/** Below this confidence a transaction waits for a person's eye. */
export const reviewBelow = 0.6

export class Categorizer extends Context.Service<
  Categorizer,
  {
    /** One categorization per line, in order. Pure in its inputs: the same lines and knowledge give the same answers. */
    categorize(lines: ReadonlyArray<LineToCategorize>, knowledge: Knowledge): Effect.Effect<ReadonlyArray<Categorization>>
  }
>()("finance/categorizer/Categorizer") {}
