/**
 * Pages: a list of any length, of which the pages in view are fetched as one scrolls.
 *
 * Invariants
 *  1. What is shown stays until something newer is there: under a new filter the old rows stay until its first page has come.
 *  2. Answers to an earlier filter are never shown.
 *  3. A row a person has just changed is not turned back by an answer that was on its way.
 */
import { createEffect, createSignal, on, onCleanup } from "solid-js"
import { createStore, produce, reconcile } from "solid-js/store"
import { Problem, request, type ProblemDocument } from "../api/Api.ts"
import type { Transaction, TransactionPage } from "../api/Resources.ts"
import { useLive } from "../live/Live.tsx"
import { useLocale } from "../locale/Locale.tsx"
import { useSession } from "../session/Session.tsx"
import { pagesOf, type Window } from "./Window.ts"

export const limit = 100

interface Held {
  total: number | undefined
  rows: Record<number, Transaction>
}

/** The transactions that the filter, a query string without its `?`, finds. */
export const createPages = (filter: () => string) => {
  const live = useLive()
  const { lost } = useSession()
  const { locale } = useLocale()
  const [held, set] = createStore<Held>({ total: undefined, rows: {} })
  const [problem, setProblem] = createSignal<ProblemDocument>()
  const fresh = new Set<number>()
  const asked = new Map<number, AbortController>()
  const changing = new Set<string>()
  let wanted: Window = { first: 0, end: 1 }
  let replacing = true

  /** Only what differs is drawn anew. Another transaction in the place is another object: a dialog may hold on to the one before. */
  const put = (index: number, transaction: Transaction) => {
    if (held.rows[index]?.id === transaction.id) set("rows", index, reconcile(transaction))
    else
      set(
        produce((draft) => {
          draft.rows[index] = transaction
        })
      )
  }
  const take = ({ transactions, page, total }: TransactionPage) => {
    const offset = (page - 1) * limit
    if (replacing) set("rows", reconcile({}))
    replacing = false
    set(
      produce((draft) => {
        for (const index of Object.keys(draft.rows)) if (Number(index) >= total) delete draft.rows[Number(index)]
        draft.total = total
      })
    )
    transactions.forEach((transaction, index) => {
      if (!changing.has(transaction.id)) put(offset + index, transaction)
    })
  }

  const fetchPage = async (page: number) => {
    const mine = new AbortController()
    asked.set(page, mine)
    try {
      const query = filter()
      const answer = await request<TransactionPage>(
        `/transactions?${query === "" ? "" : `${query}&`}page=${page}&limit=${limit}`,
        {
          signal: mine.signal
        }
      )
      if (mine.signal.aborted) return
      fresh.add(page)
      take(answer)
      setProblem(undefined)
    } catch (error) {
      if (mine.signal.aborted) return
      if (!(error instanceof Problem)) throw error
      if (error.document.status === 401) lost()
      setProblem(error.document)
    } finally {
      if (asked.get(page) === mine) asked.delete(page)
    }
  }

  const forget = (keep: (page: number) => boolean) => {
    for (const [page, abort] of asked) {
      if (keep(page)) continue
      abort.abort()
      asked.delete(page)
    }
  }
  const ensure = () => {
    const pages = pagesOf(wanted, limit)
    forget((page) => pages.includes(page))
    pages.filter((page) => !fresh.has(page) && !asked.has(page)).forEach((page) => void fetchPage(page))
  }
  const refresh = () => {
    fresh.clear()
    forget(() => false)
    ensure()
  }

  createEffect(
    on(filter, () => {
      replacing = true
      wanted = { first: 0, end: 1 }
      refresh()
    })
  )
  // explanations come in the reader's language
  createEffect(on([() => live.version("transactions"), locale], refresh, { defer: true }))
  onCleanup(() => forget(() => false))

  const indexOf = (id: string): number | undefined => {
    const found = Object.entries(held.rows).find(([, transaction]) => transaction.id === id)
    return found === undefined ? undefined : Number(found[0])
  }
  /** Shows the change at once, asks the server, and shows its answer, or what was there before if it refused. */
  const change = async (id: string, changed: Partial<Transaction>, ask: () => Promise<Transaction>) => {
    const show = (fields: Partial<Transaction>) => {
      const index = indexOf(id)
      if (index !== undefined) set("rows", index, fields)
    }
    const index = indexOf(id)
    const before = index === undefined ? {} : { ...held.rows[index] }
    changing.add(id)
    show(changed)
    try {
      show(await ask())
    } catch (error) {
      show(before)
      throw error
    } finally {
      changing.delete(id)
    }
  }

  live.on("transaction", (transaction) => {
    const index = indexOf(transaction.id)
    if (index === undefined || "deleted" in transaction || changing.has(transaction.id)) return
    put(index, transaction)
  })

  return {
    total: () => held.total,
    at: (index: number): Transaction | undefined => held.rows[index],
    problem,
    indexOf,
    change,
    refresh,
    /** Says what is in view. */
    view: (window: Window) => {
      wanted = window
      ensure()
    }
  }
}

export type Pages = ReturnType<typeof createPages>
