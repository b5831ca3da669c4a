/**
 * LineIdentity: when a line of a statement counts as the same line again.
 *
 *   export of January             export of 15 January to 15 February          the account holds
 *   ─────────────────             ───────────────────────────────────          ─────────────────
 *   14 Jan  RUTER    -42   #1
 *   15 Jan  KIWI     -99   #1     15 Jan  KIWI     -99   #1   stored           KIWI  -99 twice:
 *   15 Jan  KIWI     -99   #2     15 Jan  KIWI     -99   #2   stored           two equal purchases on
 *                                 15 Jan  KIWI     -99   #3   new              one day are two, so a
 *                                 01 Feb  HUSLEIE -9000  #1   new              third is new
 *
 * Terms. *identity*: booking date, amount, currency and normalised description as one text; the account is added by the store,
 * which keeps only an HMAC of both. *ordinal*: the nth line with this identity within one file, counted from 1.
 *
 * Invariants
 *  1. An account's lines are a multiset of identities: the nth line with an identity in a file is new if, and only if, fewer than
 *     n are stored for the account.
 *  2. So the same file twice adds nothing, whatever the order of its rows; two files that overlap add, for every identity, as many
 *     as the one of them that has most.
 *  3. The bank's encoding, letter case, padding and line ends make no other identity; another date, amount, currency or text does.
 *  4. The bank's own id is no part of it: one bank's export carries it and the same bank's next one does not.
 *  5. Identities are kept for ever, so what `identityOf` gives for a line never changes.
 *
 * What it cannot tell: two equal purchases on one day of which each export shows only one are taken for the same line.
 */

export interface Identifiable {
  readonly booking_date: string
  /** Minor units. */
  readonly amount: bigint
  readonly currency: string
  readonly description: string
}

/** The text under which a line counts as the same line again, within its account. */
export const identityOf = (line: Identifiable): string =>
  `${line.booking_date}|${line.amount}|${line.currency}|${normalised(line.description)}`

/** How many lines with each identity have gone by. */
export type Occurrences = Map<string, number>

export interface Occurrence<Line> {
  readonly line: Line
  readonly identity: string
  /** This is the nth line with its identity in the file, counted from 1. */
  readonly ordinal: number
}

/**
 * Each line with its identity and ordinal, as they are asked for. A file taken in chunks is counted as one by handing the same
 * `seen` to every chunk, in order.
 */
export function* withOrdinals<Line extends Identifiable>(
  lines: Iterable<Line>,
  seen: Occurrences = new Map()
): Generator<Occurrence<Line>, void> {
  for (const line of lines) {
    const identity = identityOf(line)
    const ordinal = (seen.get(identity) ?? 0) + 1
    seen.set(identity, ordinal)
    yield { line, identity, ordinal }
  }
}

const plain = /^[\x21-\x7eÀ-ÖØ-Þà-öø-þ]+(?: [\x21-\x7eÀ-ÖØ-Þà-öø-þ]+)*$/

/** NFKC, case folded (Unicode 16, 3.13, by way of upper case, so that ß and SS meet), one space between words. */
const normalised = (text: string): string => {
  // letters of Western Europe fold by lower case alone, and are nearly every line
  if (plain.test(text)) return text.toLowerCase()
  const folded = text.normalize("NFKC").toUpperCase().toLowerCase().normalize("NFKC")
  return folded.replace(/\s+/gu, " ").trim()
}
