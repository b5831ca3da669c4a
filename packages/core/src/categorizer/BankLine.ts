/**
 * BankLine: a bank's text with its wrapping taken off, so that what is left begins with the name of who was paid or who paid.
 *
 *   Varekjøp Bunnpris Elgese Elgeseter Ga Trondh Dato 04.07 kl. 13.57      DNB
 *            └────────── body ─────────────────┘
 *   *1234 04.07 NOK 100.00 VIPPS*RUTER Kurs: 1.0000                        SpareBank 1, Sbanken
 *                                └body┘
 *
 * The templates are those of DNB, SpareBank 1, Sbanken, Nordea and the Eika banks. A text in none of them is all body.
 */
import { isPlaceWord } from "./Places.ts"
import { type Word, wordsOf } from "./Words.ts"

/** How the bank words the line: a card purchase, a bill, a payment between accounts, Vipps and its like (a shop or a person), salary. */
export type Wrapping = "purchase" | "bill" | "transfer" | "wallet" | "salary" | "none"

export interface BankLine {
  readonly description: string
  readonly words: ReadonlyArray<Word>
  /** The words of the body: indexes, end exclusive. Never empty where the description has a word. */
  readonly from: number
  readonly to: number
  readonly wrapping: Wrapping
  /** The part of the description that said so (`Til:`, `Overføring`, `Vipps`), null where nothing did. */
  readonly wrapped_in: string | null
}

interface Head {
  readonly wrapping: Wrapping
  readonly pattern: RegExp
}

const amount = String.raw`[a-z]{3}\s+[\d ]+[.,]\d\d\s+`
const head = (wrapping: Wrapping, source: string): Head => ({ wrapping, pattern: new RegExp(source, "iy") })

/** Tried in this order, again and again, until none fits. Each is anchored and linear in what it reads. */
const heads: ReadonlyArray<Head> = [
  head(
    "purchase",
    String.raw`(?:ubetjent[ ,]+)?(?:e-|visa[ ,]+)?varekj[øo]p(?:[ ,]+(?:i butikk|debetkort|ubetjent|i utlandet))?[ ,:]+`
  ),
  head("purchase", String.raw`(?:bekreftet )?visa[ ,]+\d{6}\s+(?:${amount})?`),
  head("purchase", String.raw`visa,\s+(?:${amount})?`),
  head("purchase", String.raw`visa vare:?\s+(?:[\d*x]{4,19}\s+)?(?:\d\d\.\d\d\s+)?(?:(?:[a-z]{3}\s+)?\d[\d ]*[.,]\d\d\s+)?`),
  head("purchase", String.raw`\*\d{4}\s+\d\d\.\d\d\s+${amount}`),
  head(
    "purchase",
    String.raw`(?:bekreftet visa|dankort-k[øo]b|visa k[øo]b(?:\s+[a-z]{3} [\d.]+,\d\d)?|kontaktl[øo]s|kortkj[øo]p|visa(?= kj[øo]p)|kj[øo]p)[ ,:]+`
  ),
  head("purchase", String.raw`\d\d\.\d\d(?:\.\d\d(?:\d\d)?)?\s+`),
  head("bill", String.raw`giro(?:,|\s+\d+)\s+`),
  head("bill", String.raw`(?:nettgiro|avtalegiro|e-?faktura|bankgiro|regning)\s+m/kid[^:]{0,40}:\s*`),
  head(
    "bill",
    String.raw`(?:nettgiro|avtalegiro|e-?faktura|bankgiro|regning|betaling)(?:\s+med kid)?(?:\s+innland)?(?:\s+(?:til|fra))?[: ]\s*`
  ),
  head(
    "transfer",
    String.raw`(?:overf[øo]ring|overf[øo]rt|overf[øo]rsel|straksbetaling|straksoverf[øo]ring|straksinnbetaling|straksutbetaling)(?=[\s:,])(?:\s+innland)?[\s:,]+(?:\d{3,11}\s+)?(?:(?:til|fra)[: ]\s*)?`
  ),
  head("salary", String.raw`l[øo]nn(?:ing|sutbetaling|soverf[øo]ring)?[\s:,]+(?:\d{9}\s+)?(?:fra:?\s+)?`),
  head("transfer", String.raw`(?:til|fra):\s*`),
  head("wallet", String.raw`(?:vipps|mobilepay|swish)\s+(?:til|fra)[: ]\s*`),
  head("wallet", String.raw`(?:vipps|mobilepay|swish)\s?[*:]\s*`),
  head("wallet", String.raw`(?:vipps|mobilepay|swish)\s+(?!as\b|mobilepay\b)(?=[a-zæøå]|\d{1,2}[-a-z])`),
  head(
    "purchase",
    String.raw`(?:klarna|paypal|zettle|izettle|iz|sumup|weorder|tm|paddle|paddle\.net|nya|sq|fs|qliro|nets|dintero)\s?[*_:]+\s*`
  ),
  head("purchase", String.raw`(?:klarna|paypal)\s+(?!ab\b|bank\b)(?=[a-zæøå]|\d{1,2}[-a-z])`)
]

/** Where the banks' own words begin again behind the name. */
const tail =
  /\bdato \d\d\.\d\d|valutakurs\s*:|\bkurs(?::\s*|\s+)\d|\skurs\s*$|\bbetalt:|\bbetalingsdato|\bbetal dato|\bnotanr\b|\bnota \d|tpp:|ref:|\s(?:f )?reservert transaksjon|\s(?:avtalegiro|e-?faktura|mobil betaling)|\bforfall(?:er)? \d|\\|, /i

const letter = /\p{L}/u

interface Body {
  readonly start: number
  readonly end: number
  readonly wrapping: Wrapping
  readonly wrappedIn: string | null
}

const startOf = (description: string): Body => {
  let body: Body = { start: 0, end: description.length, wrapping: "none", wrappedIn: null }
  for (let round = 0; round < 6; round++) {
    const start = body.start
    const next = heads.find(({ pattern }) => {
      pattern.lastIndex = start
      return pattern.test(description) && letter.test(description.slice(pattern.lastIndex))
    })
    if (next === undefined) return body
    body = {
      ...body,
      ...(body.wrapping === "none" || next.wrapping === "wallet" ? { wrapping: next.wrapping } : {}),
      start: next.pattern.lastIndex
    }
    body = { ...body, wrappedIn: description.slice(start, body.start).trim() }
  }
  return body
}

/** Reads a bank's text. Takes any string. */
export const readLine = (description: string): BankLine => {
  const { start, wrapping, wrappedIn } = startOf(description)
  const cut = description.slice(start).search(tail)
  const end = cut > 0 && letter.test(description.slice(start, start + cut)) ? start + cut : description.length
  // DNB glues its own words to the name (`KIWIValutakurs: 11,9000`), so no word reaches over the end
  const before = wordsOf(description, 0, end)
  const words = end === description.length ? before : [...before, ...wordsOf(description, end)]
  const first = words.findIndex((word) => word.start >= start)
  const from = Math.max(first, 0)
  const to = Math.max(before.length, Math.min(from + 1, words.length))
  return { description, words, from, to, wrapping, wrapped_in: wrappedIn }
}

/** The body less the places, numbers and legal forms at its end: indexes, end exclusive. At least one word is left. */
export const nameEnd = (line: BankLine): number => {
  let to = line.to
  while (to > line.from + 1 && isPlaceWord(line.words[to - 1]!)) to--
  return to
}
