/**
 * PhraseIndex: finds which of thousands of phrases a text holds, in one pass over its words.
 *
 * A phrase is written as plain text and matches whole folded words only. `^` before it: it must begin the searched words. `$`
 * after it: nothing but places, numbers and legal forms may follow. Names that are ordinary words too (Ark, Power, Ice) carry both.
 *
 * A name of several words also matches written as one (`CIRCLEK`, `burgerking.no`), and, being longer than banks print, as cut at
 * 15 or 17 characters, where the cut goes through a word.
 */
import { isTrailing } from "./Places.ts"
import { type Word, wordsOf } from "./Words.ts"

export interface Phrase<A> {
  readonly text: string
  readonly value: A
}

export interface Found<A> {
  readonly value: A
  /** Indexes of the first and the last word. */
  readonly first: number
  readonly last: number
}

interface Leaf<A> {
  readonly value: A
  readonly atStart: boolean
  readonly atEnd: boolean
}

interface Node<A> {
  readonly next: Map<string, Node<A>>
  readonly leaves: Array<Leaf<A>>
}

export interface PhraseIndex<A> {
  /**
   * The leftmost phrase among `words[from..to)` that `accept` takes, and the longest of those that begin there. The leftmost is
   * the name; what stands behind it is a branch, a street or a mall (`NARVESEN OSLO CITY`, `ESPRESSO HOUSE OBS HAUGENSTUA`).
   */
  find(words: ReadonlyArray<Word>, from: number, to: number, accept?: (value: A) => boolean): Found<A> | null
}

/** Where banks cut the name of a shop or a payee: Sbanken at 15 characters, DNB at 17. */
const cuts = [15, 17]

/** As one word only from here: shorter ones are other words too. */
const shortestAsOneWord = 7

const newNode = <A>(): Node<A> => ({ next: new Map(), leaves: [] })

const nodeOf = <A>(root: Node<A>, text: string): Node<A> => {
  let node = root
  for (const word of wordsOf(text)) {
    let next = node.next.get(word.text)
    if (next === undefined) node.next.set(word.text, (next = newNode()))
    node = next
  }
  return node
}

const shortened = (text: string): ReadonlyArray<string> =>
  cuts.filter((cut) => /[\p{L}]{2}/u.test(text.slice(cut - 1, cut + 1))).map((cut) => text.slice(0, cut))

export const make = <A>(phrases: ReadonlyArray<Phrase<A>>): PhraseIndex<A> => {
  const root = newNode<A>()
  const written = phrases.map(({ text, value }) => {
    const plain = text.replace(/^\^|\$$/g, "")
    return { plain, leaf: { value, atStart: text.startsWith("^"), atEnd: text.endsWith("$") } }
  })
  for (const { plain, leaf } of written) nodeOf(root, plain).leaves.push(leaf)
  for (const { plain, leaf } of written) {
    const asOne = wordsOf(plain).map((word) => word.text)
    const variants =
      asOne.length > 1 && asOne.join("").length >= shortestAsOneWord ? [asOne.join(""), ...shortened(plain)] : shortened(plain)
    // a variant never takes what another name is written as in full
    for (const variant of variants) {
      const node = nodeOf(root, variant)
      if (node.leaves.length === 0) node.leaves.push(leaf)
    }
  }

  const longestAt = (
    words: ReadonlyArray<Word>,
    start: number,
    from: number,
    to: number,
    accept: (value: A) => boolean
  ): Found<A> | null => {
    let found: Found<A> | null = null
    let node = root.next.get(words[start]!.text)
    for (let last = start; node !== undefined; node = ++last < to ? node.next.get(words[last]!.text) : undefined) {
      const fits = (leaf: Leaf<A>) =>
        (!leaf.atStart || start === from) && (!leaf.atEnd || isTrailing(words, last + 1, to)) && accept(leaf.value)
      const leaf = node.leaves.length === 0 ? undefined : node.leaves.find(fits)
      if (leaf !== undefined) found = { value: leaf.value, first: start, last }
    }
    return found
  }

  return {
    find: (words, from, to, accept = () => true) => {
      for (let start = from; start < to; start++) {
        const found = longestAt(words, start, from, to, accept)
        if (found !== null) return found
      }
      return null
    }
  }
}
