/**
 * Window: which rows of a long list are worth having in the page. Rows are all of one height, so it is arithmetic.
 *
 * Invariants
 *  1. Every row that can be seen is in the window, and a few on each side.
 *  2. However long the list, the window is as long as the view.
 */
export interface Window {
  readonly first: number
  /** The row after the last. */
  readonly end: number
}

const beyond = 8

export const windowOf = (scrolled: number, viewHeight: number, rowHeight: number, count: number): Window => {
  const first = Math.max(0, Math.min(Math.floor(scrolled / rowHeight), count) - beyond)
  const end = Math.min(count, Math.ceil((scrolled + viewHeight) / rowHeight) + beyond)
  return { first, end: Math.max(first, end) }
}

/** The rows of the window, and the one that has the focus wherever it is, for a focused row must not leave the page. */
export const rowsOf = ({ first, end }: Window, kept: number | undefined): ReadonlyArray<number> => {
  const rows = Array.from({ length: end - first }, (_, index) => first + index)
  if (kept === undefined || (kept >= first && kept < end)) return rows
  return kept < first ? [kept, ...rows] : [...rows, kept]
}

/** The numbers, from 1, of the pages that hold the window. */
export const pagesOf = ({ first, end }: Window, limit: number): ReadonlyArray<number> => {
  if (end <= first) return [1]
  const from = Math.floor(first / limit)
  return Array.from({ length: Math.floor((end - 1) / limit) - from + 1 }, (_, index) => from + index + 1)
}

/** How far to scroll so that the row is in view below a header that stays; where it is already, as far as now. */
export const scrollTo = (row: number, scrolled: number, viewHeight: number, rowHeight: number): number => {
  const top = row * rowHeight
  if (top < scrolled) return top
  return Math.max(scrolled, top + rowHeight - viewHeight)
}
