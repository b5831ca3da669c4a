/** SpendingDonut: where a month's money went, by category. */
import { createMemo, For, Show } from "solid-js"
import { A } from "@solidjs/router"
import { queryOf } from "../api/Api.ts"
import type { CategoryOrNone, Spending } from "../api/Resources.ts"
import { lastDayOf } from "../calendar/Calendar.ts"
import { Mark } from "../categories/Categories.tsx"
import { Figure } from "../controls/Figure.tsx"
import { createQuery } from "../live/Query.ts"
import { useLocale } from "../locale/Locale.tsx"
import { homeCurrency } from "../money/Amount.ts"

const gap = 0.4

export interface SpendingDonutProps {
  readonly month: string
  readonly thisMonth: string
  /** The newest month that has transactions, to offer when this one is empty. */
  readonly latest: string | undefined
  readonly select: (month: string) => void
}

export const SpendingDonut = (props: SpendingDonutProps) => {
  const { t, amount, percent, day } = useLocale()
  const spending = createQuery<Spending>(() => `/analytics/spending?period=month&group_by=category&on=${props.month}-01`, {
    scopes: ["spending"],
    key: "key"
  })
  const groups = createMemo(() => (spending.data()?.groups ?? []).filter(({ total }) => total > 0))
  const sum = () => groups().reduce((all, { total }) => all + total, 0)
  // only for the drawing: amounts themselves are never added up as floats
  const arcs = createMemo(() => {
    let from = 0
    return groups().map(({ key, total }) => {
      const length = (total / sum()) * 100
      const arc = { key, from, length: Math.max(length - gap, 0.2) }
      from += length
      return arc
    })
  })
  const currency = () => spending.data()?.currency ?? homeCurrency
  const name = (key: string) => t().categories[key as CategoryOrNone]
  const monthName = () => day(props.month, "month")
  const title = () => (props.month === props.thisMonth ? t().overview.spentThisMonth : t().overview.spentIn(monthName()))
  const total = () => amount(spending.data()?.total ?? 0, currency(), "whole")
  const share = (group: { readonly total: number }) => percent((group.total / sum()) * 100)

  return (
    <Figure
      title={title()}
      summary={t().overview.spendingSummary(monthName(), total(), groups()[0] === undefined ? "–" : name(groups()[0]!.key))}
      head={[t().overview.category, t().overview.share, t().overview.amount]}
      amountColumn={2}
      rows={groups().map((group) => [name(group.key), share(group), amount(group.total, currency())])}
    >
      <Show
        when={groups().length > 0}
        fallback={
          <div class="flex min-h-44 flex-col items-center justify-center gap-3 text-center text-muted">
            <Show when={spending.data()} fallback={<div class="skeleton size-40 rounded-full" />}>
              <p>{t().overview.noSpending(monthName())}</p>
              <Show when={props.latest !== undefined && props.latest !== props.month && props.latest}>
                {(latest) => (
                  <button type="button" class="button" onClick={() => props.select(latest())}>
                    {t().overview.seeLatest(day(latest(), "month"))}
                  </button>
                )}
              </Show>
            </Show>
          </div>
        }
      >
        <div class="flex flex-wrap items-center justify-center gap-x-5 gap-y-4">
          <div class="relative size-40 flex-none">
            <svg viewBox="0 0 42 42" class="size-full -rotate-90" aria-hidden="true">
              <For each={arcs()}>
                {(arc) => (
                  <circle
                    cx="21"
                    cy="21"
                    r="15.915"
                    fill="none"
                    stroke="var(--mark)"
                    stroke-width="6.5"
                    data-category={arc.key}
                    stroke-dasharray={`${arc.length} ${100 - arc.length}`}
                    stroke-dashoffset={-arc.from}
                    class="data-[category=uncategorized]:stroke-line-strong"
                  />
                )}
              </For>
            </svg>
            <p class="absolute inset-0 flex flex-col items-center justify-center">
              <span class="text-xs text-muted">{t().overview.total}</span>
              <span class="money num text-[0.9375rem] font-semibold">{total()}</span>
            </p>
          </div>
          <ul class="min-w-40 flex-1 text-[0.8125rem]">
            <For each={groups().slice(0, 8)}>
              {(group) => (
                <li>
                  <A
                    href={`/transactions${queryOf({ category: group.key, from_date: `${props.month}-01`, to_date: lastDayOf(props.month) })}`}
                    class="flex items-center gap-2 rounded-md px-1 py-0.5 hover:bg-inset"
                  >
                    <Mark category={group.key as CategoryOrNone} />
                    <span class="min-w-0 flex-1 truncate">{name(group.key)}</span>
                    <span class="money num text-muted max-sm:hidden lg:hidden 2xl:inline">
                      {amount(group.total, currency(), "whole")}
                    </span>
                    <span class="num w-10 text-right text-muted">{share(group)}</span>
                  </A>
                </li>
              )}
            </For>
          </ul>
        </div>
      </Show>
    </Figure>
  )
}
