/**
 * Evidence: what a bank's text says of whether a line is one leg of a move between its person's own accounts.
 *
 *   Overføring til Sparekonto · Kontoregulering · Betaling kredittkort      names an own account, or says "own"     3
 *   Til: 1234 56 78903 · Betaling med KID 00…                              gives an account number, or a KID       2
 *   Overføring · Innbetaling                                               money that moves, no word whose         1
 *   (anything else that names nobody)                                                                              0
 *   Lønn Firma AS · Vipps til Ola · Varekjøp KIWI · Kreditrenter           names somebody else: no leg             -
 */
import { readLine } from "../categorizer/BankLine.ts"
import { isPerson } from "../categorizer/MerchantName.ts"
import { fold } from "../categorizer/Words.ts"
import type { CategoryOrNone } from "../ledger/Category.ts"

/** Null where the text speaks against it. */
export type Evidence = 0 | 1 | 2 | 3 | null

/** What is looked at: the text, and what categorisation made of it. */
export interface Worded {
  readonly description: string
  readonly category: CategoryOrNone
  readonly merchant_name: string | null
}

/** Words that only a move between a person's own accounts has. */
const own =
  /\b(?:egne kont|egen konto|eigne kont|eigen konto|own account|kontoregulering|sparekonto|brukskonto|bufferkonto|feriekonto|lonnskonto|felleskonto|hoyrentekonto|plasseringskonto|valutakonto|bsu|fast sparing|spareavtale|kredittkort|kredittkontoen)/

/** A card's bill is paid to the card. */
const settlement = /^(?:innbetaling|takk for innbetaling)\b/

/** Money that moves, whoever's it is. */
const moving =
  /\b(?:overforing|overfort|overforsel|transfer|innbetaling|innskudd|til|fra|konto|valutaveksling|veksling|vekslet)\b/

/** The bank's own business, and cash. */
const elsewhere =
  /\b(?:lonn|lonning|lonnsutbetaling|salary|feriepenger|pensjon|nav|skatt|skatteetaten|renter|rente|kreditrenter|debetrenter|utbytte|gebyr|minibank|kontantuttak|atm|terminbelop|avdrag|straksbetaling)\b/

const kid = /\bkid[\s:]*\d{4,25}/

/** Eleven digits with their check digit. Source: Norges Bank's account numbers, modulus 11 with the weights 5 4 3 2 7 6 5 4 3 2. */
const numbers = /(?<!\d)(\d{4})[ .]?(\d{2})[ .]?(\d{5})(?!\d)/g
const weights = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]

const isAccountNumber = (digits: string): boolean => {
  const sum = weights.reduce((sum, weight, index) => sum + weight * Number(digits[index]), 0)
  return (11 - (sum % 11)) % 11 === Number(digits[10])
}

/** The Norwegian account numbers that a text holds, as eleven digits. */
export const accountNumbersIn = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(numbers)].map(([, ...parts]) => parts.join("")).filter(isAccountNumber)

/** A name that one account alone has, of some length: `Brukskonto`, not `A`. */
const isTelling = (name: string): boolean => name.length >= 3

const names = (text: string, account: string): boolean => {
  const name = fold(account).trim()
  return isTelling(name) && ` ${text} `.includes(` ${name} `)
}

const wordsOnly = (text: string): string =>
  fold(text)
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim()

/** How a text begins, or what it holds, that may name an account: a cheap look, since every line of an import is looked at. */
const mayName = /^(?:til|fra)[: ]|giro|faktura|betaling|overf|kont[oi]|kredittkort|\d{4}[ .]?\d{2}[ .]?\d{5}/i
const wallet = /^(?:vipps|mobilepay|swish)\b/i

/** Whether the line can be a leg at all, whatever accounts its person has or will have. Most of what a card buys cannot. */
export const mayBeLeg = ({ description, category, merchant_name }: Worded): boolean =>
  (category === "transfer" || merchant_name === null ? !wallet.test(description) : mayName.test(description)) &&
  category !== "income"

/** What the text says, to somebody who has these other accounts. */
export const evidenceOf = (line: Worded, otherAccounts: ReadonlyArray<string>): Evidence => {
  const text = wordsOnly(line.description)
  const bankLine = readLine(line.description)
  if (bankLine.wrapping === "salary" || bankLine.wrapping === "wallet") return null
  if (otherAccounts.some((name) => names(text, wordsOnly(name)))) return 3
  if (elsewhere.test(text)) return null
  if (own.test(text) || settlement.test(text)) return 3
  if (isPerson(bankLine) || bankLine.wrapping === "purchase") return null
  if (accountNumbersIn(line.description).length > 0 || kid.test(text)) return 2
  if (line.merchant_name !== null && line.category !== "transfer") return null
  return moving.test(text) || line.category === "transfer" ? 1 : 0
}
