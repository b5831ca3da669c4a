/** Transactions: find any of them, see why each is filed where it is, and file it elsewhere without leaving the keyboard. */
import { createMemo, createSignal, Match, onCleanup, onMount, Show, Switch } from "solid-js"
import { request } from "../api/Api.ts"
import type { Account, Category, Transaction } from "../api/Resources.ts"
import { Icon } from "../controls/Icon.tsx"
import { ProblemNotice } from "../controls/ProblemNotice.tsx"
import { useToasts } from "../controls/Toasts.tsx"
import { useLive } from "../live/Live.tsx"
import { createQuery } from "../live/Query.ts"
import { useLocale } from "../locale/Locale.tsx"
import { AddTransaction } from "./AddTransaction.tsx"
import { CategoryDialog } from "./CategoryDialog.tsx"
import { Details } from "./Details.tsx"
import { createFilters, FilterBar } from "./Filters.tsx"
import { List } from "./List.tsx"
import { createPages } from "./Pages.ts"
import { titleOf } from "./Row.tsx"

type Open = "nothing" | "details" | "category" | "category-of-details" | "add"

const Transactions = () => {
  const { t } = useLocale()
  const live = useLive()
  const toasts = useToasts()
  const filters = createFilters()
  const pages = createPages(filters.query)
  const accounts = createQuery<ReadonlyArray<Account>>(() => "/accounts", { scopes: ["accounts"] })
  const [selected, setSelected] = createSignal<ReadonlyMap<string, Transaction>>(new Map())
  const [open, setOpen] = createSignal<Open>("nothing")
  const [shown, setShown] = createSignal<Transaction>()
  let search: HTMLInputElement | undefined

  /** The transaction of the dialog, as it is now if it is in the list. */
  const current = createMemo(() => {
    const held = shown()
    const index = held === undefined ? undefined : pages.indexOf(held.id)
    return index === undefined ? held : (pages.at(index) ?? held)
  })
  const ids = createMemo<ReadonlySet<string>>(() => new Set(selected().keys()))
  const subjects = () =>
    selected().size > 0 && open() === "category" ? [...selected().values()] : current() === undefined ? [] : [current()!]

  const toggle = (id: string) => {
    const changed = new Map(selected())
    const index = pages.indexOf(id)
    if (!changed.delete(id) && index !== undefined) changed.set(id, { ...pages.at(index)! })
    setSelected(changed)
  }
  const show = (index: number, as: Open) => {
    const transaction = pages.at(index)
    if (transaction === undefined) return
    setShown({ ...transaction })
    setOpen(as)
  }

  const ask = (id: string, category: Category) =>
    request<Transaction>(`/transactions/${id}/category`, { method: "PATCH", body: { category } })
  const file = async (transaction: Transaction, category: Category) => {
    const guess = { category, category_source: "user", category_confidence: 1, needs_review: false } as const
    await pages.change(transaction.id, guess, async () => {
      const answer = await ask(transaction.id, category)
      if (shown()?.id === answer.id) setShown(answer)
      return answer
    })
  }
  const fileAll = async (transactions: ReadonlyArray<Transaction>, category: Category) => {
    const before = transactions.map((transaction) => ({ ...transaction }))
    const filed = await toasts.attempt(() => Promise.all(transactions.map((transaction) => file(transaction, category))))
    live.mark("transactions", "budgets", "spending")
    if (!filed) return
    setSelected(new Map())
    const name = t().categories[category]
    const text =
      before.length === 1
        ? t().transactions.categorized(titleOf(before[0]!), name)
        : t().transactions.categorizedMany(before.length, name)
    const known = before.filter((transaction) => transaction.category !== "uncategorized")
    const back = () =>
      void toasts.attempt(() => Promise.all(known.map((transaction) => file(transaction, transaction.category as Category))))
    toasts.tell({ tone: "ok", text, ...(known.length === before.length ? { undo: back } : {}) })
  }

  const changed = () => live.mark("transactions", "accounts", "budgets", "spending")
  const restore = (transaction: Transaction) =>
    toasts.attempt(async () => {
      await request(`/transactions/${transaction.id}/restore`, { method: "POST" })
      changed()
      toasts.tell({ tone: "ok", text: t().transactions.restored(titleOf(transaction)) })
    })
  const remove = (transaction: Transaction) =>
    toasts.attempt(async () => {
      await request(`/transactions/${transaction.id}`, { method: "DELETE" })
      setOpen("nothing")
      changed()
      toasts.tell({ tone: "ok", text: t().transactions.deleted(titleOf(transaction)), undo: () => void restore(transaction) })
    })

  onMount(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement
      if (event.key !== "/" || target.closest("input, textarea, select, dialog") !== null) return
      event.preventDefault()
      search?.focus()
    }
    document.addEventListener("keydown", press)
    onCleanup(() => document.removeEventListener("keydown", press))
  })

  return (
    <>
      <section class="card flex h-[calc(100dvh-8.5rem)] min-h-80 flex-col overflow-hidden p-0 lg:h-[calc(100dvh-5rem)]">
        <FilterBar
          filters={filters}
          accounts={accounts.data() ?? []}
          total={pages.total()}
          add={() => setOpen("add")}
          searchRef={(element) => (search = element)}
        />
        <Show when={pages.problem()}>
          <div class="p-2">
            <ProblemNotice problem={pages.problem()} retry={pages.refresh} />
          </div>
        </Show>
        <Show
          when={pages.total() !== 0}
          fallback={
            <div class="flex flex-1 flex-col items-center justify-center gap-3 p-6 text-center text-muted">
              <Icon name="list" class="size-8" />
              <p>{filters.any() ? t().transactions.none : t().transactions.noneYet}</p>
              <Show when={filters.any()}>
                <button type="button" class="button" onClick={filters.clear}>
                  {t().transactions.clear}
                </button>
              </Show>
            </div>
          }
        >
          <List
            pages={pages}
            filter={filters.query()}
            selected={ids()}
            toggle={toggle}
            open={(index) => show(index, "details")}
            categorize={(index) => show(index, "category")}
          />
        </Show>
        <Show
          when={selected().size > 0}
          fallback={<p class="border-t border-line px-3 py-1.5 text-xs text-muted max-lg:hidden">{t().transactions.keys}</p>}
        >
          <div class="flex items-center gap-2 border-t border-line p-2">
            <p class="px-1 font-medium" aria-live="polite">
              {t().transactions.selected(selected().size)}
            </p>
            <button
              type="button"
              class="button button-primary"
              onClick={() => {
                setShown(undefined)
                setOpen("category")
              }}
            >
              {t().transactions.changeCategory} <kbd class="font-sans text-xs">c</kbd>
            </button>
            <button type="button" class="button" onClick={() => setSelected(new Map())}>
              {t().transactions.clearSelection}
            </button>
          </div>
        </Show>
      </section>

      <Switch>
        <Match when={open() === "add"}>
          <AddTransaction
            accounts={accounts.data() ?? []}
            added={(transaction) => {
              changed()
              toasts.tell({ tone: "ok", text: t().transactions.added(titleOf(transaction)) })
            }}
            close={() => setOpen("nothing")}
          />
        </Match>
        <Match when={open() === "category" || open() === "category-of-details"}>
          <CategoryDialog
            title={
              subjects().length === 1
                ? t().transactions.changeCategoryOf(titleOf(subjects()[0]!))
                : t().transactions.changeCategoryOfMany(subjects().length)
            }
            current={subjects().length === 1 ? subjects()[0]!.category : undefined}
            alternatives={subjects().length === 1 ? subjects()[0]!.alternatives : []}
            choose={(category) => void fileAll(subjects(), category)}
            close={() => setOpen(open() === "category-of-details" ? "details" : "nothing")}
          />
        </Match>
        <Match when={open() === "details" && current()}>
          {(transaction) => (
            <Details
              transaction={transaction()}
              accounts={accounts.data() ?? []}
              choose={(category) => void fileAll([transaction()], category)}
              categorize={() => setOpen("category-of-details")}
              remove={() => void remove(transaction())}
              close={() => open() === "details" && setOpen("nothing")}
            />
          )}
        </Match>
      </Switch>
    </>
  )
}

export default Transactions
