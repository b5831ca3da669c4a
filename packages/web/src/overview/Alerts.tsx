/** Alerts: budgets past 80, 90 or 100 % this month, what is unusual, and transactions that wait for a category. */
import { A } from "@solidjs/router"
import { For, Show } from "solid-js"
import type { Anomaly, Budget, TransactionPage } from "../api/Resources.ts"
import { levelOf } from "../budgets/Level.ts"
import { Icon } from "../controls/Icon.tsx"
import { toneClass, toneIcon, type Tone } from "../controls/Toasts.tsx"
import { createQuery } from "../live/Query.ts"
import { useLocale } from "../locale/Locale.tsx"
import { AnomalyNotices } from "./AnomalyNotices.tsx"

const toneGround: Readonly<Record<Tone, string>> = {
  ok: "bg-ok-soft",
  warn: "bg-warn-soft",
  high: "bg-high-soft",
  bad: "bg-bad-soft"
}

export const Alerts = (props: { readonly budgets: ReadonlyArray<Budget> | undefined }) => {
  const { t, percent } = useLocale()
  const waiting = createQuery<TransactionPage>(() => "/transactions?needs_review=true&limit=1", { scopes: ["transactions"] })
  const unusual = createQuery<ReadonlyArray<Anomaly>>(() => "/anomalies?status=open", { scopes: ["anomalies"] })
  const reached = () =>
    (props.budgets ?? [])
      .filter((budget) => budget.thresholds_reached.length > 0)
      .toSorted((a, b) => b.percentage_used - a.percentage_used)
  const sentence = (budget: Budget) => {
    const name = t().categories[budget.category]
    const used = percent(budget.percentage_used)
    return budget.percentage_used >= 100 ? t().overview.alertOver(name, used) : t().overview.alertUsed(name, used)
  }
  const review = () => waiting.data()?.total ?? 0
  const isQuiet = () =>
    props.budgets !== undefined &&
    reached().length === 0 &&
    waiting.data() !== undefined &&
    review() === 0 &&
    unusual.data()?.length === 0
  return (
    <>
      <h2 class="card-title mb-3">{t().overview.alerts}</h2>
      <ul class="space-y-2">
        <For each={reached()}>
          {(budget) => (
            <li>
              <A
                href="/budgets"
                class={`flex items-start gap-2.5 rounded-lg px-3 py-2 hover:underline ${toneGround[levelOf(budget)]}`}
                data-alert={budget.category}
              >
                <span class={`mt-px ${toneClass[levelOf(budget)]}`}>
                  <Icon name={toneIcon(levelOf(budget))} />
                </span>
                {sentence(budget)}
              </A>
            </li>
          )}
        </For>
        <AnomalyNotices anomalies={unusual.data() ?? []} />
        <Show when={review() > 0}>
          <li>
            <A
              href="/transactions?needs_review=true"
              class="flex items-start gap-2.5 rounded-lg bg-accent-soft px-3 py-2 hover:underline"
            >
              <span class="mt-px text-accent">
                <Icon name="spark" />
              </span>
              {t().overview.review(review())}
            </A>
          </li>
        </Show>
      </ul>
      <Show when={isQuiet()}>
        <p class="flex items-center gap-2.5 rounded-lg bg-ok-soft px-3 py-2">
          <span class="text-ok">
            <Icon name="level-ok" />
          </span>
          {t().overview.noAlerts}
        </p>
      </Show>
    </>
  )
}
