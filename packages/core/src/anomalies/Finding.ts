/**
 * Finding: what a detector says of a line, before it is known whether anybody is told.
 */
import type { Explanation } from "../ledger/Explanation.ts"
import { toDecimal } from "../money/Money.ts"
import type { AnomalyType } from "./Anomaly.ts"
import type { Line } from "./Line.ts"

export interface Finding {
  readonly line: Line
  readonly type: AnomalyType
  /** 0 to 1, rising with surprise. From a half on it is told. */
  readonly score: number
  readonly explanation: Explanation
  /** Ids of transactions, a few at most. */
  readonly evidence: ReadonlyArray<string>
  /** What a dismissal is remembered for: the merchant, or the category of a merchant that was new. */
  readonly scope: string
  /** How large it was: minor units, or for a change of price hundredths of a per cent. */
  readonly size: number
}

const maxEvidence = 10

/** Of these lines, the latest. */
export const evidenceOf = (lines: ReadonlyArray<Line>): ReadonlyArray<string> => lines.slice(-maxEvidence).map(({ id }) => id)

/** An amount as a parameter of a sentence, which formats it in the reader's language. */
export const told = (spent: number, currency: string): string => toDecimal(BigInt(Math.round(spent)), currency)

/** 0.5 at the threshold, towards 1 above it: a logistic curve over how many times the threshold it is. */
export const scoreOf = (surprise: number, threshold: number): number =>
  rounded(1 / (1 + Math.exp((-2 * (surprise - threshold)) / threshold)))

export const rounded = (score: number): number => Math.round(Math.min(Math.max(score, 0), 1) * 1_000) / 1_000
