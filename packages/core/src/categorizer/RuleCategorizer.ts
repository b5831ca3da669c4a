/**
 * RuleCategorizer: the Categorizer that knows by rule alone, with no model behind it. Any string will do as a description.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type BankLine, readLine } from "./BankLine.ts"
import { type Categorization, Categorizer, type LineToCategorize } from "./Categorizer.ts"
import type { Correction, Corrections } from "./Corrections.ts"
import type { Knowledge } from "./Knowledge.ts"
import { correctionKeyOf, isPerson, type Name, plainKeyOf, unknownName } from "./MerchantName.ts"
import { type MerchantMatch, merchantOn } from "./MerchantRules.ts"
import { firstOf } from "./PersonalRules.ts"
import { postingOn, salaryOn } from "./Postings.ts"

const sure = { correction: 1, personalRule: 1, merchantRule: 0.99, words: 0.95 }

type Verdict = Omit<Categorization, "alternatives">

/** A line with all that is read from it before anyone is asked. */
interface Read {
  readonly line: BankLine
  readonly amount: bigint
  readonly match: MerchantMatch | null
  readonly name: Name | null
}

const read = ({ description, amount }: LineToCategorize): Read => {
  const line = readLine(description)
  const match = isPerson(line) ? null : merchantOn(line)
  const name = match === null ? unknownName(line) : { text: match.merchant.name, start: match.start, end: match.end }
  return { line, amount, match, name }
}

const merchantOf = (name: Name | null): Pick<Verdict, "merchant_name" | "merchant_span"> =>
  name === null
    ? { merchant_name: null, merchant_span: null }
    : { merchant_name: name.text, merchant_span: [name.start, name.end] }

const byCorrection = ({ line, match, name }: Read, corrections: Corrections): Verdict | null => {
  if (corrections.size === 0) return null
  const key = correctionKeyOf(line, match)
  const correction: Correction | undefined = corrections.get(key) ?? corrections.get(plainKeyOf(line))
  if (key === "" || correction === undefined) return null
  const merchant = correction.merchant_name ?? name?.text ?? null
  return {
    ...merchantOf(name),
    merchant_name: merchant,
    category: correction.category,
    confidence: sure.correction,
    source: "user",
    explanation: { code: "category.correction", params: { merchant: merchant ?? key } }
  }
}

const byPersonalRule = ({ line, amount, name }: Read, first: ReturnType<typeof firstOf>): Verdict | null => {
  const rule = first({ amount, description: line.description, merchant: name?.text ?? null })
  if (rule === undefined) return null
  return {
    ...merchantOf(name),
    merchant_name: rule.merchant_name ?? name?.text ?? null,
    category: rule.category,
    confidence: sure.personalRule,
    source: "rule",
    explanation: { code: "category.personal-rule", params: { rule: rule.name } }
  }
}

const bySalary = ({ line, amount, name }: Read): Verdict | null => {
  const matched = amount > 0n && !isPerson(line) ? salaryOn(line) : null
  if (matched === null) return null
  return {
    ...merchantOf(name),
    category: "income",
    confidence: sure.words,
    source: "rule",
    explanation: { code: "category.salary", params: { matched } }
  }
}

const posted = (category: Verdict["category"], matched: string): Verdict => ({
  ...merchantOf(null),
  category,
  confidence: sure.words,
  source: "rule",
  explanation: { code: "category.posting", params: { matched } }
})

const byPosting = ({ line, amount }: Read, outranking: boolean): Verdict | null => {
  const found = postingOn(line, amount, outranking)
  return found === null ? null : posted(found.posting.category, found.matched)
}

const byPerson = ({ line }: Read): Verdict | null =>
  isPerson(line) && line.wrapped_in !== null ? posted("transfer", line.wrapped_in) : null

const byMerchantRule = ({ line, amount, match }: Read): Verdict | null => {
  if (match === null) return null
  const { merchant, start, end } = match
  return {
    merchant_name: merchant.name,
    merchant_span: [start, end],
    category: amount > 0n ? merchant.money_in : merchant.category,
    confidence: sure.merchantRule,
    source: "rule",
    explanation: {
      code: "category.merchant-rule",
      params: { matched: line.description.slice(start, end), merchant: merchant.name }
    }
  }
}

const unknown = ({ name }: Read): Verdict => ({
  ...merchantOf(name),
  category: "uncategorized",
  confidence: 0,
  source: "rule",
  explanation: { code: "category.unknown", params: {} }
})

/** What `layer` answers, for those who hold no Effect. */
export const categorizeLines = (lines: ReadonlyArray<LineToCategorize>, knowledge: Knowledge): ReadonlyArray<Categorization> => {
  const personalRule = firstOf(knowledge.rules)
  return lines.map((given) => {
    const line = read(given)
    const verdict =
      byCorrection(line, knowledge.corrections) ??
      byPersonalRule(line, personalRule) ??
      bySalary(line) ??
      byPosting(line, true) ??
      byPerson(line) ??
      byMerchantRule(line) ??
      byPosting(line, false) ??
      unknown(line)
    return { ...verdict, alternatives: [] }
  })
}

export const layer = Layer.succeed(Categorizer, {
  categorize: (lines, knowledge) => Effect.sync(() => categorizeLines(lines, knowledge))
})
