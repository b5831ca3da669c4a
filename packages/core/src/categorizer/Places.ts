/**
 * Places: which words behind a name tell where, not who: towns, malls, streets, countries, numbers, months, legal forms.
 */
import places from "./places.json" with { type: "json" }
import { fold, type Word } from "./Words.ts"

const fixed: ReadonlySet<string> = new Set([
  ...places.map(fold),
  ..."as asa ans da sa ba nuf enk ltd limited inc ab aps oy gmbh bv llc plc sarl no com net org se dk eu www http https".split(
    " "
  ),
  ..."januar februar mars april mai juni juli august september oktober november desember".split(" "),
  ..."i pa ved avd avdeling gt gate gata vei veien vegen vn st".split(" ")
])

/** Banks cut towns as well (`Trondh`), never below four letters to be told apart from other words. */
const shortestCut = 4
const beginnings: ReadonlySet<string> = new Set(
  places
    .map(fold)
    .flatMap((place) =>
      Array.from({ length: Math.max(0, place.length - shortestCut) }, (_, n) => place.slice(0, shortestCut + n))
    )
)

const street =
  /.{2}(?:gata|gaten|gate|veien|vegen|vei|veg|plassen|plass|torget|torg|torvet|senter|senteret|sentret|storsenter|brygge|stasjon|allmenningen|brua|kaia|bakken|parken|sletta)$/

/** Whether the word says where, how many or in what legal form, rather than who. */
export const isPlaceWord = (word: Word): boolean =>
  word.isNumber || fixed.has(word.text) || beginnings.has(word.text) || street.test(word.text)

/** Whether none of `words[from..to)` can be part of a name. */
export const isTrailing = (words: ReadonlyArray<Word>, from: number, to: number): boolean => {
  for (let index = from; index < to; index++) if (!isPlaceWord(words[index]!)) return false
  return true
}
