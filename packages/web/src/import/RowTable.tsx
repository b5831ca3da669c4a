/** RowTable: rows of a statement with what each became and why, by the line number that a text editor shows. */
import { For, Show } from "solid-js"
import type { ImportedRow, PreviewedRow, Verdict } from "../api/Resources.ts"
import { useLocale } from "../locale/Locale.tsx"

const verdictClass: Readonly<Record<Verdict, string>> = {
  new: "bg-ok-soft text-ok",
  duplicate: "bg-inset text-muted",
  review: "bg-warn-soft text-warn",
  rejected: "bg-bad-soft text-bad",
  skipped: "bg-inset text-muted"
}

/** A row of a preview; a row that was imported no longer says what was in it. */
export type TableRow = ImportedRow & Partial<PreviewedRow>

export interface RowTableProps {
  readonly rows: ReadonlyArray<TableRow>
  readonly currency: string
  readonly label: string
}

export const RowTable = (props: RowTableProps) => {
  const { t, amount, day } = useLocale()
  const tag = (verdict: Verdict) => (
    <span class={`tag whitespace-nowrap ${verdictClass[verdict]}`}>{t().import.verdicts[verdict]}</span>
  )
  return (
    <div class="max-h-[26rem] overflow-auto rounded-lg border border-line" tabindex="0" role="region" aria-label={props.label}>
      <table class="w-full text-[0.8125rem]">
        <thead class="sticky top-0 bg-inset text-left text-muted">
          <tr>
            <th class="px-3 py-1.5 text-right font-medium">{t().import.line}</th>
            <th class="px-3 py-1.5 font-medium max-sm:hidden">{t().import.verdict}</th>
            <th class="px-3 py-1.5 font-medium max-sm:hidden">{t().import.date}</th>
            <th class="w-full px-3 py-1.5 font-medium">{t().import.text}</th>
            <th class="px-3 py-1.5 text-right font-medium">{t().import.amount}</th>
          </tr>
        </thead>
        <tbody>
          <For each={props.rows}>
            {(row) => (
              <tr class="border-t border-line" data-verdict={row.verdict}>
                <td class="num px-3 py-1.5 text-right text-muted">{row.line}</td>
                <td class="px-3 py-1.5 max-sm:hidden">{tag(row.verdict)}</td>
                <td class="num px-3 py-1.5 max-sm:hidden">
                  <Show when={row.booking_date}>{(date) => day(date())}</Show>
                </td>
                <td class="px-3 py-1.5 break-words">
                  {row.description} <span class="sm:hidden">{tag(row.verdict)}</span>
                  <Show when={row.reason}>
                    {(reason) => <span classList={{ "block text-muted": (row.description ?? "") !== "" }}>{reason().text}</span>}
                  </Show>
                </td>
                <td class="money num px-3 py-1.5 text-right font-medium">
                  <Show when={typeof row.amount === "number"}>{amount(row.amount!, props.currency, "signed")}</Show>
                </td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </div>
  )
}
