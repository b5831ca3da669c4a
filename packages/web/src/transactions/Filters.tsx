/** Filters: what part of the transactions to show. They live in the address, so that a view can be linked to and come back to. */
import { useSearchParams } from "@solidjs/router"
import { createMemo, createSignal, For, onCleanup, Show } from "solid-js"
import { queryOf } from "../api/Api.ts"
import type { Account, CategoryOrNone } from "../api/Resources.ts"
import { categories } from "../categories/Categories.tsx"
import { Field } from "../controls/Field.tsx"
import { Icon } from "../controls/Icon.tsx"
import { useLocale } from "../locale/Locale.tsx"
import { digitsOf, homeCurrency, parseAmount, toDecimal } from "../money/Amount.ts"

const names = ["q", "category", "account_id", "from_date", "to_date", "min_amount", "max_amount", "needs_review"] as const
type Name = (typeof names)[number]
const folded: ReadonlyArray<Name> = ["account_id", "from_date", "to_date", "min_amount", "max_amount"]
const typingPause = 180

export const createFilters = () => {
  const [params, setParams] = useSearchParams<Record<Name, string>>()
  const value = (name: Name) => {
    const given = params[name]
    return typeof given === "string" ? given : ""
  }
  const change = (name: Name, to: string) => setParams({ [name]: to === "" ? undefined : to }, { replace: true, scroll: false })
  return {
    value,
    change,
    clear: () => setParams(Object.fromEntries(names.map((name) => [name, undefined])), { replace: true, scroll: false }),
    folded: () => folded.filter((name) => value(name) !== "").length,
    any: () => names.some((name) => value(name) !== ""),
    query: createMemo(() => queryOf(Object.fromEntries(names.map((name) => [name, value(name)]))).slice(1))
  }
}

export type Filters = ReturnType<typeof createFilters>

export interface FilterBarProps {
  readonly filters: Filters
  readonly accounts: ReadonlyArray<Account>
  readonly total: number | undefined
  readonly add: () => void
  readonly searchRef: (element: HTMLInputElement) => void
}

export const FilterBar = (props: FilterBarProps) => {
  const { t, count } = useLocale()
  const [open, setOpen] = createSignal(props.filters.folded() > 0)
  let timer: ReturnType<typeof setTimeout> | undefined
  onCleanup(() => clearTimeout(timer))
  const later = (change: () => void) => {
    clearTimeout(timer)
    timer = setTimeout(change, typingPause)
  }
  const reviewing = () => props.filters.value("needs_review") === "true"

  return (
    <div class="border-b border-line p-2">
      <div class="flex flex-wrap items-center gap-2">
        <input
          ref={props.searchRef}
          class="field min-w-40 flex-1"
          type="search"
          aria-label={t().transactions.search}
          placeholder={t().transactions.search}
          value={props.filters.value("q")}
          onInput={(event) => {
            const { value } = event.currentTarget
            later(() => props.filters.change("q", value.trim()))
          }}
        />
        <select
          class="field w-auto max-sm:flex-1"
          aria-label={t().transactions.category}
          onChange={(event) => props.filters.change("category", event.currentTarget.value)}
        >
          <option value="" selected={props.filters.value("category") === ""}>
            {t().transactions.allCategories}
          </option>
          <For each={[...categories, "uncategorized"] satisfies ReadonlyArray<CategoryOrNone>}>
            {(category) => (
              <option value={category} selected={props.filters.value("category") === category}>
                {t().categories[category]}
              </option>
            )}
          </For>
        </select>
        <button
          type="button"
          class="button aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:text-accent"
          aria-pressed={reviewing()}
          onClick={() => props.filters.change("needs_review", reviewing() ? "" : "true")}
        >
          {t().transactions.needsReview}
        </button>
        <button
          type="button"
          class="button"
          aria-expanded={open()}
          aria-label={t().transactions.filters}
          title={t().transactions.filters}
          onClick={() => setOpen(!open())}
        >
          <Icon name="filter" />
          <Show when={props.filters.folded() > 0}>
            <span class="num rounded-full bg-accent px-1.5 text-xs text-accent-ink">{props.filters.folded()}</span>
          </Show>
        </button>
        <button
          type="button"
          class="button button-primary max-sm:px-2"
          aria-label={t().transactions.add}
          onClick={() => props.add()}
        >
          <Icon name="plus" />
          <span class="max-sm:hidden">{t().transactions.add}</span>
        </button>
        <p class="num text-[0.8125rem] text-muted max-sm:hidden" aria-live="polite">
          {props.total === undefined ? "" : t().transactions.shown(count(props.total))}
        </p>
      </div>
      <Show when={open()}>
        <MoreFilters filters={props.filters} accounts={props.accounts} />
      </Show>
    </div>
  )
}

const MoreFilters = (props: { readonly filters: Filters; readonly accounts: ReadonlyArray<Account> }) => {
  const { t } = useLocale()
  return (
    <div class="mt-2 grid grid-cols-2 items-start gap-2 sm:grid-cols-3 lg:grid-cols-[1.3fr_1fr_1fr_1fr_1fr_auto]">
      <Field label={t().transactions.account}>
        {(wiring) => (
          <select class="field" {...wiring} onChange={(event) => props.filters.change("account_id", event.currentTarget.value)}>
            <option value="">{t().transactions.allAccounts}</option>
            <For each={props.accounts}>
              {(account) => (
                <option value={account.id} selected={props.filters.value("account_id") === account.id}>
                  {account.name}
                </option>
              )}
            </For>
          </select>
        )}
      </Field>
      <For each={["from_date", "to_date"] as const}>
        {(name) => (
          <Field label={name === "from_date" ? t().transactions.from : t().transactions.to}>
            {(wiring) => (
              <input
                class="field"
                type="date"
                {...wiring}
                value={props.filters.value(name)}
                onChange={(event) => props.filters.change(name, event.currentTarget.value)}
              />
            )}
          </Field>
        )}
      </For>
      <For each={["min_amount", "max_amount"] as const}>{(name) => <AmountFilter filters={props.filters} name={name} />}</For>
      <button type="button" class="button self-end" disabled={!props.filters.any()} onClick={() => props.filters.clear()}>
        {t().transactions.clear}
      </button>
    </div>
  )
}

const AmountFilter = (props: { readonly filters: Filters; readonly name: "min_amount" | "max_amount" }) => {
  const { t } = useLocale()
  const [wrong, setWrong] = createSignal(false)
  const change = (typed: string) => {
    const minor = typed.trim() === "" ? undefined : parseAmount(typed, homeCurrency)
    setWrong(typed.trim() !== "" && minor === undefined)
    if (!wrong()) props.filters.change(props.name, minor === undefined ? "" : toDecimal(minor, digitsOf(homeCurrency)))
  }
  return (
    <Field
      label={props.name === "min_amount" ? t().transactions.min : t().transactions.max}
      hint={t().transactions.amountHint}
      complaint={wrong() ? t().transactions.amountInvalid : undefined}
    >
      {(wiring) => (
        <input
          class="field"
          inputmode="text"
          {...wiring}
          value={props.filters.value(props.name)}
          onChange={(event) => change(event.currentTarget.value)}
        />
      )}
    </Field>
  )
}
