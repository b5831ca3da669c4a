/**
 * Corrections: what one person has taught by filing lines themselves. Keyed by `correctionKey` of the line, so that the same
 * shop in another town, on another day, under another card number, is known again.
 */
import type { Category } from "../ledger/Category.ts"

export interface Correction {
  readonly category: Category
  readonly merchant_name: string | null
}

export type Corrections = ReadonlyMap<string, Correction>

export const noCorrections: Corrections = new Map()
