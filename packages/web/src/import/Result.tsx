/** Result: an import as it runs, and what became of its rows. */
import { useNavigate } from "@solidjs/router"
import { Show } from "solid-js"
import type { ImportedRow } from "../api/Resources.ts"
import { Icon } from "../controls/Icon.tsx"
import { ProgressBar } from "../controls/ProgressBar.tsx"
import { createQuery } from "../live/Query.ts"
import { useLocale } from "../locale/Locale.tsx"
import { homeCurrency } from "../money/Amount.ts"
import { Counts } from "./Counts.tsx"
import { createImportProgress } from "./Progress.ts"
import { RowTable } from "./RowTable.tsx"

/** As many as the API gives at once. */
const shownRows = 500

export const Result = (props: { readonly id: string; readonly another: () => void }) => {
  const { t, count } = useLocale()
  const navigate = useNavigate()
  const progress = createImportProgress(() => [props.id])
  const current = () => progress.imports()[0]
  const status = () => current()?.status ?? "running"
  const rejected = createQuery<ReadonlyArray<ImportedRow>>(
    () =>
      progress.finished() && (current()?.rows_rejected ?? 0) > 0
        ? `/imports/${props.id}/rows?verdict=rejected&limit=${shownRows}`
        : undefined,
    { scopes: [], key: "line" }
  )
  return (
    <section class="card p-5" aria-labelledby="result-title" data-import={status()}>
      <h2 id="result-title" class="flex items-center gap-2 text-base font-semibold" aria-live="polite">
        <Show when={status() !== "running"}>
          <span classList={{ "text-ok": status() === "completed", "text-bad": status() !== "completed" }}>
            <Icon name={status() === "completed" ? "level-ok" : "level-bad"} class="size-6" />
          </span>
        </Show>
        {t().import[status()]}
      </h2>
      <div class="mt-4">
        <ProgressBar label={t().import.running} done={current()?.rows_done ?? 0} total={current()?.rows_total ?? 0} />
        <p class="num mt-2 text-[0.8125rem] text-muted">
          {t().import.progress(count(current()?.rows_done ?? 0), count(current()?.rows_total ?? 0))}
        </p>
      </div>
      <Show when={current()}>
        {(shown) => (
          <div class="mt-4">
            <Counts counts={shown()} />
          </div>
        )}
      </Show>
      <Show when={rejected.data()}>
        {(rows) => (
          <div class="mt-5">
            <h3 class="card-title mb-2">{t().import.rejectedRows}</h3>
            <RowTable rows={rows()} currency={homeCurrency} label={t().import.rejectedRows} />
            <Show when={(current()?.rows_rejected ?? 0) > rows().length}>
              <p class="mt-2 text-[0.8125rem] text-muted">
                {t().import.moreRows(count(current()!.rows_rejected - rows().length))}
              </p>
            </Show>
          </div>
        )}
      </Show>
      <Show when={progress.finished()}>
        <div class="mt-5 flex flex-wrap justify-end gap-2">
          <button type="button" class="button" onClick={() => props.another()}>
            {t().import.another}
          </button>
          <button type="button" class="button button-primary" onClick={() => navigate("/transactions")}>
            {t().import.see}
          </button>
        </div>
      </Show>
    </section>
  )
}
