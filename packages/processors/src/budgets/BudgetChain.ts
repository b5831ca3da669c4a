/**
 * BudgetChain: how one budget stands in a few months, kept true while what was spent changes. It holds the months that roll over into them
 * too, so that a purchase in any of them is worked out from there on, and no further back.
 *
 *   chainStart ── … ── from ── to          a purchase here ──┐
 *   [ standing ][ standing ][ standing ][ standing ]         ▼
 *                                       worked out anew from this month on, when it is next asked for
 */
import { type Budget, type Entry, entryIn } from "@finance/core/budgets/Budget"
import * as Standing from "@finance/core/budgets/Standing"
import { addMonths } from "@finance/core/ledger/Day"

interface Link {
  readonly month: string
  readonly entry: Entry
  spent: bigint
  standing: Standing.Standing | null
}

export class BudgetChain {
  readonly from: string
  readonly #links: Array<Link> = []
  readonly #places = new Map<string, number>()
  /** How many of the months are asked for, the last ones. */
  #asked = 0
  /** How many are worked out, the first ones. */
  #known = 0

  constructor(budget: Budget, from: string, to: string, spentIn: Standing.SpentIn) {
    this.from = from
    for (let month = Standing.chainStart(budget, from); month <= to; month = addMonths(month, 1)) {
      const entry = entryIn(budget, month)
      this.#places.set(month, this.#links.length)
      this.#links.push({ month, entry, spent: entry === null ? 0n : spentIn(month, entry.currency), standing: null })
      if (month >= from) this.#asked++
    }
  }

  /** Whether what is spent in the month counts in any that is asked for. */
  holds(month: string): boolean {
    return this.#places.has(month)
  }

  add(month: string, currency: string, spent: bigint): void {
    const place = this.#places.get(month)
    if (place === undefined || this.#links[place]!.entry?.currency !== currency) return
    this.#links[place]!.spent += spent
    this.#known = Math.min(this.#known, place)
  }

  /** The months that are asked for; one that is unchanged is the same object as before. */
  standings(): ReadonlyArray<Standing.Standing | null> {
    for (; this.#known < this.#links.length; this.#known++) {
      const link = this.#links[this.#known]!
      const before = this.#links[this.#known - 1]?.standing ?? null
      link.standing = Standing.after(before, link.month, link.entry, link.spent)
    }
    return this.#links.slice(-this.#asked).map(({ standing }) => standing)
  }
}
