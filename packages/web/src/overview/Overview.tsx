/** Overview: what one has, what one spends, and what wants attention, all of it moving as transactions arrive. */
import { A, useNavigate } from "@solidjs/router"
import { createMemo, createSignal, For, Show } from "solid-js"
import { netWorthOf } from "../accounts/NetWorth.ts"
import type { Account, Budget, TransactionPage } from "../api/Resources.ts"
import { BudgetMeter } from "../budgets/BudgetMeter.tsx"
import { dayOf, monthOf, today } from "../calendar/Calendar.ts"
import { Mark } from "../categories/Categories.tsx"
import { Icon } from "../controls/Icon.tsx"
import { ProblemNotice } from "../controls/ProblemNotice.tsx"
import { createQuery, type Query } from "../live/Query.ts"
import { useLocale } from "../locale/Locale.tsx"
import { Alerts } from "./Alerts.tsx"
import { MonthBars } from "./MonthBars.tsx"
import { SpendingDonut } from "./SpendingDonut.tsx"

const Lines = (props: { readonly count: number }) => (
  <div class="space-y-3" aria-hidden="true">
    <For each={Array.from({ length: props.count })}>{() => <div class="skeleton h-5" />}</For>
  </div>
)

const NetWorth = (props: { readonly accounts: ReadonlyArray<Account> }) => {
  const { t, money, amount, day } = useLocale()
  const totals = createMemo(() => netWorthOf(props.accounts))
  return (
    <>
      <h2 class="card-title">{t().overview.netWorth}</h2>
      <p class="mt-1 flex flex-wrap items-baseline gap-x-3">
        <span class="money num text-[1.75rem] font-bold tracking-tight" data-net-worth>
          {money(totals()[0]!.total, totals()[0]!.currency)}
        </span>
        <span class="text-[0.8125rem] text-muted">{day(today())}</span>
      </p>
      <For each={totals().slice(1)}>
        {({ total, currency }) => <p class="money num text-base font-semibold text-muted">{money(total, currency)}</p>}
      </For>
      <ul class="mt-3">
        <For each={props.accounts}>
          {(account) => (
            <li class="border-t border-line">
              <A href={`/transactions?account_id=${account.id}`} class="flex items-center gap-3 py-2 hover:underline">
                <span class="min-w-0 flex-1 truncate">
                  {account.name} <span class="text-[0.8125rem] text-muted">{t().accountTypes[account.account_type]}</span>
                </span>
                <span class="money num font-medium">{amount(account.current_balance, account.currency)}</span>
              </A>
            </li>
          )}
        </For>
      </ul>
    </>
  )
}

const Recent = (props: { readonly recent: Query<TransactionPage> }) => {
  const { t, amount, day } = useLocale()
  return (
    <>
      <div class="mb-2 flex items-center gap-3">
        <h2 class="card-title flex-1">{t().overview.recent}</h2>
        <A href="/transactions" class="link text-[0.8125rem]">
          {t().actions.seeAll}
        </A>
      </div>
      <Show when={props.recent.data()} fallback={<Lines count={8} />}>
        {(page) => (
          <ul>
            <For each={page().transactions} fallback={<li class="text-muted">{t().overview.noTransactions}</li>}>
              {(transaction) => (
                <li class="flex items-center gap-2.5 border-t border-line py-2 first:border-0">
                  <Mark category={transaction.category} />
                  <span class="min-w-0 flex-1 truncate">
                    {transaction.merchant_name ?? transaction.description}{" "}
                    <span class="text-[0.8125rem] text-muted">{t().categories[transaction.category]}</span>
                  </span>
                  <span class="num text-xs text-muted">{day(dayOf(transaction.occurred_at), "short")}</span>
                  <span class="money num font-medium" classList={{ "text-ok": transaction.amount > 0 }}>
                    {amount(transaction.amount, transaction.currency, "signed")}
                  </span>
                </li>
              )}
            </For>
          </ul>
        )}
      </Show>
    </>
  )
}

