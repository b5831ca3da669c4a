/** Row: one transaction of the list, as a row of a grid on a wide screen and as two lines on a phone. */
import { Show } from "solid-js"
import type { Transaction } from "../api/Resources.ts"
import { dayOf } from "../calendar/Calendar.ts"
import { CategoryName } from "../categories/Categories.tsx"
import { Icon } from "../controls/Icon.tsx"
import { useLocale } from "../locale/Locale.tsx"

export const rowHeight = { wide: 36, narrow: 60 }

export const columns = "lg:grid lg:grid-cols-[2.5rem_6rem_minmax(0,1.2fr)_minmax(0,1.5fr)_10rem_5rem_8.5rem] lg:items-center"

export const titleOf = (transaction: Transaction): string => transaction.merchant_name ?? transaction.description

export interface RowProps {
  readonly index: number
  readonly transaction: Transaction | undefined
  readonly active: boolean
  readonly selected: boolean
  readonly height: number
  readonly ref: (element: HTMLElement) => void
  readonly focus: () => void
  readonly toggle: () => void
  readonly open: () => void
}

export const Row = (props: RowProps) => {
  const { t } = useLocale()
  return (
    <div
      ref={props.ref}
      role="row"
      // the heading is row 1
      aria-rowindex={props.index + 2}
      aria-selected={props.selected}
      tabindex={props.active ? 0 : -1}
      class={`absolute inset-x-0 grid cursor-default grid-cols-[minmax(0,1fr)_auto] content-center gap-x-3 border-b border-line px-3 hover:bg-inset focus-visible:-outline-offset-2 lg:gap-x-2 lg:px-2 ${columns}`}
      classList={{ "bg-accent-soft hover:bg-accent-soft": props.selected }}
      style={{ transform: `translateY(${props.index * props.height}px)`, height: `${props.height}px` }}
      onFocusIn={() => props.focus()}
      onClick={() => props.open()}
    >
      <Show
        when={props.transaction}
        fallback={
          <div role="gridcell" class="col-span-full">
            <div class="skeleton h-4 w-2/3" />
            <span class="sr-only">{t().loading}</span>
          </div>
        }
      >
        {(transaction) => <Cells transaction={transaction()} selected={props.selected} toggle={props.toggle} />}
      </Show>
    </div>
  )
}

const Cells = (props: { readonly transaction: Transaction; readonly selected: boolean; readonly toggle: () => void }) => {
  const { t, amount, percent, day } = useLocale()
  return (
    <>
      <div role="gridcell" class="hidden justify-center lg:flex">
        <input
          type="checkbox"
          tabindex="-1"
          class="check"
          aria-label={t().transactions.select(titleOf(props.transaction))}
          checked={props.selected}
          onClick={(event) => event.stopPropagation()}
          onChange={() => props.toggle()}
        />
      </div>
      <div role="gridcell" class="num text-muted max-lg:order-3 max-lg:text-xs">
        {day(dayOf(props.transaction.occurred_at))}
        <span class="lg:hidden"> · {t().categories[props.transaction.category]}</span>
      </div>
      <div role="gridcell" class="flex min-w-0 items-center gap-2 font-medium max-lg:order-1">
        <span class="mark lg:hidden" data-category={props.transaction.category} />
        <span class="truncate">{titleOf(props.transaction)}</span>
      </div>
      <div role="gridcell" class="hidden truncate text-[0.8125rem] text-muted lg:block">
        {props.transaction.description}
      </div>
      <div role="gridcell" class="hidden min-w-0 lg:block">
        <CategoryName category={props.transaction.category} />
      </div>
      <div role="gridcell" class="num text-right text-muted max-lg:order-4 max-lg:text-xs">
        <Show
          when={props.transaction.needs_review}
          fallback={<span class="max-lg:hidden">{percent(props.transaction.category_confidence * 100)}</span>}
        >
          <span class="inline-flex text-warn" title={t().transactions.needsReview}>
            <Icon name="level-warn" class="size-4" />
            <span class="sr-only">{t().transactions.needsReview}</span>
          </span>
        </Show>
      </div>
      <div
        role="gridcell"
        class="money num text-right font-medium max-lg:order-2 lg:pr-1"
        classList={{ "text-ok": props.transaction.amount > 0 }}
      >
        {amount(props.transaction.amount, props.transaction.currency, "signed")}
      </div>
    </>
  )
}
