/** Details: everything known of a transaction, why it is filed where it is, and all that ever happened to it. */
import { For, Show } from "solid-js"
import type { Account, Category, CategoryOrNone, HistoryEntry, Transaction } from "../api/Resources.ts"
import { dayOf } from "../calendar/Calendar.ts"
import { CategoryName, choosable } from "../categories/Categories.tsx"
import { Dialog } from "../controls/Dialog.tsx"
import { Icon } from "../controls/Icon.tsx"
import { ProblemNotice } from "../controls/ProblemNotice.tsx"
import { createQuery } from "../live/Query.ts"
import { useLocale } from "../locale/Locale.tsx"
import { useSession } from "../session/Session.tsx"
import { titleOf } from "./Row.tsx"

export interface DetailsProps {
  readonly transaction: Transaction
  readonly accounts: ReadonlyArray<Account>
  readonly choose: (category: Category) => void
  readonly categorize: () => void
  readonly remove: () => void
  readonly close: () => void
}

export const Details = (props: DetailsProps) => {
  const { t, amount, percent, day } = useLocale()
  const account = () => props.accounts.find(({ id }) => id === props.transaction.account_id)
  const facts = (): ReadonlyArray<readonly [string, string]> => [
    [t().transactions.date, day(dayOf(props.transaction.occurred_at))],
    [t().transactions.bankText, props.transaction.description],
    [t().transactions.account, account()?.name ?? "–"],
    [t().transactions.source, t().transactions.sources[props.transaction.source]]
  ]
  return (
    <Dialog title={titleOf(props.transaction)} shape="drawer" close={props.close}>
      <p class="money num text-[1.75rem] font-bold tracking-tight" classList={{ "text-ok": props.transaction.amount > 0 }}>
        {amount(props.transaction.amount, props.transaction.currency, "signed")}
      </p>
      <dl class="mt-3 grid grid-cols-[auto_1fr] gap-x-5 gap-y-1.5">
        <For each={facts()}>
          {([name, value]) => (
            <>
              <dt class="text-muted">{name}</dt>
              <dd class="min-w-0 break-words">{value}</dd>
            </>
          )}
        </For>
      </dl>

      <section class="mt-5 rounded-xl border border-line p-3">
        <div class="flex items-center gap-3">
          <span class="min-w-0 flex-1 text-base font-semibold">
            <CategoryName category={props.transaction.category} />
          </span>
          <button type="button" class="button" onClick={() => props.categorize()}>
            {t().transactions.changeCategory}
            <kbd class="font-sans text-xs text-muted">c</kbd>
          </button>
        </div>
        <h3 class="label mt-3">{t().transactions.why}</h3>
        <p>{props.transaction.category_explanation.text}</p>
        <p class="mt-1 text-[0.8125rem] text-muted">
          {t().transactions.decidedBy[props.transaction.category_source]} · {t().transactions.confidence}{" "}
          {percent(props.transaction.category_confidence * 100)}
        </p>
        <Show when={choosable(props.transaction.alternatives).length > 0}>
          <h3 class="label mt-3">{t().transactions.alternatives}</h3>
          <div class="flex flex-wrap gap-2">
            <For each={choosable(props.transaction.alternatives)}>
              {({ category, confidence }) => (
                <button type="button" class="button" onClick={() => props.choose(category)}>
                  <CategoryName category={category} />
                  <span class="num text-xs text-muted">{percent(confidence * 100)}</span>
                </button>
              )}
            </For>
          </div>
        </Show>
      </section>

      <History id={props.transaction.id} />
      <button type="button" class="button button-danger mt-5" onClick={() => props.remove()}>
        <Icon name="trash" />
        {t().actions.delete}
      </button>
    </Dialog>
  )
}

const History = (props: { readonly id: string }) => {
  const { t, instant } = useLocale()
  const { person } = useSession()
  const history = createQuery<ReadonlyArray<HistoryEntry>>(() => `/transactions/${props.id}/history`, {
    scopes: ["transactions"],
    key: "event_id"
  })
  const actor = (entry: HistoryEntry) => {
    const source = entry.type === "TransactionCategorized" ? entry.data["categorization_source"] : undefined
    if (source === "rule" || source === "ml") return t().transactions.decidedBy[source]
    return entry.actor === person()?.user_id ? t().transactions.actors.you : t().transactions.actors.system
  }
  const category = (value: unknown) => (typeof value === "string" ? t().categories[value as CategoryOrNone] : undefined)
  const change = (entry: HistoryEntry) => {
    const from = category(entry.data["old_category"])
    const to = category(entry.data["new_category"] ?? entry.data["category"])
    return to === undefined ? undefined : from === undefined ? to : `${from} → ${to}`
  }
  return (
    <section class="mt-5">
      <h3 class="card-title mb-2">{t().transactions.history}</h3>
      <ProblemNotice problem={history.problem()} retry={history.refresh} />
      <Show when={history.data()} fallback={<div class="skeleton h-16" />}>
        {(entries) => (
          <ol class="border-l border-line pl-4">
            <For each={entries()} fallback={<li class="text-muted">{t().transactions.noHistory}</li>}>
              {(entry) => (
                <li class="relative pb-3 last:pb-0">
                  <span class="absolute top-1.5 -left-[1.3rem] size-2 rounded-full bg-accent" />
                  <p class="font-medium">
                    {t().transactions.events[entry.type] ?? entry.type}
                    <Show when={change(entry)}>{(text) => <span class="font-normal text-muted">: {text()}</span>}</Show>
                  </p>
                  <p class="text-[0.8125rem] text-muted">
                    {actor(entry)} · {instant(entry.recorded_at)}
                  </p>
                </li>
              )}
            </For>
          </ol>
        )}
      </Show>
    </section>
  )
}
