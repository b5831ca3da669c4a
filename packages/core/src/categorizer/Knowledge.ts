/**
 * Knowledge: what one person has taught the categorizer, by filing lines and by writing rules.
 */
import { type Corrections, noCorrections } from "./Corrections.ts"
import type { PersonalRule } from "./PersonalRules.ts"

export interface Knowledge {
  readonly corrections: Corrections
  /** In the person's order: the first that matches counts. */
  readonly rules: ReadonlyArray<PersonalRule>
}

export const noKnowledge: Knowledge = { corrections: noCorrections, rules: [] }
