/** ProblemNotice: a problem document (RFC 9457) as something a person can act on. */
import { For, Show } from "solid-js"
import { unreachable, type ProblemDocument } from "../api/Api.ts"
import { useLocale } from "../locale/Locale.tsx"
import type { Dictionary } from "../locale/nb.ts"
import { Icon } from "./Icon.tsx"

/** What to say about a problem: our own sentence where its code or status says it all, the server's own words where it knows more. */
export const sentenceOf = (problem: ProblemDocument, t: Dictionary): string => {
  if (problem.type === unreachable) return t.problems.unreachable
  const coded = problem.code === undefined ? undefined : t.problemCodes[problem.code]
  if (coded !== undefined) return coded
  const known = (t.problems as Readonly<Record<string, string>>)[String(problem.status)]
  return known ?? problem.detail ?? problem.title
}

export const ProblemNotice = (props: { readonly problem: ProblemDocument | undefined; readonly retry?: () => void }) => {
  const { t } = useLocale()
  return (
    <Show when={props.problem}>
      {(problem) => (
        <div role="alert" class="flex items-start gap-3 rounded-lg bg-bad-soft px-3 py-2.5">
          <Icon name="level-bad" class="mt-px size-[1.125rem] flex-none text-bad" />
          <div class="min-w-0 flex-1">
            <p class="font-medium">{sentenceOf(problem(), t())}</p>
            <Show when={(problem().errors ?? []).length > 0}>
              <ul class="mt-1 list-disc pl-4">
                <For each={problem().errors}>
                  {(error) => (
                    <li>
                      <Show when={error.path !== ""}>
                        <span class="font-medium">{error.path}: </span>
                      </Show>
                      {error.message}
                    </li>
                  )}
                </For>
              </ul>
            </Show>
          </div>
          <Show when={props.retry}>
            {(retry) => (
              <button type="button" class="button" onClick={() => retry()()}>
                {t().actions.retry}
              </button>
            )}
          </Show>
        </div>
      )}
    </Show>
  )
}
