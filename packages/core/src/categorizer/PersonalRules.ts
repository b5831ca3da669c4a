/**
 * PersonalRules: rules that one person has written: lines like these belong there.
 */
import type { Category } from "../ledger/Category.ts"
import { fold } from "./Words.ts"

export interface PersonalRule {
  readonly id: string
  readonly name: string
  /** All that are given must hold. A rule that asks for nothing matches nothing. */
  readonly match: {
    /** Stands anywhere in the description; case, marks and punctuation make no difference. */
    readonly text?: string
    /** The merchant's name as the categorization gives it. */
    readonly merchant?: string
    /** Minor units, inclusive; negative is money out, so between -200 kr and -100 kr is `-20000n` to `-10000n`. */
    readonly min_amount?: bigint
    readonly max_amount?: bigint
  }
  readonly category: Category
  /** What to call the merchant instead. */
  readonly merchant_name?: string
}

/** What a rule looks at. */
export interface Matchable {
  readonly amount: bigint
  readonly description: string
  /** The name of the merchant that the line was found to name, or null. */
  readonly merchant: string | null
}

/** The rules, in the person's order, made ready to be asked many times: gives the first that matches a line. */
export const firstOf = (rules: ReadonlyArray<PersonalRule>): ((line: Matchable) => PersonalRule | undefined) => {
  if (rules.length === 0) return () => undefined
  const ready = rules.map((rule) => ({ rule, matches: matcher(rule.match) }))
  return ({ amount, description, merchant }) => {
    const folded = { amount, text: fold(description), merchant: merchant === null ? null : fold(merchant) }
    return ready.find(({ matches }) => matches(folded))?.rule
  }
}

interface Folded {
  readonly amount: bigint
  readonly text: string
  readonly merchant: string | null
}

const matcher = (match: PersonalRule["match"]): ((line: Folded) => boolean) => {
  const text = fold(match.text ?? "")
  const merchant = fold(match.merchant ?? "")
  const { min_amount: least, max_amount: most } = match
  const asks = text !== "" || merchant !== "" || least !== undefined || most !== undefined
  return (line) =>
    asks &&
    line.text.includes(text) &&
    (merchant === "" || line.merchant === merchant) &&
    (least === undefined || line.amount >= least) &&
    (most === undefined || line.amount <= most)
}
