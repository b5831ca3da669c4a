/**
 * Reason: why two lines were linked, and how sure that is.
 */
import type { Explanation } from "../ledger/Explanation.ts"
import type { Match } from "./Matching.ts"

export const sureness: Readonly<Record<Match["evidence"]["kind"], number>> = { number: 0.99, words: 0.95, exchange: 0.9 }

export const explanationOf = ({ out, into, evidence }: Match): Explanation => {
  switch (evidence.kind) {
    case "number":
      return { code: "transfer.number", params: { number: evidence.number } }
    case "words":
      return { code: "transfer.words", params: { out: out.day, in: into.day } }
    case "exchange":
      return { code: "transfer.exchange", params: { rate: evidence.rate.toFixed(4) } }
  }
}

export const byHand: Explanation = { code: "transfer.user", params: {} }
