/** Budgets: what one meant to spend in a month, what one has spent, and what is left for each day. */
import { createMemo, createSignal, For, Show } from "solid-js"
import { queryOf, request } from "../api/Api.ts"
import type { Budget, BudgetSettings, Category } from "../api/Resources.ts"
import { addMonths, isCalendarMonth, type Span } from "../calendar/Calendar.ts"
import { Icon } from "../controls/Icon.tsx"
import { ProblemNotice } from "../controls/ProblemNotice.tsx"
import { useToasts } from "../controls/Toasts.tsx"
import { useLive } from "../live/Live.tsx"
import { createQuery } from "../live/Query.ts"
import { useLocale } from "../locale/Locale.tsx"
import { homeCurrency, toMinor } from "../money/Amount.ts"
import { BudgetDialog } from "./BudgetDialog.tsx"
import { BudgetMeter } from "./BudgetMeter.tsx"
import { PeriodDialog } from "./PeriodDialog.tsx"

type Editing = { readonly budget: Budget | undefined }

interface MonthSwitchProps {
  readonly month: string
  /** Told where it is not the calendar's month. */
  readonly period: Span | undefined
  readonly change: (month: string) => void
}

const MonthSwitch = (props: MonthSwitchProps) => {
  const { t, day } = useLocale()
  return (
    <div class="flex items-center gap-1 sm:gap-2">
      <button
        type="button"
        class="button button-quiet px-2"
        aria-label={t().actions.previous}
        onClick={() => props.change(addMonths(props.month, -1))}
      >
        <Icon name="left" />
      </button>
      <h2 class="min-w-32 text-center text-base font-semibold first-letter:uppercase" aria-live="polite">
        {day(props.month, "month")}
        <Show when={props.period}>
          {(period) => (
            <span class="block text-xs font-normal text-muted normal-case">
              {t().budgets.period.days(day(period().from, "short"), day(period().to, "short"))}
            </span>
          )}
        </Show>
      </h2>
      <button
        type="button"
        class="button button-quiet px-2"
        aria-label={t().actions.next}
        onClick={() => props.change(addMonths(props.month, 1))}
      >
        <Icon name="right" />
      </button>
    </div>
  )
}

const Budgets = () => {
  const { t, money } = useLocale()
  const live = useLive()
  const toasts = useToasts()
  const settings = createQuery<BudgetSettings>(() => "/budgets/settings", { scopes: ["budgets"] })
  const [chosen, choose] = createSignal<string>()
  const month = () => chosen() ?? settings.data()?.current.month
  const [editing, setEditing] = createSignal<Editing>()
  const [cutting, setCutting] = createSignal(false)
  const path = () => (month() === undefined ? undefined : `/budgets?month=${month()}`)
  const budgets = createQuery<ReadonlyArray<Budget>>(path, { scopes: ["budgets"], key: "category" })
  const period = () => {
    const current = settings.data()?.current
    const shown = current?.month === month() ? current : budgets.data()?.[0]
    return shown === undefined || isCalendarMonth(shown) ? undefined : shown
  }
  const worstFirst = createMemo(() => (budgets.data() ?? []).toSorted((a, b) => b.percentage_used - a.percentage_used))
  const sums = createMemo(() => {
    const list = budgets.data() ?? []
    const currency = list[0]?.currency ?? homeCurrency
    const sum = (of: (budget: Budget) => number) => list.reduce((total, budget) => total + toMinor(of(budget), currency), 0n)
    return {
      spent: money(
        sum((b) => b.spent_amount),
        currency,
        "whole"
      ),
      budget: money(
        sum((b) => b.available_amount),
        currency,
        "whole"
      )
    }
  })
  const name = (category: Category) => t().categories[category]

  const remove = ({ category, budget_amount, rollover, month: of }: Budget) =>
    toasts.attempt(async () => {
      await request(`/budgets/${category}${queryOf({ month: of })}`, { method: "DELETE" })
      live.mark("budgets")
      const back = () =>
        void toasts.attempt(async () => {
          await request("/budgets", { method: "POST", body: { category, budget_amount, rollover, month: of } })
          live.mark("budgets")
        })
      toasts.tell({ tone: "ok", text: t().budgets.removed(name(category)), undo: back })
    })

  return (
    <>
      <div class="mb-3 flex flex-wrap items-center gap-x-2 gap-y-2 sm:gap-x-6">
        <Show when={month()}>{(shown) => <MonthSwitch month={shown()} period={period()} change={choose} />}</Show>
        <Show when={worstFirst().length > 0}>
          <p class="text-muted max-sm:order-last max-sm:w-full">
            {t().budgets.total}{" "}
            <span class="money num font-semibold text-text">{t().budgets.of(sums().spent, sums().budget)}</span>
          </p>
        </Show>
        <button
          type="button"
          class="button button-quiet ml-auto"
          disabled={settings.data() === undefined}
          onClick={() => setCutting(true)}
        >
          {t().budgets.period.title}
        </button>
        <button
          type="button"
          class="button button-primary"
          disabled={month() === undefined}
          onClick={() => setEditing({ budget: undefined })}
        >
          <Icon name="plus" />
          {t().budgets.set}
        </button>
      </div>
      <ProblemNotice problem={settings.problem()} retry={settings.refresh} />
      <ProblemNotice problem={budgets.problem()} retry={budgets.refresh} />
      <Show
        when={budgets.data()?.length !== 0}
        fallback={
          <div class="card mx-auto mt-8 max-w-md p-8 text-center">
            <span class="inline-flex text-muted">
              <Icon name="gauge" class="size-9" />
            </span>
            <h2 class="mt-2 text-base font-semibold">{t().budgets.none}</h2>
            <p class="mt-1 text-muted">{t().budgets.noneLead}</p>
          </div>
        }
      >
        <ul class="grid gap-3 md:grid-cols-2">
          <For each={worstFirst()}>
            {(budget) => (
              <li class="card" data-budget={budget.category}>
                <BudgetMeter
                  budget={budget}
                  detailed
                  actions={
                    <span class="-mr-2 flex">
                      <button
                        type="button"
                        class="button button-quiet min-h-7 border-transparent px-1.5"
                        aria-label={t().budgets.change(name(budget.category))}
                        title={t().actions.change}
                        onClick={() => setEditing({ budget: { ...budget } })}
                      >
                        <Icon name="pencil" class="size-4" />
                      </button>
                      <button
                        type="button"
                        class="button button-quiet min-h-7 border-transparent px-1.5"
                        aria-label={t().budgets.remove(name(budget.category))}
                        title={t().actions.remove}
                        onClick={() => void remove({ ...budget })}
                      >
                        <Icon name="trash" class="size-4" />
                      </button>
                    </span>
                  }
                />
              </li>
            )}
          </For>
        </ul>
      </Show>
      <Show when={editing()} keyed>
        {({ budget }) => (
          <BudgetDialog
            month={month()!}
            budget={budget}
            taken={(budgets.data() ?? []).map(({ category }) => category)}
            saved={(category) => {
              live.mark("budgets")
              toasts.tell({ tone: "ok", text: t().budgets.saved(name(category)) })
            }}
            close={() => setEditing(undefined)}
          />
        )}
      </Show>
      <Show when={cutting()}>
        <PeriodDialog
          settings={{ ...settings.data()! }}
          saved={({ current }) => {
            choose(current.month)
            live.mark("budgets")
            toasts.tell({ tone: "ok", text: t().budgets.period.saved })
          }}
          close={() => setCutting(false)}
        />
      </Show>
    </>
  )
}

export default Budgets
