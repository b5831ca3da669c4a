/** Figure: a chart with its summary in words, and the same numbers as a table one press away. */
import { createSignal, For, Show, type JSX, type ParentProps } from "solid-js"
import { useLocale } from "../locale/Locale.tsx"

export interface FigureProps extends ParentProps {
  readonly title: string
  readonly aside?: JSX.Element
  readonly summary: string
  readonly head: ReadonlyArray<string>
  /** Which column is blurred along with the amounts. */
  readonly amountColumn: number
  readonly rows: ReadonlyArray<ReadonlyArray<string>>
}

export const Figure = (props: FigureProps) => {
  const { t } = useLocale()
  const [table, setTable] = createSignal(false)
  return (
    <>
      <div class="mb-3 flex flex-wrap items-center gap-x-3 gap-y-1">
        <h2 class="card-title">{props.title}</h2>
        <div class="ml-auto flex items-center gap-3">
          {props.aside}
          <button type="button" class="link text-[0.8125rem]" onClick={() => setTable(!table())}>
            {table() ? t().actions.showChart : t().actions.showTable}
          </button>
        </div>
      </div>
      <p class="sr-only">{props.summary}</p>
      <Show when={table()} fallback={props.children}>
        <div class="max-h-72 overflow-auto" tabindex="0" role="region" aria-label={props.title}>
          <table class="w-full text-[0.8125rem]">
            <thead class="sticky top-0 bg-surface text-left text-muted">
              <tr>
                <For each={props.head}>{(cell) => <th class="py-1 font-medium last:text-right">{cell}</th>}</For>
              </tr>
            </thead>
            <tbody>
              <For each={props.rows}>
                {(row) => (
                  <tr class="border-t border-line">
                    <For each={row}>
                      {(cell, column) => (
                        <td class="num py-1.5 last:text-right" classList={{ money: column() === props.amountColumn }}>
                          {cell}
                        </td>
                      )}
                    </For>
                  </tr>
                )}
              </For>
            </tbody>
          </table>
        </div>
      </Show>
    </>
  )
}
