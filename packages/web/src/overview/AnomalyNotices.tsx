/** AnomalyNotices: what is unusual and why, the newest first, each to be looked at or put aside for good. */
import { For, Show } from "solid-js"
import { request } from "../api/Api.ts"
import type { Anomaly } from "../api/Resources.ts"
import { Icon } from "../controls/Icon.tsx"
import { useToasts } from "../controls/Toasts.tsx"
import { useLive } from "../live/Live.tsx"
import { useLocale } from "../locale/Locale.tsx"

/** More than these at once nobody reads: they are counted. */
const shown = 4

export const AnomalyNotices = (props: { readonly anomalies: ReadonlyArray<Anomaly> }) => {
  const { t } = useLocale()
  const live = useLive()
  const toasts = useToasts()
  const dismiss = async ({ id }: Anomaly) => {
    const done = await toasts.attempt(() => request(`/anomalies/${id}/dismiss`, { method: "POST" }))
    if (done) toasts.tell({ tone: "ok", text: t().overview.dismissed })
    live.mark("anomalies")
  }
  const more = () => props.anomalies.length - shown
  return (
    <>
      <For each={props.anomalies.slice(0, shown)}>
        {(anomaly) => (
          <li class="flex items-start gap-2.5 rounded-lg bg-high-soft px-3 py-2" data-anomaly={anomaly.anomaly_type}>
            <span class="mt-px text-high">
              <Icon name="level-high" />
            </span>
            <p class="min-w-0 flex-1">{anomaly.explanation.text}</p>
            <button
              type="button"
              class="button button-quiet border-transparent px-1.5"
              aria-label={`${t().overview.dismiss}: ${anomaly.explanation.text}`}
              title={t().overview.dismiss}
              onClick={() => void dismiss(anomaly)}
            >
              <Icon name="close" />
            </button>
          </li>
        )}
      </For>
      <Show when={more() > 0}>
        <li class="px-3 text-[0.8125rem] text-muted">{t().overview.moreAnomalies(more())}</li>
      </Show>
    </>
  )
}
