/**
 * Postings: the words with which a bank or an employer says what a line is, without naming a merchant.
 */
import type { Category } from "../ledger/Category.ts"
import type { BankLine } from "./BankLine.ts"
import * as PhraseIndex from "./PhraseIndex.ts"

export interface Posting {
  readonly category: Category
  readonly sign: "in" | "out" | "any"
  /** Holds whatever merchant is named: cash drawn in a shop is cash, a loan paid to a bank is a loan. */
  readonly outranks_merchant: boolean
}

/** The words as they stand in the description. */
export interface PostingMatch {
  readonly posting: Posting
  readonly matched: string
}

const postings: ReadonlyArray<readonly [Posting, phrases: string]> = [
  [
    { category: "transfer", sign: "any", outranks_merchant: true },
    `mellom egne konti, mellom egne kontoer, mellom eigne konti, mellom eigne kontoar, egne konti, egen konto, eigen konto,
     kontoregulering, sparekonto, brukskonto, bufferkonto, felleskonto, feriekonto, lønnskonto, aksjesparekonto, bsu,
     minibank, minibankuttak, kontantuttak, visa uttak, atm, cash withdrawal, innskuddsautomat, innskudd automat,
     avdrag, nedbetaling av lån, nedbetaling lån, overført til lån, terminbeløp, låneavdrag, lån termin, betaling kredittkort,
     kredittkortbetaling, innbetaling kredittkort, spareavtale, fast sparing, fondssparing, tpp vipps`
  ],
  [
    { category: "transfer", sign: "any", outranks_merchant: false },
    `^vipps$, straksbetaling, straksoverføring, straksinnbetaling, straksutbetaling`
  ],
  [{ category: "transfer", sign: "in", outranks_merchant: false }, `^innbetaling$`],
  [
    { category: "income", sign: "in", outranks_merchant: false },
    `kreditrenter, innskuddsrenter, renteinntekter, opptjente renter, ^renter, rente innskudd, utbytte, pensjon eller trygd, pensjon,
     alderspensjon, uføretrygd, sykepenger, foreldrepenger, barnetrygd, dagpenger, skatteoppgjør, skatt til gode`
  ],
  [
    { category: "other", sign: "out", outranks_merchant: false },
    `gebyr, debetrenter, debetrente, ^renter, overtrekksrenter, overtrekksrente, forsinkelsesrenter, prislagte tjenester, visa kostnad, omkostninger,
     årspris, årsgebyr, kortgebyr, purregebyr, termingebyr, restskatt, forskuddsskatt, valutapåslag`
  ]
]

const index = PhraseIndex.make(
  postings.flatMap(([posting, phrases]) => phrases.split(",").map((text) => ({ text: text.trim(), value: posting })))
)

/** The bank's own word on a line of this sign, among those that do or do not outrank a merchant. */
export const postingOn = (line: BankLine, amount: bigint, outranking: boolean): PostingMatch | null => {
  const sign = amount > 0n ? "in" : "out"
  const found = index.find(
    line.words,
    0,
    line.words.length,
    (posting) => posting.outranks_merchant === outranking && (posting.sign === "any" || posting.sign === sign)
  )
  if (found === null) return null
  return { posting: found.value, matched: line.description.slice(line.words[found.first]!.start, line.words[found.last]!.end) }
}

const salaryIndex = PhraseIndex.make(
  [
    "lønn",
    "lønning",
    "lønnsutbetaling",
    "lønnsoverføring",
    "utbetaling lønn",
    "feriepenger",
    "salary",
    "payroll",
    "løn",
    "lønsutbetaling"
  ].map((text) => ({
    text,
    value: text
  }))
)

/** The words with which the line says salary, or null. That it is money in is for the caller to know. */
export const salaryOn = (line: BankLine): string | null => {
  const found = salaryIndex.find(line.words, 0, line.words.length)
  if (found === null) return null
  const matched = line.description.slice(line.words[found.first]!.start, line.words[found.last]!.end)
  // folded, the nynorsk løn is lon, which is also short for London
  return found.value === "løn" && !/l[øö]n/i.test(matched) ? null : matched
}
