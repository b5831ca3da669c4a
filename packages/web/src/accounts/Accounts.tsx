/** Accounts: what there is on each, and new ones by hand. */
import { A } from "@solidjs/router"
import { createMemo, createSignal, For, Show } from "solid-js"
import type { Account } from "../api/Resources.ts"
import { Dialog } from "../controls/Dialog.tsx"
import { Icon } from "../controls/Icon.tsx"
import { ProblemNotice } from "../controls/ProblemNotice.tsx"
import { createQuery } from "../live/Query.ts"
import { useLocale } from "../locale/Locale.tsx"
import { AccountForm } from "./AccountForm.tsx"
import { netWorthOf } from "./NetWorth.ts"

const AccountCard = (props: { readonly account: Account }) => {
  const { t, amount, instant } = useLocale()
  return (
    <li class="card flex flex-col gap-1">
      <div class="flex items-start gap-3">
        <span class="rounded-lg bg-accent-soft p-2 text-accent">
          <Icon name="bank" />
        </span>
        <div class="min-w-0 flex-1">
          <h2 class="truncate font-semibold">
            <A href={`/transactions?account_id=${props.account.id}`} class="hover:underline">
              {props.account.name}
            </A>
          </h2>
          <p class="truncate text-[0.8125rem] text-muted">
            {props.account.bank_name} · {t().accountTypes[props.account.account_type]}
          </p>
        </div>
      </div>
      <p class="money num mt-2 text-xl font-bold tracking-tight">
        {amount(props.account.current_balance, props.account.currency)}
      </p>
      <div class="mt-auto flex items-center gap-2 pt-2 text-[0.8125rem] text-muted">
        <span class="min-w-0 flex-1">
          {props.account.last_synced_at === null
            ? t().accounts.neverSynced
            : t().accounts.synced(instant(props.account.last_synced_at))}
        </span>
        <A
          href={`/import?account_id=${props.account.id}`}
          class="button button-quiet"
          aria-label={t().accounts.importTo(props.account.name)}
          title={t().accounts.importTo(props.account.name)}
        >
          <Icon name="upload" />
        </A>
      </div>
    </li>
  )
}

const Accounts = () => {
  const { t, money } = useLocale()
  const accounts = createQuery<ReadonlyArray<Account>>(() => "/accounts", { scopes: ["accounts"] })
  const [adding, setAdding] = createSignal(false)
  const totals = createMemo(() => netWorthOf(accounts.data() ?? []))
  return (
    <>
      <div class="mb-3 flex flex-wrap items-center gap-x-6 gap-y-2">
        <For each={totals()}>
          {({ total, currency }) => (
            <p class="text-muted">
              {t().accounts.total} <span class="money num text-base font-semibold text-text">{money(total, currency)}</span>
            </p>
          )}
        </For>
        <button type="button" class="button button-primary ml-auto" onClick={() => setAdding(true)}>
          <Icon name="plus" />
          {t().accounts.add}
        </button>
      </div>
      <ProblemNotice problem={accounts.problem()} retry={accounts.refresh} />
      <Show
        when={accounts.data()?.length !== 0}
        fallback={
          <div class="card mx-auto mt-8 max-w-md p-8 text-center">
            <h2 class="text-base font-semibold">{t().accounts.none}</h2>
            <p class="mt-1 text-muted">{t().accounts.noneLead}</p>
          </div>
        }
      >
        <ul class="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
          <For each={accounts.data()}>{(account) => <AccountCard account={account} />}</For>
        </ul>
      </Show>
      <Show when={adding()}>
        <Dialog title={t().accounts.add} close={() => setAdding(false)}>
          <AccountForm created={() => setAdding(false)} />
        </Dialog>
      </Show>
    </>
  )
}

export default Accounts
