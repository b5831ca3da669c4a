/**
 * Line: a transaction as the detectors see it, and which ones they leave alone.
 */
import type { CategoryOrNone } from "../ledger/Category.ts"

export interface Line {
  /** Of the transaction. Ids are in the order of arrival. */
  readonly id: string
  /** Days since 1970-01-01. */
  readonly day: number
  /** Minor units; positive is money out, as everywhere in this room. */
  readonly spent: number
  readonly currency: string
  /** Its merchant's name, or what its text has in the place of one; empty where it names nobody. */
  readonly merchant: string
  readonly category: CategoryOrNone
  readonly by_hand: boolean
  /** The import that brought it. */
  readonly import_id: string | null
}

/** The known lines of one person, merchant and currency, by day and id. */
export type History = ReadonlyArray<Line>

/** So many known lines before one and after it, nearest in time, are ever looked at, and no others. */
export const seen = { before: 120, after: 80 }

const dayMillis = 86_400_000

/** Days since 1970-01-01 of a `YYYY-MM-DD`. */
export const dayNumberOf = (day: string): number => Date.parse(day) / dayMillis

export const byTime = (one: Line, other: Line): number => one.day - other.day || (one.id < other.id ? -1 : 1)

/**
 * Whether `one` was there when `other` came. An import comes as a whole, whatever the order of its file: among its lines the earlier day
 * was there first.
 */
export const precedes = (one: Line, other: Line): boolean =>
  one.import_id !== null && one.import_id === other.import_id ? byTime(one, other) < 0 : one.id < other.id

/** The bank's words for one's own money: a card that is settled, an account that is filled. */
const ownMoney =
  /kredittkort|(?<!\p{L})(?:visa|mastercard|amex|bsu|kid|konto|konti|egne|sparing|aksjesparing|lån|kreditt)(?!\p{L})|konto(?:er)?(?!\p{L})|høyrente|hoyrente|betalt/iu

/** An account number, as banks write it where no name is known. */
const account = /(?<!\d)\d{4}[ .]?\d{2}[ .]?\d{5}(?!\d)/

/** Who lends: what they are paid moves no wealth, but its price may rise. */
const lender = /lånekassen|husbanken|finans|kreditt|(?<!\p{L})(?:bank|lån)(?!\p{L})|bank$/iu

/**
 * Who is paid, as far as anybody is: the merchant, or what else the bank's text names (`key`). Nobody but a lender in a move between
 * accounts and people, nor where nobody could tell what the line is and its text speaks of accounts.
 */
export const payeeOf = (
  name: string | null,
  category: CategoryOrNone,
  description: string,
  key: (description: string) => string
): string => {
  if (category === "transfer") return name !== null && lender.test(name) ? name : ""
  if (category === "income") return ""
  const payee = name ?? key(description)
  return category === "uncategorized" && (ownMoney.test(payee) || account.test(description)) ? "" : payee
}

/** Money that leaves for a merchant. Pay, moves between accounts, cash and people are what they are. */
export const isSpending = ({ spent, merchant, category }: Line): boolean =>
  spent > 0 && merchant !== "" && category !== "income" && category !== "transfer"

/** Minor units of what is about fifty kroner: less than that is nobody's concern. */
export const trifle = (currency: string): number => trifles[currency] ?? 500

const trifles: Readonly<Record<string, number>> = {
  NOK: 5_000,
  SEK: 5_000,
  DKK: 3_500,
  ISK: 700,
  CZK: 12_000,
  HUF: 180_000,
  JPY: 800
}

/** Tickets, tolls, parking, scooters. */
const transit =
  /(?<![\p{L}\d])(?:ruter|kolumbus|skyss|atb|brakar|akt|østfold kollektiv\p{L}*|farte|innlandstrafikk|fram|reis|troms fylkestrafikk|svipper|snelandia|vy|nsb|sj|entur|go-ahead|flytoget|unibuss|nettbuss|boreal|nor-way|lavprisekspressen|flixbus|flybuss\p{L}*|norled|fjord1|torghatten|bastø fosen|ferrypay|rødne|autopass|ferde|fjellinjen|vegamot|bompenge\p{L}*|vegfinans|skyttel\p{L}*|flyt|øresundsbron|easypark|apcoa|q-park|aimo|onepark|europark|parkster|autopay|smartpark|timepark|parknordic|unipark|avinor|bymiljøetaten|voi|tier|ryde|lime|bolt|uber|yango|dsb|rejsekort|\p{L}*parkering\p{L}*|parking|\p{L}*bysykkel\p{L}*|\p{L}*taxi\p{L}*|\p{L}*ferge\p{L}*|buss\p{L}*|trikk\p{L}*|t-bane\p{L}*|metro|tog\p{L}*|\p{L}*billett\p{L}*)(?![\p{L}\d])/iu

/** What is bought again and again at one price: coffee, a bun, a hot dog, a lottery ticket. */
const counter =
  /kaffe|coffee|caf[eé]|kafe|espresso|bakeri|bakery|baker(?!\p{L})|backstube|brød|kantine|canteen|eurest|sodexo|compass group|kiosk|narvesen|7[- ]eleven|pressbyrån|deli de luca|^(?:mix|point|pret|fuglen)(?!\p{L})|starbucks|stockfleth|samson|wayne'?s|joe & the juice|wendelboe|supreme roastworks|dromedar|lagkagehuset|krispy|dunkin|automat|selecta|norsk tipping|vending/iu

/** Tickets, tolls and parking: single ones, and now and then one for a month. */
export const isTransit = ({ merchant }: Line): boolean => transit.test(merchant)

/** Sold over a counter: nobody subscribes to it, however regularly it is bought. */
export const isOverCounter = ({ merchant }: Line): boolean => counter.test(merchant)

/** What people pay twice within days and mean it: tickets and parking, coffee and canteens, and whatever else is small on the go. */
export const isOftenRepeated = (line: Line): boolean => {
  const { category, spent, currency } = line
  const isSmall =
    (category === "dining" && spent < 2 * trifle(currency)) || (category === "transport" && spent < 4 * trifle(currency))
  return isSmall || isTransit(line) || isOverCounter(line)
}
