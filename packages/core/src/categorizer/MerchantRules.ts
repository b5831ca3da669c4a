/**
 * MerchantRules: the merchants that Norwegians meet, and what they are, from `merchants.json`.
 *
 * An entry is `{name, category, money_in?, intermediary?, patterns?}`: the merchant's own spelling, its category (the labels of
 * `Category`), the category of money in where that differs (a refund keeps the shop's; what NAV or the tax office pays out is
 * income), whether it only stands for others (Klarna is the merchant when no shop is named), and the phrases that name it
 * (`PhraseIndex` tells how they are written), the name itself when there are none.
 */
import type { Category } from "../ledger/Category.ts"
import type { BankLine } from "./BankLine.ts"
import { readLine } from "./BankLine.ts"
import entries from "./merchants.json" with { type: "json" }
import * as PhraseIndex from "./PhraseIndex.ts"
import { fold } from "./Words.ts"

export interface Merchant {
  readonly name: string
  readonly category: Category
  /** The category of money in. */
  readonly money_in: Category
  readonly intermediary: boolean
  readonly patterns: ReadonlyArray<string>
  /** The folded name: what a person's correction of this merchant is kept under. */
  readonly key: string
}

export interface MerchantMatch {
  readonly merchant: Merchant
  /** Where the description names it: UTF-16 offsets, end exclusive. */
  readonly start: number
  readonly end: number
}

interface Entry {
  readonly name: string
  readonly category: string
  readonly money_in?: string
  readonly intermediary?: boolean
  readonly patterns?: ReadonlyArray<string>
}

/** Every merchant known. That the file holds categories only is proved by its test. */
export const merchants: ReadonlyArray<Merchant> = (entries as ReadonlyArray<Entry>).map((entry) => ({
  name: entry.name,
  category: entry.category as Category,
  money_in: (entry.money_in ?? entry.category) as Category,
  intermediary: entry.intermediary ?? false,
  patterns: entry.patterns ?? [entry.name],
  key: fold(entry.name)
}))

const index = PhraseIndex.make(merchants.flatMap((merchant) => merchant.patterns.map((text) => ({ text, value: merchant }))))

/** The merchant that a read line names, or null. */
export const merchantOn = (line: BankLine): MerchantMatch | null => {
  const { words } = line
  const found =
    index.find(words, line.from, line.to, (merchant) => !merchant.intermediary) ??
    index.find(words, 0, words.length, (merchant) => merchant.intermediary)
  if (found === null) return null
  let last = found.last
  while (last > found.first && address.test(words[last]!.text)) last--
  return { merchant: found.value, start: words[found.first]!.start, end: words[last]!.end }
}

/** What a phrase needs to be told from other words, but which is no part of the name: `BOOKING` of `BOOKING.COM`, `KID` of `KID ASA`. */
const address = /^(?:as|asa|ab|no|com|bill|norge|norway)$/

/** The merchant that a bank's text names, or null. Takes any string. */
export const findMerchant = (description: string): MerchantMatch | null => merchantOn(readLine(description))
