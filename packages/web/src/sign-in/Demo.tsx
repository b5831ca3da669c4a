/** Demo: 24 months of made-up transactions on their way in through the real import, with its progress. */
import { useLocation, useNavigate } from "@solidjs/router"
import { createSignal, For, onMount, Show } from "solid-js"
import { Problem, request, type ProblemDocument } from "../api/Api.ts"
import { Icon } from "../controls/Icon.tsx"
import { ProblemNotice } from "../controls/ProblemNotice.tsx"
import { ProgressBar } from "../controls/ProgressBar.tsx"
import { createImportProgress } from "../import/Progress.ts"
import { useLocale } from "../locale/Locale.tsx"
import { demoCredentials } from "./DemoCredentials.ts"

const Demo = () => {
  const { t, count } = useLocale()
  const navigate = useNavigate()
  const location = useLocation<{ readonly start: boolean }>()
  const [ids, setIds] = createSignal<ReadonlyArray<string>>()
  const [problem, setProblem] = createSignal<ProblemDocument>()
  const progress = createImportProgress(() => ids() ?? [])
  const rows = () => ({
    done: progress.imports().reduce((sum, { rows_done }) => sum + rows_done, 0),
    total: progress.imports().reduce((sum, { rows_total }) => sum + rows_total, 0)
  })
  const finished = () => ids() !== undefined && progress.finished()

  const start = async () => {
    setProblem(undefined)
    try {
      const { imports } = await request<{ imports: ReadonlyArray<{ import_id: string }> }>("/demo", { method: "POST" })
      setIds(imports.map(({ import_id }) => import_id))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      setProblem(error.document)
    }
  }
  // an address alone changes nothing: only the button that leads here does
  onMount(() => {
    if (location.state?.start === true) void start()
    else navigate("/", { replace: true })
  })

  return (
    <section class="card mx-auto my-auto w-full max-w-lg p-6" aria-labelledby="demo-title">
      <h2 id="demo-title" class="flex items-center gap-2 text-lg font-semibold">
        <span class="text-accent">
          <Icon name={finished() ? "level-ok" : "spark"} class="size-6" />
        </span>
        {finished() ? t().demo.done : t().demo.title}
      </h2>
      <p class="mt-1 text-muted">{t().demo.lead}</p>
      <div class="mt-5">
        <ProblemNotice problem={problem()} retry={() => void start()} />
        <Show when={problem() === undefined}>
          <ProgressBar label={t().demo.title} done={rows().done} total={rows().total} />
          <p class="num mt-2 text-[0.8125rem] text-muted">
            {rows().total === 0 ? t().demo.preparing : t().demo.rows(count(rows().done), count(rows().total))}
          </p>
        </Show>
      </div>
      <Show when={demoCredentials()}>
        {(credentials) => (
          <div class="mt-5 rounded-lg bg-inset p-3">
            <p class="text-[0.8125rem] text-muted">{t().demo.credentials}</p>
            <dl class="mt-2 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
              <For
                each={[
                  [t().signIn.email, credentials().email],
                  [t().signIn.password, credentials().password]
                ]}
              >
                {([name, value]) => (
                  <>
                    <dt class="text-muted">{name}</dt>
                    <dd class="font-medium break-all select-all">{value}</dd>
                  </>
                )}
              </For>
            </dl>
          </div>
        )}
      </Show>
      <button
        type="button"
        class="button button-primary mt-5 w-full"
        disabled={!finished() && problem() === undefined}
        onClick={() => navigate("/")}
      >
        {t().demo.continue}
      </button>
    </section>
  )
}

export default Demo