const Welcome = () => {
  const { t } = useLocale()
  const navigate = useNavigate()
  return (
    <section class="card mx-auto my-auto flex w-full max-w-xl flex-col items-center gap-3 p-8 text-center">
      <img src="/favicon.svg" alt="" class="size-12" />
      <h2 class="text-xl font-semibold">{t().overview.welcome}</h2>
      <p class="max-w-sm text-muted">{t().overview.welcomeLead}</p>
      <div class="mt-2 flex flex-wrap justify-center gap-2">
        <button type="button" class="button button-primary" onClick={() => navigate("/import")}>
          <Icon name="upload" />
          {t().overview.start}
        </button>
        <button type="button" class="button" onClick={() => navigate("/demo", { state: { start: true } })}>
          <Icon name="spark" />
          {t().signIn.demo}
        </button>
      </div>
    </section>
  )
}

const Overview = () => {
  const { t } = useLocale()
  const thisMonth = monthOf(today())
  const accounts = createQuery<ReadonlyArray<Account>>(() => "/accounts", { scopes: ["accounts"] })
  const budgets = createQuery<ReadonlyArray<Budget>>(() => "/budgets", {
    scopes: ["budgets"],
    key: "category"
  })
  const recent = createQuery<TransactionPage>(() => "/transactions?limit=8", { scopes: ["transactions"] })
  const [last, setLast] = createSignal(thisMonth)
  const [selected, setSelected] = createSignal(thisMonth)
  const latest = () => {
    const newest = recent.data()?.transactions[0]
    return newest === undefined ? undefined : monthOf(dayOf(newest.occurred_at))
  }
  const select = (month: string) => {
    setSelected(month)
    if (month > last()) setLast(month)
    while (!withinYear(month, last())) setLast(`${Number(last().slice(0, 4)) - 1}${last().slice(4)}`)
  }
  const worst = () => (budgets.data() ?? []).toSorted((a, b) => b.percentage_used - a.percentage_used).slice(0, 7)

  return (
    <>
      <ProblemNotice problem={accounts.problem()} retry={accounts.refresh} />
      <Show when={accounts.data()?.length === 0}>
        <Welcome />
      </Show>
      <Show when={accounts.data()?.length !== 0}>
        <div class="grid grid-cols-[minmax(0,1fr)] gap-3 lg:grid-cols-12">
          <section class="card lg:col-span-4">
            <Show when={accounts.data()} fallback={<Lines count={5} />}>
              {(list) => <NetWorth accounts={list()} />}
            </Show>
          </section>
          <section class="card lg:col-span-5">
            <MonthBars last={last()} selected={selected()} thisMonth={thisMonth} select={setSelected} move={setLast} />
          </section>
          <section class="card lg:col-span-3">
            <Alerts budgets={budgets.data()} />
          </section>
          <section class="card lg:col-span-4">
            <SpendingDonut month={selected()} thisMonth={thisMonth} latest={latest()} select={select} />
          </section>
          <section class="card lg:col-span-4">
            <div class="mb-3 flex items-center gap-3">
              <h2 class="card-title flex-1">{t().overview.budgets}</h2>
              <A href="/budgets" class="link text-[0.8125rem]">
                {t().actions.seeAll}
              </A>
            </div>
            <Show when={budgets.data()} fallback={<Lines count={6} />}>
              <ul class="space-y-3.5">
                <For
                  each={worst()}
                  fallback={
                    <li class="flex flex-col items-start gap-3 text-muted">
                      {t().overview.noBudgets}
                      <A href="/budgets" class="button">
                        {t().overview.setFirstBudget}
                      </A>
                    </li>
                  }
                >
                  {(budget) => (
                    <li>
                      <BudgetMeter budget={budget} />
                    </li>
                  )}
                </For>
              </ul>
            </Show>
          </section>
          <section class="card lg:col-span-4">
            <Recent recent={recent} />
          </section>
        </div>
      </Show>
    </>
  )
}

/** Whether the month is one of the twelve that end with the last. */
const withinYear = (month: string, last: string) => month > `${Number(last.slice(0, 4)) - 1}${last.slice(4)}`

export default Overview
