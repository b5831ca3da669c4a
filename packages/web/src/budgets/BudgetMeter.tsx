/** BudgetMeter: how much of a budget is spent, with ticks at 80 and 90 %, a shape and a colour for each level, and the words of it. */
import { Show, type JSX } from "solid-js"
import type { Budget } from "../api/Resources.ts"
import { daysLeftIn, type Span, today } from "../calendar/Calendar.ts"
import { CategoryName } from "../categories/Categories.tsx"
import { Icon } from "../controls/Icon.tsx"
import { toneClass, toneIcon, type Tone } from "../controls/Toasts.tsx"
import { useLocale } from "../locale/Locale.tsx"
import { toMinor } from "../money/Amount.ts"
import { levelOf } from "./Level.ts"

const barClass: Readonly<Record<Tone, string>> = { ok: "bg-ok", warn: "bg-warn", high: "bg-high", bad: "bg-bad" }

/** What may be spent each day that is left of the period, rounded down to the øre; undefined in others and when nothing is left. */
export const leftPerDay = (
  remaining: bigint,
  period: Span,
  day = today()
): { readonly amount: bigint; readonly days: number } | undefined => {
  const days = daysLeftIn(period, day)
  return days === 0 || remaining <= 0n ? undefined : { amount: remaining / BigInt(days), days }
}

export interface BudgetMeterProps {
  readonly budget: Budget
  readonly detailed?: boolean
  /** What can be done with it, at the end of its first line. */
  readonly actions?: JSX.Element
}

export const BudgetMeter = (props: BudgetMeterProps) => {
  const { t, amount, money, percent } = useLocale()
  const currency = () => props.budget.currency
  const level = () => levelOf(props.budget)
  const name = () => t().categories[props.budget.category]
  const spent = () => amount(props.budget.spent_amount, currency(), "whole")
  const whole = () => amount(props.budget.available_amount, currency(), "whole")
  const remaining = () => toMinor(props.budget.remaining_amount, currency())
  return (
    <div>
      <div class="flex items-center gap-2">
        <span class={toneClass[level()]} title={t().budgets.levels[level()]}>
          <Icon name={toneIcon(level())} />
        </span>
        <span class="min-w-0 flex-1 truncate font-medium">
          <Show when={props.detailed} fallback={name()}>
            <CategoryName category={props.budget.category} />
          </Show>
        </span>
        <span class="num money text-[0.8125rem] text-muted">{t().budgets.of(spent(), whole())}</span>
        {props.actions}
      </div>
      <div
        role="meter"
        aria-label={t().budgets.meter(name())}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.min(100, Math.max(0, Math.floor(props.budget.percentage_used)))}
        aria-valuetext={t().budgets.meterValue(percent(props.budget.percentage_used), spent(), whole())}
        class="relative mt-1.5 overflow-hidden rounded-full bg-inset"
        classList={{ "h-1.5": !props.detailed, "h-2.5": props.detailed === true }}
      >
        <div
          class={`h-full w-full origin-left rounded-full transition-transform duration-500 ${barClass[level()]}`}
          style={{ transform: `scaleX(${Math.min(1, Math.max(0, props.budget.percentage_used / 100))})` }}
        />
        <span class="absolute inset-y-0 left-[80%] w-0.5 bg-surface" />
        <span class="absolute inset-y-0 left-[90%] w-0.5 bg-surface" />
      </div>
      <Show when={props.detailed}>
        <p class="mt-1.5 flex flex-wrap gap-x-3 text-[0.8125rem] text-muted">
          <span class="num font-medium text-text">{percent(props.budget.percentage_used)}</span>
          <span class="money">
            {remaining() < 0n
              ? t().budgets.over(money(-remaining(), currency()))
              : t().budgets.left(money(remaining(), currency()))}
          </span>
          <Show when={props.budget.carried_amount !== 0}>
            <span class="money">{t().budgets.carried(money(toMinor(props.budget.carried_amount, currency()), currency()))}</span>
          </Show>
          <Show when={leftPerDay(remaining(), props.budget)}>
            {(left) => (
              <span class="ml-auto">
                <span class="money num">{t().budgets.perDay(money(left().amount, currency(), "whole"))}</span>
                {" · "}
                {t().budgets.perDayHint(left().days)}
              </span>
            )}
          </Show>
        </p>
      </Show>
    </div>
  )
}
