/** Counts: how many rows came to what. Kinds that did not occur are left out, but for the new ones. */
import { For } from "solid-js"
import type { Import, Verdict } from "../api/Resources.ts"
import { useLocale } from "../locale/Locale.tsx"

const order: ReadonlyArray<Verdict> = ["new", "duplicate", "review", "rejected", "skipped"]

export type RowCounts = Pick<Import, "rows_new" | "rows_duplicate" | "rows_review" | "rows_rejected" | "rows_skipped">

export const Counts = (props: { readonly counts: RowCounts }) => {
  const { t, count } = useLocale()
  const shown = () =>
    order
      .map((verdict) => [verdict, props.counts[`rows_${verdict}`]] as const)
      .filter(([verdict, n]) => verdict === "new" || n > 0)
  return (
    <dl class="flex flex-wrap gap-2">
      <For each={shown()}>
        {([verdict, n]) => (
          <div class="min-w-28 rounded-lg bg-inset px-3 py-2" data-count={verdict}>
            <dt class="text-[0.8125rem] text-muted">{t().import.counts[verdict]}</dt>
            <dd class="num text-lg font-semibold" classList={{ "text-bad": verdict === "rejected" }}>
              {count(n)}
            </dd>
          </div>
        )}
      </For>
    </dl>
  )
}
