/**
 * MerchantName: who a bank line is about, for merchants that no rule knows, and the key under which a correction is remembered.
 */
import { type BankLine, nameEnd, readLine } from "./BankLine.ts"
import givenNames from "./given-names.json" with { type: "json" }
import { type MerchantMatch, merchantOn } from "./MerchantRules.ts"
import { isPlaceWord } from "./Places.ts"
import { fold, type Word } from "./Words.ts"

const given: ReadonlySet<string> = new Set(givenNames.map(fold))

/** Words that make a name that begins with a given name a business all the same: `Anne Frisør`, `Tor Olsen AS`. */
const business =
  /^(?:as|asa|ans|da|ba|sa|enk|nuf|ab|aps|ltd|inc|frisor|tannlege|lege|legesenter|klinikk|advokat|barnehage|skole|forening|lag|idrettslag|klubb|fond|borettslag|sameie|verksted|auto|bil|bygg|elektro|ror|rorlegger|maler|transport|taxi|cafe|kafe|restaurant|bakeri|butikk|sport|foto|salong|hud|fysioterapi|kiropraktor|stiftelsen|kirke|menighet|kommune|handel|invest|eiendom|design|consulting)$/

/** Words that tell what is paid and not to whom. */
const subject =
  /^(?:husleie|leie|felleskostnader|fellesutgifter|faktura|regning|strom|sparing|gebyr|renter|rente|avdrag|lan|lonn|overforing|betaling|innbetaling|utbetaling|innskudd|uttak|minibank|vipps|giro|avtalegiro|efaktura|visa|konto|til|fra|kontoregulering|diverse|mobil|egne|mellom|konti|tpp)$/

/** Whether the line is money to or from a person: worded as a payment between people, to a name that people have. */
export const isPerson = (line: BankLine): boolean => {
  if (line.wrapping !== "transfer" && line.wrapping !== "wallet") return false
  const body = line.words.slice(line.from, line.to)
  return body.length > 0 && given.has(body[0]!.text) && !body.some((word) => business.test(word.text))
}

/** The given names that a person's name begins with and one word more. What follows is a message: `Kari Anne Berg Pizza`. */
const personWords = (line: BankLine): ReadonlyArray<Word> => {
  const body = line.words.slice(line.from, line.to)
  const rest = body.findIndex((word) => !given.has(word.text))
  return rest === -1 ? body : body.slice(0, rest + 1).filter((word) => !word.isNumber)
}

export interface Name {
  readonly text: string
  /** UTF-16 offsets into the description, end exclusive. */
  readonly start: number
  readonly end: number
}

/**
 * The span that names the business of a line that no merchant rule knows, less branch, town, numbers and legal form as far as
 * they can be told. Null for people, for payments between accounts, and where only the bank's own words stand.
 */
export const unknownName = (line: BankLine): Name | null => {
  if (isPerson(line) || line.wrapping === "transfer") return null
  const name = line.words.slice(line.from, nameEnd(line))
  const first = name[0]
  if (first === undefined || name.every((word) => isPlaceWord(word) || subject.test(word.text))) return null
  const { start } = first
  const { end } = name.at(-1)!
  return { text: line.description.slice(start, end), start, end }
}

/** `correctionKey` of a line that has been read and searched already. */
export const correctionKeyOf = (line: BankLine, match: MerchantMatch | null): string =>
  match === null || isPerson(line) ? plainKeyOf(line) : marked(line, match.merchant.key)

/** The key of a line as if no merchant were known: what a correction made before the merchant joined the list is kept under. */
export const plainKeyOf = (line: BankLine): string => {
  if (isPerson(line)) return joined(personWords(line))
  const name = line.words.slice(line.from, nameEnd(line)).filter((word) => !word.isNumber)
  return name.every((word) => generic.has(word.text)) ? "" : marked(line, joined(name))
}

/** What an employer pays is not what one buys there. */
const marked = (line: BankLine, key: string): string => (line.wrapping === "salary" ? `lonn ${key}` : key)

/** Left alone, these name nobody: remembering one would file every such line alike. */
const generic: ReadonlySet<string> = new Set(
  "vipps mobilepay swish klarna paypal overforing overfort betaling innbetaling utbetaling straksbetaling giro nettgiro visa varekjop til fra as".split(
    " "
  )
)

const joined = (words: ReadonlyArray<Word>): string => words.map((word) => word.text).join(" ")

/**
 * What a person's correction of this line is remembered under: the merchant, or the shop's name as the bank has it, or the
 * person's name, folded. The same for another day, card, amount or shop number, and, for merchants of the list or where a town or a
 * street can be told, another branch. Empty where the line names nobody: such a correction is not carried over to other lines.
 */
export const correctionKey = (description: string): string => {
  const line = readLine(description)
  return correctionKeyOf(line, merchantOn(line))
}
