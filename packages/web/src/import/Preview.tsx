/** Preview: what an import would do with each row of the file, before anything is stored. */
import { Show } from "solid-js"
import type { ImportPreview } from "../api/Resources.ts"
import { useLocale } from "../locale/Locale.tsx"
import { Counts } from "./Counts.tsx"
import { RowTable } from "./RowTable.tsx"

export interface PreviewProps {
  readonly filename: string
  readonly preview: ImportPreview
  readonly busy: boolean
  readonly start: () => void
  readonly cancel: () => void
}

export const Preview = (props: PreviewProps) => {
  const { t, count } = useLocale()
  const taken = () => props.preview.rows_new + props.preview.rows_review
  const hidden = () => props.preview.rows_total - props.preview.rows.length
  return (
    <section class="card p-5" aria-labelledby="preview-title">
      <h2 id="preview-title" class="text-base font-semibold break-words">
        {t().import.previewTitle(props.filename)}
      </h2>
      <p class="mt-0.5 text-muted">
        {t().import.readAs(t().import.presets[props.preview.preset] ?? props.preview.preset)} · {t().import.nothingStored}
      </p>
      <div class="my-4">
        <Counts counts={props.preview} />
      </div>
      <RowTable rows={props.preview.rows} currency={props.preview.currency} label={t().import.rowsOf} />
      <Show when={hidden() > 0}>
        <p class="mt-2 text-[0.8125rem] text-muted">{t().import.moreRows(count(hidden()))}</p>
      </Show>
      <div class="mt-4 flex flex-wrap justify-end gap-2">
        <button type="button" class="button" disabled={props.busy} onClick={() => props.cancel()}>
          {t().import.otherFile}
        </button>
        <button type="button" class="button button-primary" disabled={props.busy || taken() === 0} onClick={() => props.start()}>
          {taken() === 0 ? t().import.nothingNew : t().import.start(count(taken()))}
        </button>
      </div>
    </section>
  )
}
