/** MonthBars: spending month by month, each bar a button that shows where that month's money went. */
import { createMemo, For, Show } from "solid-js"
import type { Spending } from "../api/Resources.ts"
import { addMonths, monthsUntil } from "../calendar/Calendar.ts"
import { Figure } from "../controls/Figure.tsx"
import { Icon } from "../controls/Icon.tsx"
import { createQuery } from "../live/Query.ts"
import { useLocale } from "../locale/Locale.tsx"
import { homeCurrency } from "../money/Amount.ts"
import { averageOf, axisOf, sumByMonth } from "./MonthlySpending.ts"

const shown = 12

export interface MonthBarsProps {
  readonly last: string
  readonly selected: string
  readonly thisMonth: string
  readonly select: (month: string) => void
  readonly move: (last: string) => void
}

export const MonthBars = (props: MonthBarsProps) => {
  const { t, money, day } = useLocale()
  const months = createMemo(() => monthsUntil(props.last, shown))
  const year = (on: () => string) =>
    createQuery<Spending>(() => `/analytics/spending?period=year&group_by=day&on=${on()}-01`, {
      scopes: ["spending"],
      key: "key"
    })
  const [first, second] = [year(() => months()[0]!), year(() => props.last)]
  const totals = createMemo(() =>
    sumByMonth(first.data()?.from === second.data()?.from ? [second.data()] : [first.data(), second.data()])
  )
  const currency = () => second.data()?.currency ?? homeCurrency
  const total = (month: string) => totals().get(month) ?? 0n
  const highest = () => months().reduce((most, month) => (total(month) > most ? total(month) : most), 0n)
  const lines = createMemo(() => axisOf(highest()))
  const average = () => averageOf(months(), totals())
  const share = (amount: bigint) => Number((amount * 1000n) / lines().at(-1)!) / 1000
  const name = (month: string) => day(month, "month")

  return (
    <Figure
      title={t().overview.perMonth}
      aside={
        <div class="flex items-center gap-1">
          <Show when={average()}>
            {(amount) => (
              <span class="money mr-2 text-[0.8125rem] text-muted">
                {t().overview.average(money(amount(), currency(), "whole"))}
              </span>
            )}
          </Show>
          <button
            type="button"
            class="button button-quiet min-h-7 px-1"
            aria-label={t().overview.earlier}
            onClick={() => props.move(addMonths(props.last, -shown))}
          >
            <Icon name="left" class="size-4" />
          </button>
          <button
            type="button"
            class="button button-quiet min-h-7 px-1"
            aria-label={t().overview.later}
            disabled={props.last >= props.thisMonth}
            onClick={() => props.move(addMonths(props.last, shown))}
          >
            <Icon name="right" class="size-4" />
          </button>
        </div>
      }
      summary={t().overview.perMonthHint}
      head={[t().overview.month, t().overview.amount]}
      amountColumn={1}
      rows={months().map((month) => [name(month), money(total(month), currency())])}
    >
      <div class="flex gap-2">
        <div class="relative h-44 lg:h-52 w-13 flex-none text-right text-[0.6875rem] text-faint" aria-hidden="true">
          <For each={lines()}>
            {(line) => (
              <span class="num money absolute right-0 translate-y-1/2 leading-none" style={{ bottom: `${share(line) * 100}%` }}>
                {money(line, currency(), "compact")}
              </span>
            )}
          </For>
        </div>
        <div class="min-w-0 flex-1">
          <div class="relative h-44 lg:h-52">
            <For each={lines()}>
              {(line) => <span class="absolute inset-x-0 border-t border-line" style={{ bottom: `${share(line) * 100}%` }} />}
            </For>
            <Show when={average()}>
              {(amount) => (
                <span
                  class="pointer-events-none absolute inset-x-0 z-[1] border-t border-dashed border-line-strong"
                  style={{ bottom: `${share(amount()) * 100}%` }}
                />
              )}
            </Show>
            <div class="absolute inset-0 grid grid-cols-12 gap-1 sm:gap-2">
              <For each={months()}>
                {(month) => (
                  <button
                    type="button"
                    class="group relative h-full rounded-t-md focus-visible:outline-offset-1"
                    aria-label={`${name(month)}: ${money(total(month), currency())}`}
                    aria-pressed={props.selected === month}
                    title={`${name(month)}: ${money(total(month), currency())}`}
                    onClick={() => props.select(month)}
                  >
                    <span
                      class="absolute inset-x-0 bottom-0 h-full origin-bottom rounded-t-md transition-transform duration-500"
                      classList={{
                        "bg-accent": props.selected === month,
                        "bg-bar group-hover:bg-accent-hover": props.selected !== month
                      }}
                      style={{ transform: `scaleY(${share(total(month))})` }}
                    />
                  </button>
                )}
              </For>
            </div>
          </div>
          <div class="mt-1.5 grid grid-cols-12 gap-1 text-center text-[0.6875rem] text-faint sm:gap-2" aria-hidden="true">
            <For each={months()}>
              {(month) => (
                <span class="num overflow-hidden" classList={{ "font-semibold text-text": props.selected === month }}>
                  <span class="max-sm:hidden">{day(month, "month-short").replace(".", "")}</span>
                  <span class="sm:hidden">{day(month, "month-short").slice(0, 1)}</span>
                </span>
              )}
            </For>
          </div>
        </div>
      </div>
    </Figure>
  )
}
