/**
 * List: the transactions as a grid one can walk with the keyboard: ↑ ↓ or j k move, Page Up/Down, Home and End leap, x selects, c changes
 * the category, Enter shows the details.
 */
import { createEffect, createMemo, createSignal, For, on, onCleanup, onMount } from "solid-js"
import { useLocale } from "../locale/Locale.tsx"
import { columns, Row, rowHeight } from "./Row.tsx"
import type { Pages } from "./Pages.ts"
import { rowsOf, scrollTo, windowOf } from "./Window.ts"

export interface ListProps {
  readonly pages: Pages
  /** Rises when the list is another one, to begin again at the top. */
  readonly filter: string
  readonly selected: ReadonlySet<string>
  readonly toggle: (id: string) => void
  readonly open: (index: number) => void
  readonly categorize: (index: number) => void
}

export const List = (props: ListProps) => {
  const { t } = useLocale()
  const wide = matchMedia("(min-width: 64rem)")
  const [height, setHeight] = createSignal(wide.matches ? rowHeight.wide : rowHeight.narrow)
  const [scrolled, setScrolled] = createSignal(0)
  const [view, setView] = createSignal(600)
  const [active, setActive] = createSignal(0)
  const elements = new Map<number, HTMLElement>()
  let scroller!: HTMLDivElement
  let header!: HTMLDivElement

  const total = () => props.pages.total() ?? 0
  const window = createMemo(() => windowOf(scrolled(), view(), height(), total()), undefined, {
    equals: (a, b) => a?.first === b?.first && a?.end === b?.end
  })
  const rows = createMemo(() => rowsOf(window(), active() < total() ? active() : undefined))
  createEffect(() => props.pages.view(window()))
  createEffect(
    on(
      () => props.filter,
      () => {
        setActive(0)
        scroller.scrollTop = 0
      },
      { defer: true }
    )
  )
  createEffect(
    on(total, (count) => {
      if (active() >= count) setActive(Math.max(0, count - 1))
    })
  )

  onMount(() => {
    const measure = () => {
      setHeight(wide.matches ? rowHeight.wide : rowHeight.narrow)
      setView(scroller.clientHeight - header.offsetHeight)
    }
    const observer = new ResizeObserver(measure)
    observer.observe(scroller)
    const wake = (event: KeyboardEvent) => {
      if (event.target !== document.body || !["j", "k", "ArrowDown", "ArrowUp"].includes(event.key)) return
      event.preventDefault()
      go(active())
    }
    document.addEventListener("keydown", wake)
    onCleanup(() => {
      observer.disconnect()
      document.removeEventListener("keydown", wake)
    })
  })

  const go = (index: number) => {
    const to = Math.max(0, Math.min(total() - 1, index))
    setActive(to)
    scroller.scrollTop = scrollTo(to, scroller.scrollTop, view(), height())
    elements.get(to)?.focus({ preventScroll: true })
  }
  const page = () => Math.max(1, Math.floor(view() / height()) - 1)
  const keys: Readonly<Record<string, () => void>> = {
    ArrowDown: () => go(active() + 1),
    ArrowUp: () => go(active() - 1),
    j: () => go(active() + 1),
    k: () => go(active() - 1),
    PageDown: () => go(active() + page()),
    PageUp: () => go(active() - page()),
    Home: () => go(0),
    End: () => go(total() - 1),
    c: () => props.categorize(active()),
    Enter: () => props.open(active()),
    x: () => {
      const transaction = props.pages.at(active())
      if (transaction !== undefined) props.toggle(transaction.id)
    }
  }
  const press = (event: KeyboardEvent) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key]
    if (act === undefined) return
    event.preventDefault()
    act()
  }
  const heading = (text: string, extra = "") => (
    <span role="columnheader" class={extra}>
      {text}
    </span>
  )

  return (
    <div
      ref={(element) => (scroller = element)}
      role="grid"
      aria-label={t().transactions.list}
      aria-rowcount={total() + 1}
      aria-multiselectable="true"
      class="relative min-h-0 flex-1 overflow-auto"
      onScroll={() => setScrolled(scroller.scrollTop)}
      onKeyDown={press}
    >
      <div ref={(element) => (header = element)} role="rowgroup" class="sticky top-0 z-[1] max-lg:sr-only">
        <div
          role="row"
          aria-rowindex={1}
          class={`grid gap-2 border-b border-line bg-inset px-2 py-1.5 text-[0.8125rem] font-medium text-muted ${columns}`}
        >
          <span role="columnheader">
            <span class="sr-only">{t().transactions.select("").trim()}</span>
          </span>
          {heading(t().transactions.date)}
          {heading(t().transactions.merchant)}
          {heading(t().transactions.bankText)}
          {heading(t().transactions.category)}
          {heading(t().transactions.confidence, "text-right")}
          {heading(t().transactions.amount, "text-right pr-1")}
        </div>
      </div>
      <div role="rowgroup" class="relative" style={{ height: `${total() * height()}px` }}>
        <For each={rows()}>
          {(index) => {
            onCleanup(() => elements.delete(index))
            return (
              <Row
                index={index}
                transaction={props.pages.at(index)}
                active={active() === index}
                selected={props.selected.has(props.pages.at(index)?.id ?? "")}
                height={height()}
                ref={(element) => elements.set(index, element)}
                focus={() => setActive(index)}
                toggle={() => {
                  const transaction = props.pages.at(index)
                  if (transaction !== undefined) props.toggle(transaction.id)
                }}
                open={() => {
                  setActive(index)
                  props.open(index)
                }}
              />
            )
          }}
        </For>
      </div>
    </div>
  )
}
