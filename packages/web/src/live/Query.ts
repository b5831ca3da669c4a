/**
 * Query: an answer of the API that keeps itself true. It is fetched when its path changes and again when one of its scopes goes stale,
 * and merged into what is on the screen, so that only what differs is drawn anew.
 *
 * Invariants
 *  1. What was shown stays until the new answer is there; a failed refresh keeps it too and tells of the problem.
 *  2. Answers of an earlier path or an earlier fetch are never shown.
 *  3. A screen that was seen before shows its last answer at once, and asks anew.
 */
import { createEffect, createSignal, on, onCleanup, untrack } from "solid-js"
import { createStore, reconcile } from "solid-js/store"
import { Problem, request, type ProblemDocument } from "../api/Api.ts"
import { useLocale } from "../locale/Locale.tsx"
import { useSession } from "../session/Session.tsx"
import { useLive, type Scope } from "./Live.tsx"

export interface Query<A> {
  readonly data: () => A | undefined
  /** Why the last fetch failed, until one succeeds. */
  readonly problem: () => ProblemDocument | undefined
  readonly refresh: () => void
}

export interface QueryOptions {
  readonly scopes: ReadonlyArray<Scope>
  /** The field that tells the items of a list apart. */
  readonly key?: string
}

/** The answer of a path; nothing is asked while it is undefined. */
export const createQuery = <A extends object>(path: () => string | undefined, options: QueryOptions): Query<A> => {
  const { cache, lost } = useSession()
  const { locale } = useLocale()
  const live = useLive()
  const [held, setHeld] = createStore<{ data?: A }>({})
  const [problem, setProblem] = createSignal<ProblemDocument>()
  const [asked, ask] = createSignal(0)
  let abort: AbortController | undefined
  onCleanup(() => abort?.abort())

  const show = (answer: A) => setHeld("data", reconcile(structuredClone(answer), { key: options.key ?? "id" }))

  const fetchNow = async (current: string) => {
    abort?.abort()
    const mine = (abort = new AbortController())
    try {
      const answer = await request<A>(current, { signal: mine.signal })
      if (mine.signal.aborted) return
      cache.set(current, answer)
      show(answer)
      setProblem(undefined)
    } catch (error) {
      if (mine.signal.aborted) return
      if (!(error instanceof Problem)) throw error
      if (error.document.status === 401) lost()
      setProblem(error.document)
    }
  }

  createEffect(
    on(path, (current, previous) => {
      if (current === previous) return
      const cached = current === undefined ? undefined : (cache.get(current) as A | undefined)
      if (cached === undefined) setHeld("data", undefined!)
      else show(cached)
    })
  )
  createEffect(() => {
    const current = path()
    options.scopes.forEach((scope) => live.version(scope))
    locale()
    asked()
    if (current !== undefined) untrack(() => void fetchNow(current))
  })

  return { data: () => held.data, problem, refresh: () => ask((times) => times + 1) }
}
