/**
 * Leg: a line that may be one half of a move between a person's own accounts, and what its text says of that.
 */
import { readLine } from "../categorizer/BankLine.ts"
import { isPerson } from "../categorizer/MerchantName.ts"
import { wordsOf } from "../categorizer/Words.ts"
import type { AccountType } from "../ledger/Account.ts"

export interface OwnAccount {
  readonly id: string
  readonly name: string
  readonly account_type: AccountType
}

export interface Leg {
  readonly id: string
  readonly account_id: string
  /** Minor units; negative is money out. */
  readonly amount: bigint
  readonly currency: string
  readonly day: string
  readonly description: string
  /** Account numbers and KIDs that the line holds. */
  readonly numbers: ReadonlyArray<string>
  /** Lines that the person has parted it from. */
  readonly apart_from: ReadonlyArray<string>
}

/**
 * `own`: a move between own accounts, in so many words or by the name of one. `move`: money moved, and nobody named. `other`: money moved
 * to or from somebody else, as it seems. `nothing`: neither.
 */
export type Said = "own" | "move" | "other" | "nothing"

export interface Reading {
  readonly said: Said
  /** Own accounts other than its own that it names. */
  readonly names: ReadonlyArray<string>
  /** An exchange rate that it states. */
  readonly rate: number | null
}

const own =
  /\b(?:mellom (?:egne|eigne)|(?:egne|eigne) kont\p{L}*|(?:egen|eigen) konto|kontoregulering|intern overforing|sparekonto|brukskonto|bufferkonto|felleskonto|feriekonto|lonnskonto|valutakonto|kredittkort\p{L}*|own account|savings account|credit card)\b/u

/** Words that say that money was moved and not who it went to. */
const moving: ReadonlySet<string> = new Set(
  `overforing overforsel overfort innbetaling utbetaling betaling betalt innskudd uttak til fra konto konti kontoer din mitt min takk
   straksbetaling straksoverforing straksinnbetaling straksutbetaling giro nettgiro avtalegiro efaktura e faktura mobil mobilbank nettbank
   innland utland kid med m av og dato valuta kjop salg veksling vekslet kurs avdrag termin terminbelop lan boliglan sparing fast oppdrag
   trekk spareavtale kort kortet regning oppgjor transfer payment thank you from to`.split(/\s+/)
)

const hint =
  /overf|innbet|utbet|betal|kont[oi]|giro|faktura|egne|eigne|spar|buffer|kredit|kort|avdrag|termin|\bl[åa]n|innskudd|transfer|payment|(?:^|\s)(?:til|fra):|\d{11}|\d{4}[. ]\d{2}[. ]\d{5}/i

/** Whether the text alone could be a leg's: of most lines it is plain that it is not. */
export const mayBeLeg = (description: string, accounts: ReadonlyArray<{ readonly name: string }>): boolean => {
  if (hint.test(description)) return true
  const text = description.toLowerCase()
  return accounts.some(({ name }) => text.includes(name.toLowerCase()))
}

/** Whether the line is between people, by Vipps or otherwise: no leg, whatever else it says. */
export const isBetweenPeople = (description: string): boolean => {
  const line = readLine(description)
  return line.wrapping === "wallet" || line.wrapping === "salary" || isPerson(line)
}

const accountNumber = /(?<!\d)(\d{4})[. ]?(\d{2})[. ]?(\d{5})(?!\d)/g
const longNumber = /(?<!\d)\d{7,25}(?!\d)/g

/** Account numbers in the bank's row, and in its text also KIDs and other long numbers. */
export const numbersOf = (description: string, row: string | null): ReadonlyArray<string> => {
  const accounts = [...`${description} ${row ?? ""}`.matchAll(accountNumber)].map((found) => found.slice(1).join(""))
  const long = [...description.matchAll(longNumber)].map(([number]) => number)
  return [...new Set([...accounts, ...long])].toSorted()
}

const foldedText = (text: string): string =>
  wordsOf(text)
    .map((word) => word.text)
    .join(" ")

const namedIn = (folded: string, name: string): boolean => {
  const words = foldedText(name)
  return words.length >= 3 && ` ${folded} `.includes(` ${words} `)
}

const rateIn = (description: string): number | null => {
  const stated = /kurs:?\s*(\d+[.,]\d+)/i.exec(description)?.[1]
  return stated === undefined ? null : Number(stated.replace(",", "."))
}

export const read = (leg: Leg, accounts: ReadonlyArray<OwnAccount>): Reading => {
  const folded = foldedText(leg.description)
  const names = accounts.filter(({ id, name }) => id !== leg.account_id && namedIn(folded, name)).map(({ id }) => id)
  return { said: names.length > 0 || own.test(folded) ? "own" : saidBy(leg.description), names, rate: rateIn(leg.description) }
}

const saidBy = (description: string): Said => {
  const words = wordsOf(description).filter(({ isNumber }) => !isNumber)
  if (words.every(({ text }) => moving.has(text))) return "move"
  const { wrapping } = readLine(description)
  if (wrapping === "transfer" || wrapping === "bill") return "other"
  return words.some(({ text }) => moving.has(text)) ? "move" : "nothing"
}
