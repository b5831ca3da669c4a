/**
 * Words: a bank's text as folded words that know where they stand.
 *
 * Folding makes `KJØKKEN`, `kjøkken` and a bank's `Kjokken` the same: lower case, no marks, ø as o, æ as ae. A word is a run of
 * letters or a run of digits (`KIWI505` is `kiwi`, `505`: shop numbers are glued on), with apostrophes dropped from within it
 * (`McDonald's` is `mcdonalds`). `&` and `+` are words of their own, since they are part of names: `H&M`, `Disney+`.
 */

export interface Word {
  readonly text: string
  /** UTF-16 offsets into the text it came from, end exclusive. */
  readonly start: number
  readonly end: number
  readonly isNumber: boolean
}

type Kind = "gap" | "letter" | "digit" | "sign" | "joiner"

interface Unit {
  readonly kind: Kind
  readonly folded: string
}

const gap: Unit = { kind: "gap", folded: "" }
const joiner: Unit = { kind: "joiner", folded: "" }

const spelledOut: Readonly<Record<string, string>> = {
  ø: "o",
  æ: "ae",
  ß: "ss",
  đ: "d",
  ð: "d",
  þ: "th",
  ł: "l",
  ı: "i",
  œ: "oe"
}

const unitOf = (character: string): Unit => {
  if (/^[\p{M}'’´`]$/u.test(character)) return joiner
  if (/^[&+]$/.test(character)) return { kind: "sign", folded: character }
  const folded = character
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[^\p{L}\p{N}]/gu, "")
    .replace(/[øæßđðþłıœ]/g, (letter) => spelledOut[letter]!)
  if (folded === "") return gap
  return { kind: /^\p{N}+$/u.test(folded) ? "digit" : "letter", folded }
}

/** Latin text, which is nearly all there is, is looked up; anything else is worked out. */
const latin: ReadonlyArray<Unit> = Array.from({ length: 0x250 }, (_, code) => unitOf(String.fromCharCode(code)))

const unitAt = (text: string, index: number): Unit => latin[text.charCodeAt(index)] ?? unitOf(text[index]!)

/** The words of `text[from..to)` in order. Any string will do, also one that is not well-formed Unicode. */
export const wordsOf = (text: string, from = 0, to = text.length): ReadonlyArray<Word> => {
  const words: Array<Word> = []
  let index = from
  while (index < to) {
    const { kind } = unitAt(text, index)
    if (kind === "gap" || kind === "joiner") {
      index++
      continue
    }
    const word = wordAt(text, index, to, kind)
    words.push(word)
    index = word.end
  }
  return words
}

const wordAt = (text: string, start: number, to: number, kind: Kind): Word => {
  let folded = unitAt(text, start).folded
  let end = start + 1
  if (kind === "sign") return { text: folded, start, end, isNumber: false }
  for (let index = end; index < to; index++) {
    const next = unitAt(text, index)
    if (next.kind !== kind && (next.kind !== "joiner" || kind === "digit")) break
    folded += next.folded
    // an apostrophe is within the word only with a letter after it; a mark belongs to the letter before it
    if (next.kind === kind || mark.test(text[index]!)) end = index + 1
  }
  return { text: folded, start, end, isNumber: kind === "digit" }
}

const mark = /\p{M}/u

/** The folded words with single spaces between: equal for texts that differ only in case, marks and punctuation. */
export const fold = (text: string): string =>
  wordsOf(text)
    .map((word) => word.text)
    .join(" ")
